"""Pages in a dictionary."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.digest import digest_of
from ghpypi.core.site.ownership import conflicting_paths
from ghpypi.errors import NotFoundError, OccupiedError, OutdatedError
from ghpypi.ports import Comparison, Published, SiteChange, SiteLimits, StateDifference

NO_LIMITS = SiteLimits()


@dataclass
class MemorySite:
    """Pages in a dictionary.

    Attributes:
        pages: What is published, by path.
        commits: The pages after each publication, by its ID.
        foreign: The paths that others changed since the last publication; `None` if unknown.
    """

    pages: dict[str, bytes]
    name: str = "the site in memory"
    limits: SiteLimits = NO_LIMITS
    reads_cheaply: bool = True
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    foreign: Collection[str] | None = ()
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def catalog(self) -> bytes | None:
        """Read the published catalog."""
        return self.pages.get(CATALOG_PATH)

    def mark(self) -> str:
        """Return a digest of the published catalog."""
        catalog = self.catalog()
        return digest_of(catalog) if catalog is not None else ""

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages."""
        return {path: self.pages[path] for path in paths if path in self.pages}

    def paths(self) -> Collection[str]:
        """List every file that is published."""
        return tuple(self.pages)

    def foreign_changes(self) -> Collection[str] | None:
        """Return the paths that others changed."""
        return self.foreign

    @contextmanager
    def earlier(self, revision: str) -> Iterator["MemoryState"]:
        """Open the pages as they were after a publication."""
        found = [each for each in self.commits if each.startswith(revision)]
        if not found:
            raise NotFoundError(f"{self.name} has no commit {revision}")
        yield MemoryState(found[0], self.commits[found[0]], self.pages)

    def compare(self, change: SiteChange) -> Comparison:
        """Return what publishing a change would do."""
        return self._compare(change, {**self._files(change), **dict(change.pages())})

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with self._lock:
            if self.catalog() != base:
                raise OutdatedError(f"{self.name} was changed by another process")
            files = self._files(change)
            wanted = dict(change.pages())
            found = self._compare(change, {**files, **wanted})
            if found.occupied:
                raise OccupiedError(self.name, found.occupied)
            written = {path: wanted[path] for path in found.written if path not in files}
            gone = set(found.removed)
            self.foreign = ()
            self.pages = {
                path: page
                for path, page in {**self.pages, **files, **written}.items()
                if path not in gone
            }
            self.commits[f"{len(self.commits):040x}"] = self.pages
            return Published(written=len(written), removed=len(gone), files=len(files))

    def _files(self, change: SiteChange) -> dict[str, bytes]:
        """Read the files that are missing, or differ."""
        found = {}
        for file in change.files():
            there = self.pages.get(file.path)
            if there is None or len(there) != file.size or file.may_differ:
                content = file.read()
                if content != there:
                    found[file.path] = content
        return found

    def _compare(self, change: SiteChange, wanted: Mapping[str, bytes]) -> Comparison:
        written = [path for path, page in wanted.items() if self.pages.get(path) != page]
        removed = [path for path in change.removed if path in self.pages and path not in wanted]
        occupied = conflicting_paths([*written, *removed], self.pages, change.owned)
        return Comparison(written=tuple(written), removed=tuple(removed), occupied=occupied)


class MemoryState:
    """Pages as they were after a publication.

    Args:
        revision: The ID of the publication.
        pages: The pages at that time.
        current: The pages that are published now.
    """

    def __init__(
        self, revision: str, pages: Mapping[str, bytes], current: Mapping[str, bytes]
    ) -> None:
        self.revision = revision
        self._pages = pages
        self._current = current

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read pages."""
        return {path: self._pages[path] for path in paths if path in self._pages}

    def difference(self) -> StateDifference:
        """Compare the pages with those that are published now."""
        now, then = self._current, self._pages
        return StateDifference(
            changed=tuple(path for path, page in then.items() if now.get(path) != page),
            added=tuple(path for path in now if path not in then),
        )
