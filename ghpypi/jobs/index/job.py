"""The steps of an index run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import UNREAD, Catalog, Entry, Line
from ghpypi.core.catalog.changes import Stock, compare, take_stock
from ghpypi.core.catalog.differences import MESSAGE_LINES, Differences
from ghpypi.core.catalog.facts import facts_salt
from ghpypi.core.catalog.shown_version import shown_file
from ghpypi.core.grouping import limited
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.indexes.unlisted import unlisted
from ghpypi.core.indexes.unmatched_settings import unmatched
from ghpypi.core.quantities import count_of
from ghpypi.core.site.ownership import Owned, Shape, owned_by, owned_by_unreadable, owned_patterns
from ghpypi.core.site.readme import render
from ghpypi.core.site.templates import render_here, user_templates
from ghpypi.core.site.tree import Look
from ghpypi.core.templates import Sources
from ghpypi.errors import (
    DamagedError,
    DifferenceError,
    FailedError,
    OccupiedError,
    OldFormatError,
    OutdatedError,
    RefusedError,
)
from ghpypi.jobs.index.loss import loss_error
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport, Overtaken
from ghpypi.jobs.index.pages import Pages
from ghpypi.jobs.index.reading import Reader, ReadProject
from ghpypi.ports import FileSource, Published, Rendered, Renderer, Reporter, Site, Upstream
from ghpypi.stored_files import counted

ATTEMPTS = 12
"""Attempts to publish when other runs publish at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """A new catalog, and what it was made from."""

    pages: Pages
    stock: Stock
    outdated: bool


class NoUpstream:
    """Reads no upstream index: for sites whose configuration names none."""

    def files(
        self, base: str, name: NormalizedName, *, known: bool = False
    ) -> list[dict[str, Any]]:
        """Refuse to ask."""
        del known
        raise FailedError(f"no upstream index can be read here, so {base}{name}/ was not")


