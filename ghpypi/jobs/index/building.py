"""From what is published and what the stores list to the catalog that is to be published."""

from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.changes import compare
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.entry import Entry, Line
from ghpypi.core.catalog.facts import facts_salt
from ghpypi.core.catalog.parts import ReadFiles
from ghpypi.core.catalog.shown_version import shown_file
from ghpypi.core.catalog.stock import Stock
from ghpypi.core.catalog.upload_times import place_of
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.indexes.variant_files import FOLDER, VariantFiles
from ghpypi.core.provenance_pages import is_open, page_of
from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.site.address_conflicts import check_addresses
from ghpypi.core.site.ownership import (
    Owned,
    Shape,
    abandoned_folders,
    owned_by,
    owned_by_unreadable,
    owned_patterns,
)
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import FailedError, OldFormatError, PartMismatchError
from ghpypi.jobs.index.copies import FileCopies
from ghpypi.jobs.index.entries import ReadProject
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.index.pages import Pages
from ghpypi.jobs.index.reading import Reader
from ghpypi.ports import Reporter, Site

MOST_NAMES = 3
"""Folders that a warning names."""


class Base(NamedTuple):
    """What is published.

    Attributes:
        text: The catalog; `None` if nothing was ever published.
        catalog: The same, read.
        owned: The paths of the site that it accounts for.
    """

    text: bytes | None
    catalog: Catalog
    owned: Owned


class Build(NamedTuple):
    """A new catalog with its pages and input."""

    base: Base
    pages: Pages
    stock: Stock
    outdated: bool

    def published(self, site: Site) -> Base:
        """Take what this was for the state of the site, after it was published."""
        catalog = self.pages.after.stored(site.read, site.name)
        return Base(
            self.pages.text, catalog, owned_by(catalog, Shape.of(self.pages.settings.config))
        )


def build_catalog(
    reader: Reader, base: Base, stock: Stock, options: IndexOptions, history: bytes | None = None
) -> Build:
    """Read a batch of what changed, and make the catalog that is to be published.

    Args:
        reader: Reads files, as far as its budget goes.
        base: What is published.
        stock: What the stores list.
        options: What was chosen of the run.
        history: The new `downloads.json`; `None` to leave it as it is.
    """
    settings, before = reader.settings, base.catalog
    known = Catalog() if options.full else before
    config = settings.config
    salt = facts_salt(hash_missing=not config.index.needs_digests)
    rules = Indexes(config=config, store=settings.store)
    # The configuration decides which indexes contain a project, and which version is shown.
    refresh = options.refresh or known.rules != settings.rules
    # So do the attestations of all files, where they were not looked up before.
    searching = reader.attestations is not None
    refresh = refresh or (searching and not known.attested)
    changes = compare(stock, known, salt=salt, refresh=refresh, conditions=config.index.conditions)
    found = reader.read(changes, rules, published=before, refresh=refresh)
    read = {each.entry.project.name: each for each in found}
    if options.full and not options.refresh:
        read = {name: _counted_as(each, before) for name, each in read.items()}
    looked_up = not any(is_open(x) for each in read.values() for x in each.entry.project.files)
    _warn_unread(read.values(), reader.reporter)
    if reader.attestations:
        reader.attestations.report()
    lines = {
        name: _line(read[name].entry, rules) if name in read else known.lines[name]
        for name in stock.projects
        if name in read or name in known.lines
    }
    indexes = Indexes.of(config, settings.store, lines.values())
    for name in indexes.shadowed:
        reader.reporter.warn(
            f"the variant '{name}' has no index, because [indexes.{name}] has the same name"
        )
    check_addresses(indexes, lines, config)
    _warn_abandoned(before, config.index.paths, reader.reporter)
    after = Catalog(
        pages=settings.key,
        simple=settings.simple_key,
        rules=settings.rules,
        indexes=indexes.names,
        owns=(
            *owned_patterns(indexes.names, Shape.of(config)),
            *_variant_paths(lines, before, read),
            *([DOWNLOADS_PATH] if history or DOWNLOADS_PATH in before.owns else []),
        ),
        marks=config.marks,
        attested=looked_up and (known.attested or searching),
        lines=lines,
    )
    changed = {
        name: each.entry for name, each in read.items() if _text(before, name) != lines[name].text
    }
    touched = changed.keys() | (before.lines.keys() - lines.keys())
    text = after.dump()

    def again(entry: Entry) -> bytes | None:
        name = entry.project.name
        file = shown_file(entry.project, config.yanked.get(name, {}))
        if file is None:
            return None
        listed, about = stock.found(name, salt=salt), reader.entries.descriptions.about
        place = place_of(file)
        return next((about(x, file.sha256) for x in listed if x.place == place), None)

    pages = Pages(
        settings=settings,
        before=before,
        after=after,
        text=text,
        changed=changed,
        abouts={name: each.about for name, each in read.items() if each.about},
        again=again,
        differences=Differences.between(before, after, touched, changed),
        owned=base.owned,
        # A check compares all pages, to find those that were changed manually.
        full=options.full or options.check,
        adopt=options.adopt,
        processes=reader.files.processes,
        copies=FileCopies(source=reader.source, stock=stock) if config.site.copies_files else None,
        history=history,
        provenance={path: x for each in read.values() for path, x in each.provenance.items()},
        dropped=_dropped_pages(read.values(), before, lines),
    )
    return Build(
        base=base,
        pages=pages,
        stock=stock,
        outdated=text != base.text or not before.in_parts or history is not None,
    )


