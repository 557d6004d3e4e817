"""Index: what the stores hold becomes what the site offers.

    source.releases() ─take stock─► compare with the published catalog ─► changes
    changes ─read what is new─► catalog ─render─► site.publish (only if nobody else did meanwhile)

Only what is new is read, only what changed is rendered and written. Nothing changed, nothing is
written. Another run that published in between makes this one look again, so that the last state
holds everything.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from ghpypi.core.archive import METADATA_LIMIT, read_metadata
from ghpypi.core.catalog import CATALOG_PATH, Catalog, Entry, Line, Refused
from ghpypi.core.differences import Differences, count_files
from ghpypi.core.digest import digest_file, digest_of
from ghpypi.core.facts import Facts, offer
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename
from ghpypi.core.tree import Look, Page, project_pages, project_paths, root_pages
from ghpypi.core.stock import Change, Found, Stock, compare, take_stock
from ghpypi.errors import (
    DifferenceError,
    FailedError,
    NotFoundError,
    OutdatedError,
    RefusedError,
)
from ghpypi.ports import FileSource, Published, Reporter, Site, SiteChange

ATTEMPTS = 12
"""How often a run begins again because another one was faster."""

FACTS_FORMAT = "1"
"""Raised when more is read of each file than before, so that everything is read again."""

UNJUDGED = "0"
"""Stamp of a file, and fingerprint of its project, that has to be looked at again next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """What can be chosen.

    Attributes:
        full: Trust nothing that is published: read everything, write everything that differs.
        allow_shrink: Publish though files are gone, or none are left.
        dry_run: Stop before writing.
        check: Stop before writing, and fail if there is something to write.
        parallel: Files read at once.
    """

    full: bool = False
    allow_shrink: bool = False
    dry_run: bool = False
    check: bool = False
    parallel: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What the index holds, and how that differs from before.

    Attributes:
        projects: Projects with files.
        files: Files offered.
        differences: Filenames added, changed and removed.
        refused: Files that were found and are not offered.
        ignored: Files that are no distributions.
        unfinished: Files left behind by broken uploads.
        published: What was written; `None` if that was not wanted.
        outdated: The site is, or was, not what it should be.
    """

    projects: int
    files: int
    differences: Differences
    refused: tuple[Refused, ...]
    ignored: int
    unfinished: int
    published: Published | None
    outdated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """A catalog made, and what it took."""

    before: Catalog
    after: Catalog
    text: bytes
    stock: Stock
    entries: Mapping[NormalizedName, Entry]
    differences: Differences


def build_index(
    source: FileSource, site: Site, look: Look, reporter: Reporter, options: IndexOptions
) -> IndexReport:
    """Bring the site up to date with the source.

    Raises:
        RefusedError: The index would be empty or lose files, and that was not allowed.
        DifferenceError: `check` was asked for, and the site is not up to date.
        TryLaterError: The remote refuses for now, or others publish all the time.
    """
    for _ in range(ATTEMPTS):
        base = site.catalog()
        build = _build(source, base, look, reporter, options)
        outdated = build.text != base
        if options.check or options.dry_run:
            return _checked(_report(build, None, outdated=outdated), site, options)
        _refuse_loss(build, site, options, first=base is None)
        if not outdated and not options.full:
            return _report(build, Published(written=0, removed=0), outdated=False)
        try:
            reporter.step(f"writing {site.name}")
            published = site.publish(_site_change(build, look, full=options.full), base=base)
        except OutdatedError:
            reporter.step("another run published meanwhile; looking again")
            continue
        return _report(build, published, outdated=published.changed)
    raise OutdatedError(
        f"{site.name} was changed by others {ATTEMPTS} times while this run was at work",
        hint="run it again when they are done",
    )


def _build(
    source: FileSource, base: bytes | None, look: Look, reporter: Reporter, options: IndexOptions
) -> _Build:
    before = _read_catalog(base, look, options)
    known = Catalog() if options.full else before
    reporter.step(f"listing {source.name}")
    config = look.config.index
    stock = take_stock(source.releases(), prereleases=config.prereleases)
    salt = f"{FACTS_FORMAT} {config.hash_missing}"
    changes = list(compare(stock, known, salt=salt))
    entries = _read(changes, source, look, reporter, options)
    lines: dict[NormalizedName, Line] = {}
    for name in stock.projects:
        lines[name] = entries[name].line() if name in entries else known.lines[name]
    after = Catalog(pages=look.key, lines=lines)
    touched = {*entries, *(before.lines.keys() - lines.keys())}
    return _Build(
        before=before,
        after=after,
        text=after.dump(),
        stock=stock,
        entries=entries,
        differences=Differences.between(before, after, touched),
    )


def _read_catalog(base: bytes | None, look: Look, options: IndexOptions) -> Catalog:
    if base is None:
        return Catalog()
    try:
        catalog = Catalog.parse(base, source=look.address or "the site")
        if options.full:
            for _ in catalog.entries():
                pass  # nothing is taken on trust, so each line has to be readable
    except FailedError:
        if options.full:
            return Catalog()
        raise
    else:
        return catalog


def _read(
    changes: list[Change],
    source: FileSource,
    look: Look,
    reporter: Reporter,
    options: IndexOptions,
) -> dict[NormalizedName, Entry]:
    """Read all that is new, several files at once, and complete the entries."""
    wanted = sum(len(change.wanted) for change in changes)
    if wanted:
        reporter.step(f"reading the metadata of {count_files(wanted)}")

    def judge(change: Change, filename: Filename, found: Found) -> File | Refused:
        try:
            facts = _learn(
                source, change, filename, found, hash_missing=look.config.index.hash_missing
            )
            file, warning = offer(filename, found, facts)
        except InvalidMetadataError as error:
            return found.refused(str(error))
        except NotFoundError:
            # Not remembered: some remotes list a file moments before they hand it out.
            return replace(found.refused("it was listed, but is gone"), stamp=UNJUDGED)
        if warning:
            reporter.warn(warning)
        return file

    with ThreadPoolExecutor(options.parallel, thread_name_prefix="read") as pool:
        tasks = {
            change.name: [pool.submit(judge, change, *each) for each in change.wanted]
            for change in changes
        }
        try:
            return {
                change.name: _entry(change, [task.result() for task in tasks[change.name]])
                for change in changes
            }
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _entry(change: Change, verdicts: list[File | Refused]) -> Entry:
    files = [each for each in verdicts if isinstance(each, File)]
    refused = [each for each in verdicts if isinstance(each, Refused)]
    settled = all(each.stamp != UNJUDGED for each in refused)
    return Entry(
        fingerprint=change.fingerprint if settled else UNJUDGED,
        project=Project(name=change.name, files=(*change.kept, *files)),
        refused=tuple(sorted((*change.refused, *refused), key=lambda x: (x.filename, x.where))),
    )


def _learn(
    source: FileSource, change: Change, filename: Filename, found: Found, *, hash_missing: bool
) -> Facts:
    """Read what there is to know of one file, by the cheapest way there is."""
    asset = found.asset
    digest = asset.sha256 or change.known_digests.get(asset.stamp)
    if digest is None and not hash_missing:
        raise InvalidMetadataError("the store has no digest of it (missing-digest is 'skip')")
    if digest is None:
        with source.stream(asset) as file:
            digest = digest_file(file)
    described = _sidecar(source, found)
    if described:
        return Facts(sha256=digest, metadata=described[0], sidecar=described[1])
    opened = source.stream if filename.text.endswith(".tar.gz") else source.seekable
    with opened(asset) as file:
        metadata = Metadata.parse(read_metadata(file, filename))
    return Facts(sha256=digest, metadata=metadata, sidecar=None)


def _sidecar(source: FileSource, found: Found) -> tuple[Metadata, bytes] | None:
    """Read the sidecar of a wheel; one that is not metadata at all counts as none."""
    if found.sidecar is None or not found.asset.name.endswith(".whl"):
        return None
    if found.sidecar.size > METADATA_LIMIT:
        return None
    with source.stream(found.sidecar) as file:
        content = file.read(METADATA_LIMIT)
    expected = found.sidecar.sha256
    if expected and digest_of(content) != expected:
        raise FailedError(
            f"{found.sidecar.name} in {found.where} does not have the digest its store vouches for"
        )
    try:
        return Metadata.parse(content), content
    except InvalidMetadataError:
        return None


def _refuse_loss(build: _Build, site: Site, options: IndexOptions, *, first: bool) -> None:
    if options.allow_shrink:
        return
    removed = build.differences.removed
    if removed:
        raise RefusedError(
            f"{site.name} would lose {count_files(len(removed))}; nothing was published",
            faults=removed,
            hint="if they are meant to go, run 'ghpypi index --allow-shrink'",
        )
    if first and not build.after.names:
        raise RefusedError(
            f"{site.name} would be empty: no distribution was found; nothing was published",
            faults=[f"{each.filename}: {each.reason}" for each in _refused(build)],
            hint="upload something first, or run 'ghpypi index --allow-shrink'",
        )


def _site_change(build: _Build, look: Look, *, full: bool) -> SiteChange:
    complete = full or build.before.pages != look.key
    names = build.after.names
    same_names = not complete and names == build.before.names

    def pages() -> Iterator[Page]:
        for name in names:
            if complete or name in build.entries:
                entry = build.entries.get(name) or build.after.lines[name].entry()
                yield from project_pages(entry.project, look)
        if not same_names:
            yield from root_pages(names, look)
        # Last, where a site is written page by page: it tells that all others are there.
        yield CATALOG_PATH, build.text

    gone = set(build.before.names) - set(names)
    return SiteChange(
        pages=pages,
        removed=tuple(path for name in sorted(gone) for path in project_paths(name)),
        complete=complete,
        message=build.differences.message(),
    )


def _refused(build: _Build) -> tuple[Refused, ...]:
    refused = list(build.stock.nameless)
    for line in build.after.lines.values():
        if line.blemished:
            refused.extend(line.entry().refused)
    return tuple(refused)


def _report(build: _Build, published: Published | None, *, outdated: bool) -> IndexReport:
    return IndexReport(
        projects=len(build.after.names),
        files=sum(line.count for line in build.after.lines.values()),
        differences=build.differences,
        refused=_refused(build),
        ignored=build.stock.ignored,
        unfinished=build.stock.unfinished,
        published=published,
        outdated=outdated,
    )


def _checked(report: IndexReport, site: Site, options: IndexOptions) -> IndexReport:
    if not options.check or not report.outdated:
        return report
    raise DifferenceError(
        f"{site.name} is out of date",
        faults=report.differences.lines()
        or ["the pages were made with other settings, or by another ghpypi"],
        hint="run 'ghpypi index'",
    )
