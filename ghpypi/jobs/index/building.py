"""From what is published and what the stores list to the catalog that is to be published."""

from collections.abc import Container, Iterable
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.changes import compare
from ghpypi.core.catalog.differences import Differences, marked_projects
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.catalog.facts import facts_salt
from ghpypi.core.catalog.shown_version import shown_file
from ghpypi.core.catalog.stock import Stock
from ghpypi.core.catalog.upload_times import place_of
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.indexes.variant_files import FOLDER
from ghpypi.core.provenance_pages import page_of
from ghpypi.core.quantities import first_of
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
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.index.pages import Pages
from ghpypi.jobs.index.read_batch import ReadBatch
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
        catalog = self.pages.after.stored(site.read, site.name, cheap=site.reads_cheaply)
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
    # Attestations are looked up of all files, where that was not done before.
    searching = reader.attestations is not None
    refresh = _to_refresh(
        known, settings, everything=options.refresh or (searching and not known.attested)
    )
    changes = compare(stock, known, salt=salt, refresh=refresh, conditions=config.index.conditions)
    batch = ReadBatch(before, known, rules)
    batch.add(
        reader.read(changes, rules, published=before, refresh=refresh),
        counts=options.full and not options.refresh,
    )
    batch.warn_unread(reader.reporter)
    if reader.attestations:
        reader.attestations.report()
    lines = {
        name: batch.lines.get(name) or known.lines[name]
        for name in stock.projects
        if name in batch.lines or name in known.lines
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
            *_variant_paths(lines, before, batch),
            *([DOWNLOADS_PATH] if history or DOWNLOADS_PATH in before.owns else []),
        ),
        marks=config.marks,
        attested=batch.all_looked_up and (known.attested or searching),
        lines=lines,
    )
    touched = batch.changed.keys() | (before.lines.keys() - lines.keys())
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
        changed=batch.changed,
        abouts=batch.abouts,
        again=again,
        differences=Differences.between(before, after, touched, batch.changed),
        owned=base.owned,
        # A check compares all pages, to find those that were changed manually.
        full=options.full or options.check,
        adopt=options.adopt,
        processes=reader.files.processes,
        copies=FileCopies(source=reader.source, stock=stock) if config.site.copies_files else None,
        history=history,
        provenance=batch.provenance,
        dropped=batch.dropped | _pages_of_removed(before, lines),
    )
    return Build(
        base=base,
        pages=pages,
        stock=stock,
        outdated=text != base.text or not before.in_parts or history is not None,
    )


def _to_refresh(
    known: Catalog, settings: SiteSettings, *, everything: bool
) -> Container[NormalizedName]:
    """Return the published projects to read again even if their listing is unchanged.

    The configuration decides which indexes contain a project, and which version is shown.
    """
    if everything or known.rules != settings.rules:
        return known.lines
    return marked_projects(known.marks, settings.config.marks)


def _variant_paths(lines: Iterable[NormalizedName], before: Catalog, batch: ReadBatch) -> list[str]:
    """Name the files about variants: of projects that were read, and of unchanged ones."""
    kept = {f"{FOLDER}/{name}/" for name in lines if name not in batch.lines}
    unchanged = [path for path in before.owns if path.rpartition("/")[0] + "/" in kept]
    return sorted([*batch.variant_paths, *unchanged])


def _pages_of_removed(before: Catalog, lines: Container[NormalizedName]) -> set[str]:
    """Return the pages with provenance of projects that are not listed any more."""
    removed = (line.entry() for name, line in before.lines.items() if name not in lines)
    return {page_of(x, each.project.name) for each in removed for x in each.project.files} - {""}


def _warn_abandoned(before: Catalog, paths: IndexPaths, reporter: Reporter) -> None:
    """Warn that installers will not find indexes where they are published."""
    if gone := abandoned_folders(before, paths):
        names = first_of([f"'{folder or '/'}'" for folder in gone], MOST_NAMES)
        reporter.warn(
            f"nothing can be installed from {names} any more; "
            "add the former template to 'path' in [index] to keep it"
        )


def read_catalog(
    text: bytes | None, settings: SiteSettings, options: IndexOptions, site: Site
) -> Base:
    """Read the published catalog, and the paths of the site that belong to it.

    Args:
        text: The content of `catalog.jsonl`.
        settings: The configuration.
        options: What was chosen of the run.
        site: The site.
    """
    if text is None:
        return Base(None, Catalog(), Owned())
    shape = Shape.of(settings.config)
    indexes = (MAIN_FOLDER, *settings.config.indexes)
    try:
        catalog = Catalog.parse(
            text,
            source=settings.address or "the site",
            read=site.read,
            server=settings.server,
            cheap=site.reads_cheaply,
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
