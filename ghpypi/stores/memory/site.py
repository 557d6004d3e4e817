"""Pages in a dictionary."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.site.ownership import conflicting_paths
from ghpypi.errors import (
    OccupiedError,
    OutdatedError,
)
from ghpypi.ports import Comparison, Published, SiteChange, SiteLimits

NO_LIMITS = SiteLimits()


@dataclass
class MemorySite:
    """Pages in a dictionary.

    Attributes:
        pages: What is published, by path.
        foreign: The paths that others changed since the last publication; `None` if unknown.
    """

    pages: dict[str, bytes]
    name: str = "the site in memory"
    limits: SiteLimits = NO_LIMITS
    foreign: Collection[str] | None = ()
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def catalog(self) -> bytes | None:
        """Read the published catalog."""
        return self.pages.get(CATALOG_PATH)

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages."""
        return {path: self.pages[path] for path in paths if path in self.pages}

    def paths(self) -> Collection[str]:
        """List every file that is published."""
        return tuple(self.pages)

    def foreign_changes(self) -> Collection[str] | None:
        """Return the paths that others changed."""
        return self.foreign

    def compare(self, change: SiteChange) -> Comparison:
        """Return what publishing a change would do."""
        return self._compare(change, dict(change.pages()))

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with self._lock:
            if self.catalog() != base:
                raise OutdatedError(f"{self.name} was changed by another process")
            wanted = dict(change.pages())
            found = self._compare(change, wanted)
            if found.occupied:
                raise OccupiedError(self.name, found.occupied)
            written = {path: wanted[path] for path in found.written}
            gone = set(found.removed)
            self.foreign = ()
            self.pages = {
                path: page for path, page in {**self.pages, **written}.items() if path not in gone
            }
            return Published(written=len(written), removed=len(gone))

    def _compare(self, change: SiteChange, wanted: Mapping[str, bytes]) -> Comparison:
        written = [path for path, page in wanted.items() if self.pages.get(path) != page]
        removed = [path for path in change.removed if path in self.pages and path not in wanted]
        occupied = conflicting_paths([*written, *removed], self.pages, change.owned)
        return Comparison(written=tuple(written), removed=tuple(removed), occupied=occupied)
