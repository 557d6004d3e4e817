"""Which projects and indexes have pages to render, from the old and the new catalog."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import marked_projects
from ghpypi.core.catalog.entry import Entry, Line
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.version_paths import changed_versions


@dataclass(frozen=True, kw_only=True)
class CatalogComparison:
    """The published and the new catalog, compared.

    Attributes:
        settings: The configuration and templates of the pages.
        before: The published catalog.
        after: The new catalog.
        changed: The entries of new and changed projects.
        full: Ignore published pages.
    """

    settings: SiteSettings
    before: Catalog
    after: Catalog
    changed: Mapping[NormalizedName, Entry]
    full: bool

    @cached_property
    def complete(self) -> bool:
        """Whether all pages are rendered."""
        return self.full or self.before.simple != self.settings.simple_key

    @cached_property
    def restyled(self) -> bool:
        """Whether all pages for browsers are rendered."""
        return self.complete or self.before.pages != self.settings.key

    @cached_property
    def indexes(self) -> Indexes:
        """The indexes of the new catalog."""
        return Indexes.of(self.settings.config, self.settings.store, self.after.lines.values())

    @cached_property
    def old_indexes(self) -> Indexes:
        """The indexes of the published catalog."""
        return Indexes.of(self.settings.config, self.settings.store, self.before.lines.values())

    @cached_property
    def moved(self) -> dict[NormalizedName, set[str]]:
        """The projects with all pages to render, and the indexes that gained or lost each."""
        before, after = self.before.lines, self.after.lines
        certain = self.changed.keys() | (self.marked & after.keys())
        names: Iterable[NormalizedName] = {*certain, *(before.keys() - after.keys())}
        if self.complete or self.old_indexes.names != self.indexes.names:
            names = {*before, *after}
        moved = {
            name: set(held(self.old_indexes, before.get(name)))
            ^ set(held(self.indexes, after.get(name)))
            for name in names
        }
        if self.complete:
            return moved
        return {name: where for name, where in moved.items() if where or name in certain}

    @cached_property
    def marked(self) -> frozenset[NormalizedName]:
        """The projects whose yanks or statuses changed."""
        return marked_projects(self.before.marks, self.after.marks)

    @cached_property
    def rendered(self) -> list[NormalizedName]:
        """The projects of which some pages are rendered, sorted by name."""
        if self.restyled and self.settings.config.site.pages:
            return sorted(self.after.lines)
        return sorted({*(self.moved.keys() & self.after.lines), *self.dependents})

    @cached_property
    def dependents(self) -> list[NormalizedName]:
        """The unchanged projects whose pages link to projects that came or went."""
        came_or_went = _with_files(self.before) ^ _with_files(self.after)
        if not (self.settings.config.site.pages and self.before.lines and came_or_went):
            return []
        return [
            name
            for name, line in self.after.lines.items()
            if name in self.before.lines
            and name not in self.moved
            and not came_or_went.isdisjoint(line.requires())
        ]

    def entry(self, name: NormalizedName) -> Entry:
        """Return a project of the new catalog."""
        return self.changed.get(name) or self.after.lines[name].entry()

    def old_entry(self, name: NormalizedName) -> Entry | None:
        """Return a project of the published catalog; `None` if it had no files."""
        line = self.before.lines.get(name)
        return line.entry() if line and line.files else None

    def versions(self, name: NormalizedName) -> frozenset[str] | None:
        """Return the versions of a project whose pages must be rendered; `None` for all of them."""
        every = self.restyled or name in self.marked or self.moved.get(name)
        old = None if every else self.old_entry(name)
        if old is None:
            return None
        return changed_versions(old.project, self.entry(name).project, self.settings.config)

    def roots(self) -> list[str]:
        """Return the indexes whose project lists may have changed."""
        if self.complete:
            return list(self.indexes.names)
        changed = {*self.indexes.names} - {*self.before.indexes}
        changed.update(*self.moved.values())
        return [name for name in self.indexes.names if name in changed]

    def flat_pages(self) -> list[str]:
        """Return the indexes with pages of all their files, of which some may have changed."""
        if not self.settings.config.index.paths.find_links:
            return []
        before, after = self.before.lines, self.after.lines
        changed = {*self.roots()}
        for name in self.moved:
            changed.update(held(self.old_indexes, before.get(name)))
            changed.update(held(self.indexes, after.get(name)))
        return [index for index in self.indexes.names if index in changed]

    def names(self, index: str) -> list[NormalizedName]:
        """Return the projects of an index."""
        return [
            line.name
            for line in self.after.lines.values()
            if index in self.indexes.holding(line.membership)
        ]

    def held_by(self, names: Collection[str]) -> Iterator[tuple[NormalizedName, list[str]]]:
        """Yield the projects of some indexes, each with those of the indexes that contain it."""
        for name, line in self.after.lines.items():
            found = [each for each in self.indexes.holding(line.membership) if each in names]
            if found:
                yield name, found


def _with_files(catalog: Catalog) -> set[str]:
    return {name for name, line in catalog.lines.items() if line.files}


def held(indexes: Indexes, line: Line | None) -> tuple[str, ...]:
    """Return the indexes that contain a project."""
    return indexes.holding(line.membership) if line and line.files else ()