def _variant_paths(
    lines: Iterable[NormalizedName], before: Catalog, read: Mapping[NormalizedName, ReadProject]
) -> list[str]:
    """Name the files about variants: of projects that were read, and of unchanged ones."""
    made = [path for each in read.values() for path, _ in VariantFiles(entry=each.entry).pages()]
    kept = {f"{FOLDER}/{name}/" for name in lines if name not in read}
    made += [path for path in before.owns if path.rpartition("/")[0] + "/" in kept]
    return sorted(made)


def _counted_as(read: ReadProject, before: Catalog) -> ReadProject:
    line = before.lines.get(read.entry.project.name)
    return read._replace(entry=read.entry.counted_as(line.entry())) if line else read


def _dropped_pages(
    read: Iterable[ReadProject], before: Catalog, lines: Container[NormalizedName]
) -> set[str]:
    """Return the pages with provenance that are not needed any more."""
    dropped = {path for each in read for path in each.dropped}
    for name, line in before.lines.items():
        if name not in lines:
            dropped |= {page_of(file, name) for file in line.entry().project.files} - {""}
    return dropped


def _warn_unread(projects: Iterable[ReadProject], reporter: Reporter) -> None:
    """Warn once about each upstream index that could not be read."""
    unread: dict[str, list[str]] = {}
    for each in projects:
        for base, error in each.unread.items():
            unread.setdefault(base, []).append(f"{each.entry.project.name}: {error}")
    for base, errors in sorted(unread.items()):
        reporter.warn(
            f"cannot read {base} for {count_of(len(errors), 'project')}; "
            f"keeping its files from the last run ({errors[0]})"
        )


def _warn_abandoned(before: Catalog, paths: IndexPaths, reporter: Reporter) -> None:
    """Warn that installers will not find indexes where they are published."""
    if gone := abandoned_folders(before, paths):
        names = first_of([f"'{folder or '/'}'" for folder in gone], MOST_NAMES)
        reporter.warn(
            f"nothing can be installed from {names} any more; "
            "add the former template to 'path' in [index] to keep it"
        )


def read_catalog(
    text: bytes | None, settings: SiteSettings, options: IndexOptions, read: ReadFiles
) -> Base:
    """Read the published catalog, and the paths of the site that belong to it.

    Args:
        text: The content of `catalog.jsonl`.
        settings: The configuration.
        options: What was chosen of the run.
        read: Reads published files.
    """
    if text is None:
        return Base(None, Catalog(), Owned())
    shape = Shape.of(settings.config)
    indexes = (MAIN_FOLDER, *settings.config.indexes)
    try:
        catalog = Catalog.parse(
            text, source=settings.address or "the site", read=read, server=settings.server
        )
    except OldFormatError:
        return Base(text, Catalog(), owned_by_unreadable(text, indexes, shape))
    except FailedError:
        if options.full:
            return Base(text, Catalog(), owned_by_unreadable(text, indexes, shape))
        raise
    # A full run uses no old lines, but all must be valid to be compared with.
    usable = not options.full or _is_readable(catalog)
    return Base(text, catalog if usable else Catalog(), owned_by(catalog, shape))


def _is_readable(catalog: Catalog) -> bool:
    try:
        for _ in catalog.entries():
            pass
    except (FailedError, PartMismatchError):
        return False
    return True


def _line(entry: Entry, rules: Indexes) -> Line:
    membership = rules.membership(entry.project)
    flawed = membership.flawed or bool(entry.refused or entry.remarks or entry.variants)
    undigested = any(not file.sha256 for file in entry.project.files)
    return entry.line(membership._replace(flawed=flawed or undigested))


def _text(catalog: Catalog, name: NormalizedName) -> bytes | memoryview:
    line = catalog.lines.get(name)
    return line.text if line else b""
