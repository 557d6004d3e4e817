"""The pages to write and to remove, from the old and the new catalog."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import islice
from typing import NamedTuple
from zlib import decompress

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.entry import CATALOG_PATH, Entry, Line
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.indexes.variant_files import FOLDER, needs_of
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.names import same_version
from ghpypi.core.provenance_pages import (
    PROVENANCE_PATTERN,
    digest_in,
    page_digest,
    page_of,
    project_of,
)
from ghpypi.core.site.about import About
from ghpypi.core.site.copied_files import COPIES_PATTERN, linked_to_copies
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.ownership import Everything, Owned, Shape, owned_by
from ghpypi.core.site.project import ProjectView
from ghpypi.core.site.project import project_pages as pages_for_people
from ghpypi.core.site.rows import Row, index_link
from ghpypi.core.site.tree import (
    Page,
    SiteSettings,
    about_path,
    browser_page_paths,
    flat_pages,
    project_pages,
    project_paths,
    root_pages,
    root_paths,
)
from ghpypi.jobs.index.copies import (
    FileCopies,
    OfferedFiles,
    check_limits,
    left_copies,
    unused_copies,
)
from ghpypi.jobs.index.download_history import kept_history
from ghpypi.jobs.index.size_limits import SizeCheck
from ghpypi.ports import Reporter, Site, SiteChange, SiteFile

AT_ONCE = 500
"""Number of projects whose `about.json` files are read at a time, when all pages are rendered."""


class _PageContent(NamedTuple):
    """The content of a project page, parsed and as in `about.json`."""

    about: About
    text: bytes


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of a run.

    Attributes:
        settings: The configuration and templates of the pages.
        before: The published catalog.
        after: The new catalog.
        text: The new catalog as text.
        changed: The entries of new and changed projects.
        abouts: The compressed `about.json` of projects that were read in this run.
        again: Reads a project again if its published `about.json` is unusable.
        differences: The changes, for the commit message.
        owned: The paths that belong to the published catalog.
        full: Ignore published pages.
        adopt: Overwrite files that ghpypi did not write.
        copies: Finds the files that are copied to the site; `None` for a site with links.
        history: The new `downloads.json`; `None` to leave it as it is.
        provenance: The compressed pages with provenance that were made, by their paths.
        dropped: The paths of published pages with provenance that are not needed any more.
    """

    settings: SiteSettings
    before: Catalog
    after: Catalog
    text: bytes
    changed: Mapping[NormalizedName, Entry]
    abouts: Mapping[NormalizedName, bytes]
    again: Callable[[Entry], bytes | None]
    differences: Differences
    owned: Owned
    full: bool
    adopt: bool
    copies: FileCopies | None = None
    history: bytes | None = None
    provenance: Mapping[str, bytes] = field(default_factory=dict)
    dropped: Collection[str] = ()
    _parts: list[str] = field(default_factory=list)

    def change(self, site: Site, reporter: Reporter, sizes: SizeCheck) -> SiteChange:
        """Return the change of the site; rendering reports its progress.

        Args:
            site: The site.
            reporter: Shows progress.
            sizes: Checks the pages.

        Raises:
            RefusedError: The site does not accept some of the files that it is to have.
        """
        after = owned_by(self.after, Shape.of(self.settings.config))
        if self.copies:
            check_limits(self._offered.all(), site.limits, site.name, reporter)
        return SiteChange(
            pages=lambda: sizes.passed(self._pages(site, reporter)),
            files=lambda: self._files(reporter),
            removed=tuple(self._all_removed(site) if self._complete else self._removed()),
            owned=Everything() if self.adopt else self.owned,
            added=lambda: after.beyond(self.owned),
            former=self._former_parts,
            message=self._message(),
        )

    def _message(self) -> str:
        if self.history and not self.differences.lines():
            return "Update download counts\n"
        return self.differences.message()

    @cached_property
    def indexes(self) -> Indexes:
        """The indexes of the new catalog."""
        return Indexes.of(self.settings.config, self.settings.store, self.after.lines.values())

    @property
    def _paths(self) -> IndexPaths:
        return self.settings.config.index.paths

    @cached_property
    def _complete(self) -> bool:
        return self.full or self.before.pages != self.settings.key

    @cached_property
    def _old_indexes(self) -> Indexes:
        return Indexes.of(self.settings.config, self.settings.store, self.before.lines.values())

    @cached_property
    def _moved(self) -> dict[NormalizedName, set[str]]:
        """The projects whose pages must be rendered, with the indexes that gained or lost them."""
        before, after = self.before.lines, self.after.lines
        names: Iterable[NormalizedName] = {*self.changed, *(before.keys() - after.keys())}
        if self._complete or self._old_indexes.names != self.indexes.names:
            names = {*before, *after}
        moved = {
            name: set(_held(self._old_indexes, before.get(name)))
            ^ set(_held(self.indexes, after.get(name)))
            for name in names
        }
        if self._complete:
            return moved
        return {name: where for name, where in moved.items() if where or name in self.changed}

    def _pages(self, site: Site, reporter: Reporter) -> Iterator[Page]:
        if not self.settings.config.site.path:
            yield ".nojekyll", b""
        projects = sum(name in self.after.lines for name in self._moved)
        with reporter.progress("rendering", projects, unit="project") as advance:
            for entry, content in self._entries(site):
                yield from self._pages_of(entry, content)
                yield from self._provenance_of(entry, site, reporter)
                advance(1)
        for index in self._changed_roots():
            yield from root_pages(index, self._names(index), self.settings)
        for index in self._changed_flat_pages():
            entries = map(self._linked, self._names(index))
            yield from flat_pages(index, entries, self.indexes, self.settings)
        if self.settings.config.site.pages:
            yield from site_pages(self._landing(), self.settings)
        history = self.history or (kept_history(site, self.owned) if self._complete else None)
        if history:
            yield DOWNLOADS_PATH, history
        # The catalog is last: on a site that is written page by page, it marks completion.
        self._parts.clear()
        for path, text in self.after.changed_parts(None if self.full else self.before):
            self._parts.append(path)
            yield path, text
        yield CATALOG_PATH, self.text

    def _pages_of(self, entry: Entry, content: "_PageContent | None") -> Iterator[Page]:
        held = self.indexes.holding(self.after.lines[entry.project.name].membership)
        about = content.about if content else None
        yield from project_pages(entry, held, self.indexes, self.settings, about)
        if self.settings.config.site.pages and entry.project.files:
            if content:
                yield about_path(entry.project.name), content.text
            yield from pages_for_people(self._view(entry, about, held), self.settings)

    def _provenance_of(self, entry: Entry, site: Site, reporter: Reporter) -> Iterator[Page]:
        """Yield the pages with provenance that were made; if all are compared, also the others."""
        paths = {page_of(file, entry.project.name) for file in entry.project.files} - {""}
        made = {path: decompress(self.provenance[path]) for path in paths & self.provenance.keys()}
        yield from sorted(made.items())
        if not self.full or not (kept := sorted(paths - made.keys())):
            return
        published = site.read(kept)
        for path in kept:
            text = published.get(path, b"")
            if page_digest(text) == digest_in(path):
                yield path, text
            else:
                reporter.warn(
                    f"{path} of {site.name} was changed or removed by others; "
                    "'ghpypi index --full --fetch-attestations' makes it again"
                )

    def _entries(self, site: Site) -> Iterator[tuple[Entry, "_PageContent | None"]]:
        """Yield the projects whose pages must be rendered, with their content."""
        names = iter([name for name in sorted(self._moved) if name in self.after.lines])
        while several := list(islice(names, AT_ONCE)):
            entries = [self._linked(x) for x in several]
            if not self.settings.config.site.pages:
                yield from ((entry, None) for entry in entries)
                continue
            missing = [about_path(x) for x in several if x not in self.abouts]
            published = site.read(missing) if missing else {}
            for entry in entries:
                path = about_path(entry.project.name)
                yield entry, self._content(entry, published.get(path, b""))

    def _entry(self, name: NormalizedName) -> Entry:
        return self.changed.get(name) or self.after.lines[name].entry()

    def _linked(self, name: NormalizedName) -> Entry:
        """Return a project with the URLs that pages have for its files."""
        entry = self._entry(name)
        folder = self.settings.config.site.folder
        return linked_to_copies(entry, folder) if self.copies else entry

    def _content(self, entry: Entry, published: bytes) -> "_PageContent | None":
        """Return the content of a page: from this run, from the published file, or read again."""
        packed = self.abouts.get(entry.project.name)
        if packed is None:
            with suppress(ValueError):  # missing or invalid
                content = _PageContent(About.parse(published), published)
                if same_version(content.about.version, entry.shown.version):
                    return content
            packed = self.again(entry)
        if packed is None:
            return None
        text = decompress(packed)
        return _PageContent(About.parse(text), text)

    def _view(self, entry: Entry, about: About | None, held: Sequence[str]) -> ProjectView:
        return ProjectView(
            project=entry.project,
            about=about,
            indexes=tuple(index_link(name, self.indexes) for name in held),
            ours=self.after.lines,
            variant_of=partial(variant_of, config=self.settings.config.variants),
            later=entry.shown.later,
            needs_of=partial(needs_of, entry),
        )

    def _landing(self) -> SiteView:
        lines = [line for line in self.after.lines.values() if line.files]
        return SiteView(
            rows=[Row(line.name, *line.shown[:4]) for line in lines],
            indexes=tuple(index_link(name, self.indexes) for name in self.indexes.names),
            files=sum(line.files for line in lines),
            listed=self._names(MAIN_FOLDER) if "" in self._paths.folders(MAIN_FOLDER) else None,
        )

    def _changed_roots(self) -> list[str]:
        if self._complete:
            return list(self.indexes.names)
        changed = {*self.indexes.names} - {*self.before.indexes}
        changed.update(*self._moved.values())
        return [name for name in self.indexes.names if name in changed]

    def _changed_flat_pages(self) -> list[str]:
        """Name the indexes with pages of all their files, of which some may have changed."""
        if not self._paths.find_links:
            return []
        before, after = self.before.lines, self.after.lines
        changed = {*self._changed_roots()}
        for name in self._moved:
            changed.update(_held(self._old_indexes, before.get(name)))
            changed.update(_held(self.indexes, after.get(name)))
        return [index for index in self.indexes.names if index in changed]

    def _names(self, index: str) -> list[NormalizedName]:
        """Return the projects of an index."""
        return [
            line.name
            for line in self.after.lines.values()
            if index in self.indexes.holding(line.membership)
        ]

    def _former_parts(self) -> Iterator[bytes]:
        """Yield the former contents of the parts of the catalog that are written."""
        reader = self.before.reader
        found = (reader.cached(path) for path in self._parts) if reader else ()
        return (text for text in found if text)

    def _all_removed(self, site: Site) -> Iterator[str]:
        """Yield all paths of the published catalog, but for unchanged parts of it."""
        yield from replace(self.owned, parts={*self.owned.parts} - {*self.after.parts})
        yield from self.dropped
        if self.full and PROVENANCE_PATTERN in self.owned.patterns:
            # What was published may not be known, if the catalog was damaged.
            kept = {
                page_of(file, entry.project.name)
                for entry in map(self._entry, self.after.lines)
                for file in entry.project.files
            }
            for path in site.paths():
                if project_of(path) and path in self.owned and path not in kept:
                    yield path
        if self.copies or COPIES_PATTERN in self.before.owns:
            yield from unused_copies(site, self._offered if self.copies else None)

    @cached_property
    def _offered(self) -> OfferedFiles:
        return OfferedFiles(self.after.lines, self.indexes, self.changed)

    def _files(self, reporter: Reporter) -> Iterable[SiteFile]:
        """Return the files of the projects whose pages must be rendered."""
        if not self.copies:
            return ()
        changed = self.after.lines if self.full else self.changed
        return self.copies.of(sorted(self._moved), self._offered, changed, reporter)

    def _removed(self) -> Iterator[str]:
        return (path for path in self._left() if path in self.owned)

    def _left(self) -> Iterator[str]:
        """Yield the paths of projects and indexes that were removed."""
        for name, indexes in self._moved.items():
            after = self.after.lines.get(name)
            held = _held(self.indexes, after)
            for index in indexes.difference(held):
                for folder in self._paths.folders(index):
                    yield from project_paths(name, folder)
            if not after or not after.files:
                yield from browser_page_paths(name)
        yield from self.dropped
        if COPIES_PATTERN in self.before.owns:
            before = OfferedFiles(self.before.lines, self._old_indexes)
            yield from left_copies(before, self._offered, self._moved)
        yield from {*self.owned.parts} - {*self.after.parts}
        kept = {*self.after.owns}
        variants = (path for path in self.before.owns if path.startswith(f"{FOLDER}/"))
        yield from (path for path in variants if path not in kept)
        for index in set(self.before.indexes) - {*self.indexes.names, MAIN_FOLDER}:
            yield from self._paths.flat_pages(index)
            for folder in self._paths.folders(index):
                yield from root_paths(folder)


def _held(indexes: Indexes, line: Line | None) -> tuple[str, ...]:
    return indexes.holding(line.membership) if line and line.files else ()