class InProcess:
    """Renders in this process, without limits: for trusted authors only."""

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description."""
        return Rendered(html=render(description, content_type))

    def template(self, name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
        """Render a template of a site."""
        return render_here(name, sources, facts)


def build_index(  # noqa: PLR0913, PLR0917 - a source, a site, and the world between them
    source: FileSource,
    site: Site,
    look: Look,
    reporter: Reporter,
    options: IndexOptions,
    upstream: Upstream | None = None,
    renderer: Renderer | None = None,
) -> IndexReport:
    """Bring the site up to date with the source.

    Args:
        source: The releases to index.
        site: Where the pages go.
        look: What the pages show besides files.
        reporter: For steps, progress and warnings.
        options: What else was chosen.
        upstream: Reads upstream indexes, where the configuration names some.
        renderer: Renders descriptions and templates; by default in this process, which a malicious
            one can end.

    Raises:
        FailedError: The templates of the site are for another version.
        RefusedError: The index would be empty or lose files, and that was not allowed.
        OccupiedError: Files that ghpypi did not write would be replaced.
        DifferenceError: `check` was asked for, and the site is not up to date.
        TryLaterError: The remote refuses for now, or others publish all the time.
    """
    user_templates(look.templates)  # errors in them are reported before anything is written
    renderer = renderer or InProcess()
    look = replace(look, run_template=renderer.template)
    reader = Reader(
        source=source,
        upstream=upstream or NoUpstream(),
        look=look,
        renderer=renderer,
        reporter=reporter,
        parallel=options.parallel,
    )
    for _ in range(ATTEMPTS):
        with reporter.progress(f"reading {site.name}"):
            base = site.catalog()
        build = _build(reader, base, options)
        if options.check or options.dry_run:
            return _dry_run(build, site, options, reporter)
        _refuse_loss(build, source, site, options, first=base is None)
        if not build.outdated and not options.full:
            return _report(build, Published(written=0, removed=0), outdated=False)
        try:
            reporter.step(f"writing {site.name}")
            published = site.publish(build.pages.change(site, reporter), base=base)
        except OutdatedError:
            reporter.step("another run published meanwhile; looking again")
            continue
        return _report(build, published, outdated=published.changed)
    raise OutdatedError(
        f"{site.name} was changed by others {count_of(ATTEMPTS, 'time')} "
        "while this run was at work",
        hint="run it again when they are done",
    )


def _build(reader: Reader, base: bytes | None, options: IndexOptions) -> _Build:
    look = reader.look
    before, owned = _read_catalog(base, look, options)
    known = Catalog() if options.full else before
    reader.reporter.step(f"listing {reader.source.name}")
    config = look.config
    wanted = config.index.prereleases or any(x.prereleases for x in config.indexes.values())
    with reader.reporter.progress("listing", unit="file") as advance:
        stock = take_stock(counted(reader.source.releases(), advance), prereleases=wanted)
    salt = facts_salt(hash_missing=config.index.hash_missing)
    rules = Indexes(config=config, store=look.store)
    # Where projects stand, and which of their versions is shown, follows from the rules.
    refresh = options.refresh or known.rules != look.rules
    changes = compare(stock, known, salt=salt, refresh=refresh)
    read = {each.entry.project.name: each for each in reader.read(changes, rules)}
    if options.full and not options.refresh:
        read = {name: _counted_as(each, before) for name, each in read.items()}
    _warn_unread(read.values(), reader.reporter)
    for warning in limited(each for name in sorted(read) for each in read[name].warnings):
        reader.reporter.warn(warning)
    lines = {
        name: _line(read[name].entry, rules) if name in read else known.lines[name]
        for name in stock.projects
    }
    indexes = Indexes.of(config, look.store, lines.values())
    for name in indexes.shadowed:
        reader.reporter.warn(f"the variant '{name}' has no index: [indexes.{name}] has its name")
    after = Catalog(
        pages=look.key,
        rules=look.rules,
        indexes=indexes.names,
        owns=owned_patterns(indexes.names, Shape.of(config.site)),
        lines=lines,
    )
    touched = {name for name in read if _text(before, name) != lines[name].text}
    text = after.dump()

    def again(entry: Entry) -> bytes | None:
        name = entry.project.name
        file = shown_file(entry.project, config.yanked.get(name, {}))
        listed = stock.found(name, salt=salt)
        return next(
            (reader.about(x, file.sha256) for x in listed if file and x.stamp == file.stamp), None
        )

    pages = Pages(
        look=look,
        before=before,
        after=after,
        text=text,
        changed={name: read[name].entry for name in touched},
        abouts={name: each.about for name, each in read.items() if each.about},
        again=again,
        differences=Differences.between(
            before, after, touched | (before.lines.keys() - lines.keys())
        ),
        owned=owned,
        # A check compares every page, so that it finds those that were changed by hand.
        full=options.full or options.check,
        adopt=options.adopt,
    )
    return _Build(pages=pages, stock=stock, outdated=text != base)


def _counted_as(read: ReadProject, before: Catalog) -> ReadProject:
    line = before.lines.get(read.entry.project.name)
    return read._replace(entry=read.entry.counted_as(line.entry())) if line else read


def _warn_unread(projects: Iterable[ReadProject], reporter: Reporter) -> None:
    """Warn once of each upstream index that could not be read."""
    unread: dict[str, list[str]] = {}
    for each in projects:
        for base, error in each.unread.items():
            unread.setdefault(base, []).append(f"{each.entry.project.name}: {error}")
    for base, errors in sorted(unread.items()):
        reporter.warn(
            f"{base} could not be read for {count_of(len(errors), 'project')}, "
            f"and what was known of it is kept ({errors[0]})"
        )


def _read_catalog(base: bytes | None, look: Look, options: IndexOptions) -> tuple[Catalog, Owned]:
    """Read what is published, and which paths of the site that accounts for."""
    if base is None:
        return Catalog(), Owned()
    shape = Shape.of(look.config.site)
    indexes = (MAIN_FOLDER, *look.config.indexes)
    try:
        catalog = Catalog.parse(base, source=look.address or "the site", server=look.server)
        if options.full:
            for _ in catalog.entries():
                pass  # a full run uses no old line, but each has to be readable
    except OldFormatError:
        return Catalog(), owned_by_unreadable(base, indexes, shape)
    except FailedError:
        if options.full:
            return Catalog(), owned_by_unreadable(base, indexes, shape)
        raise
    return catalog, owned_by(catalog, shape)


def _line(entry: Entry, rules: Indexes) -> Line:
    standing = rules.stand(entry.project)
    return entry.line(standing._replace(flawed=standing.flawed or bool(entry.refused)))


def _text(catalog: Catalog, name: NormalizedName) -> bytes | memoryview:
    line = catalog.lines.get(name)
    return line.text if line else b""


def _refuse_loss(
    build: _Build, source: FileSource, site: Site, options: IndexOptions, *, first: bool
) -> None:
    if options.allow_shrink:
        return
    differences, after = build.pages.differences, build.pages.after
    empty = first and not any(line.files for line in after.lines.values())
    if not differences.removed and not empty:
        return
    report = _report(build, None, outdated=True)
    if missed := [x for x in report.unread if empty or x.filename in differences.removed]:
        raise DamagedError(
            f"{count_of(len(missed), 'file')} of {site.name} could not be read; "
            "nothing was published",
            faults=[f"{x.filename}: {x.reason}" for x in missed],
            hint="run the same command again later",
        )
    if differences.removed:
        raise loss_error(site.name, differences.lost, stock=build.stock, after=after, source=source)
    raise RefusedError(
        f"{site.name} would be empty: no distribution was found; nothing was published",
        faults=[f"{x.filename}: {x.reason}" for x in report.refused],
        hint="upload something first, or run 'ghpypi index --allow-shrink'",
    )


def _report(build: _Build, published: Published | None, *, outdated: bool) -> IndexReport:
    lines = [line for line in build.pages.after.lines.values() if line.files]
    checked = lines if build.pages.look.config.index.public_check else []
    refused, flaws, source_only = [*build.stock.nameless], [], []
    for line in build.pages.after.lines.values():
        if line.standing.flawed:
            entry = line.entry()
            flaws.append(unlisted(entry, line.standing, build.pages.indexes))
            refused += [*entry.refused, *flaws[-1].duplicates]
            source_only += [line.name] * flaws[-1].source_only
    return IndexReport(
        projects=len(lines),
        files=sum(line.files for line in lines),
        indexes=build.pages.after.indexes,
        differences=build.pages.differences,
        refused=tuple(x for x in refused if x.stamp != UNREAD),
        unread=tuple(x for x in refused if x.stamp == UNREAD),
        apart=tuple(each for flaw in flaws for each in flaw.apart),
        left=tuple(each for flaw in flaws for each in flaw.left),
        unlabelled=tuple(each for flaw in flaws for each in flaw.unlabelled),
        variants_only=tuple(x.name for x in lines if x.standing.is_of_variants_only),
        source_only=tuple(source_only),
        ambiguous=tuple(each for flaw in flaws for each in flaw.ambiguous),
        unmatched=unmatched(
            build.pages.look.config,
            {line.name: line for line in lines},
            build.stock.releases,
            build.pages.indexes.found,
        ),
        overtaken=tuple(
            Overtaken(line.name, line.entry().project.versions[-1], line.shown.later)
            for line in checked
            if line.shown.later
        ),
        ignored=build.stock.ignored,
        unfinished=build.stock.unfinished,
        published=published,
        outdated=outdated,
    )


def _dry_run(build: _Build, site: Site, options: IndexOptions, reporter: Reporter) -> IndexReport:
    """Compare what a run would write with the site; a check fails if they differ.

    Raises:
        OccupiedError: Files that ghpypi did not write would be replaced.
        DifferenceError: `check` was asked for, and the site is not up to date.
    """
    if not (build.outdated or options.full or options.check):
        return _report(build, None, outdated=False)
    found = site.compare(build.pages.change(site, reporter))
    if found.occupied:
        raise OccupiedError(site.name, found.occupied)
    report = _report(build, None, outdated=bool(build.outdated or found.written or found.removed))
    if not options.check or not report.outdated:
        return report
    if build.outdated:
        raise DifferenceError(
            f"{site.name} is out of date",
            faults=report.differences.lines()
            or ["the pages were made with other settings, or by another ghpypi"],
            hint="run 'ghpypi index'",
        )
    changed = [f"{path}: missing or changed" for path in found.written]
    extra = [f"{path}: not part of the index" for path in found.removed]
    raise DifferenceError(
        f"{site.name} has pages that are not as ghpypi wrote them",
        faults=[*changed, *extra][:MESSAGE_LINES],
        hint="run 'ghpypi index --full'",
    )
