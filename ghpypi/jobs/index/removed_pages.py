"""The paths that a run removes from a site, because no page of the new catalog has them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.indexes.variant_files import FOLDER
from ghpypi.core.provenance_pages import PROVENANCE_PATTERN, page_of, project_of
from ghpypi.core.site.copied_files import COPIES_PATTERN
from ghpypi.core.site.ownership import Owned
from ghpypi.core.site.paths import browser_page_paths, project_paths, root_paths
from ghpypi.core.site.version_paths import (
    VERSIONS_PATTERN,
    possible_version_paths,
    version_page_project,
    version_paths,
)
from ghpypi.jobs.index.catalog_comparison import CatalogComparison, held
from ghpypi.jobs.index.copies import OfferedFiles, left_copies, unused_copies
from ghpypi.ports import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedPages:
    """Finds what to remove; a page that is also written stays.

    Attributes:
        comparison: The published and the new catalog.
        owned: The paths that belong to the published catalog.
        dropped: The paths of published pages with provenance that are not needed any more.
        offered: The files of the new catalog, if their copies are on the site.
    """

    comparison: CatalogComparison
    owned: Owned
    dropped: Collection[str]
    offered: OfferedFiles | None

    def paths(self, site: Site) -> Iterator[str]:
        """Yield the paths to remove.

        Args:
            site: The site, which is searched for pages if all pages are rendered.
        """
        if self.comparison.complete:
            return self._all(site)
        return (path for path in self._left() if path in self.owned)

    def _all(self, site: Site) -> Iterator[str]:
        """Yield all paths of the published catalog, but for unchanged parts of it."""
        comparison = self.comparison
        yield from replace(self.owned, parts={*self.owned.parts} - {*comparison.after.parts})
        yield from self.dropped
        provenance = comparison.full and PROVENANCE_PATTERN in self.owned.patterns
        versions = VERSIONS_PATTERN in self.owned.patterns
        if provenance or versions:
            # What was published may not be known, if the catalog was damaged.
            kept = self._provenance() if provenance else frozenset[str]()
            for path in site.paths():  # once: it may be a fetch
                found = (versions and version_page_project(path)) or (
                    provenance and project_of(path) and path not in kept
                )
                if found and path in self.owned:
                    yield path
        if self.offered or COPIES_PATTERN in comparison.before.owns:
            yield from unused_copies(site, self.offered)

    def _provenance(self) -> frozenset[str]:
        """Return the paths of all pages with provenance of the new catalog."""
        comparison = self.comparison
        return frozenset(
            page_of(file, entry.project.name)
            for entry in map(comparison.entry, comparison.after.lines)
            for file in entry.project.files
        )

    def _left(self) -> Iterator[str]:
        """Yield the paths of projects, versions and indexes that were removed."""
        comparison = self.comparison
        for name, indexes in comparison.moved.items():
            yield from self._left_of(name, indexes)
        yield from self.dropped
        before, after = comparison.before, comparison.after
        if COPIES_PATTERN in before.owns and self.offered:
            is_separate = self.offered.separate
            published = OfferedFiles(before.lines, comparison.old_indexes, separate=is_separate)
            yield from left_copies(published, self.offered, comparison.moved)
        yield from {*self.owned.parts} - {*after.parts}
        kept = {*after.owns}
        variants = (path for path in before.owns if path.startswith(f"{FOLDER}/"))
        yield from (path for path in variants if path not in kept)
        paths = comparison.settings.config.index.paths
        for index in set(before.indexes) - {*comparison.indexes.names, MAIN_FOLDER}:
            yield from paths.flat_pages(index)
            for folder in paths.folders(index):
                yield from root_paths(folder)

    def _left_of(self, name: NormalizedName, indexes: set[str]) -> Iterator[str]:
        """Yield the paths of a project that it has no longer."""
        comparison = self.comparison
        after = comparison.after.lines.get(name)
        for index in indexes.difference(held(comparison.indexes, after)):
            for folder in comparison.settings.config.index.paths.folders(index):
                yield from project_paths(name, folder)
        if not after or not after.files:
            yield from browser_page_paths(name)
        if name in comparison.marked:
            # A status may leave out pages; those that are rendered stay.
            yield from self.owned.of_project(name)
        if VERSIONS_PATTERN in self.owned.patterns:
            yield from self._left_versions(name)

    def _left_versions(self, name: NormalizedName) -> Iterator[str]:
        comparison = self.comparison
        config = comparison.settings.config
        old = comparison.old_entry(name)
        if old is None:
            return
        kept = frozenset[str]()
        if name in comparison.after.lines:
            kept = version_paths(comparison.entry(name).project, config)
        yield from sorted(possible_version_paths(old.project, config) - kept)
