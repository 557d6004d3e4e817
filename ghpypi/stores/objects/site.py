"""A site whose pages are objects of a bucket."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.catalog.parts import is_part
from ghpypi.core.site.ownership import conflicting_paths
from ghpypi.errors import OccupiedError, OutdatedError, UsageError
from ghpypi.ports import Comparison, EarlierState, Published, SiteChange, SiteLimits
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.file_uploads import FileUploads
from ghpypi.stores.objects.keys import OF_THE_STORE, page_headers
from ghpypi.stores.objects.lease import LeaseLock
from ghpypi.stores.objects.page_comparison import compared_pages
from ghpypi.stores.objects.page_uploads import PageUploads, page_folder
from ghpypi.stores.objects.values import ObjectContent
from ghpypi.workers import in_order

THREADS = 8
"""Number of requests that are sent at once."""

FEW = 50
"""Number of paths up to which their folders are listed instead of the whole site."""


class BucketSite:
    """A `Site` in a bucket.

    Args:
        client: The bucket, and the prefix of the site.
        name: The name in messages.
        lock: Keeps index runs apart; by default the lock in the bucket.
    """

    def __init__(
        self, client: BucketClient, *, name: str = "", lock: LeaseLock | None = None
    ) -> None:
        self._client = client
        self._name = name or client.name
        self._lock = lock or LeaseLock(client)
        self._seen: ObjectContent | None = None

    @property
    def name(self) -> str:
        """The name in messages."""
        return self._name

    @property
    def limits(self) -> SiteLimits:
        """Return no limits."""
        return SiteLimits()

    @property
    def reads_cheaply(self) -> bool:
        """A page is one request, and there is no quota."""
        return True

    def catalog(self) -> bytes | None:
        """Read the published catalog."""
        self._seen = self._client.read(CATALOG_PATH)
        return self._seen and self._seen.content

    def mark(self) -> str:
        """Return the entity tag of the catalog."""
        return self._client.mark(CATALOG_PATH)

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages, several at once."""
        found = in_order(self._client.read, paths, min(THREADS, len(paths) or 1), "read-page")
        return {path: page.content for path, page in zip(paths, found, strict=True) if page}

    def paths(self) -> Collection[str]:
        """List all objects of the site, except for those of the store.

        Listings have no slashes at the end of keys: the object at `simple/NAME/` is listed as
        `simple/NAME`, and left out.
        """
        return list(self._sizes())

    def _sizes(self) -> dict[str, int | None]:
        """List the objects of the site with their sizes, which the first level lacks."""
        folders, names = self._client.names()
        found: dict[str, int | None] = dict.fromkeys(names)
        for folder in folders:
            if folder not in OF_THE_STORE:
                found |= {stored.key: stored.size for stored in self._client.objects(folder)}
        return {name: found[name] for name in _without_folders(found) if name not in OF_THE_STORE}

    def foreign_changes(self) -> tuple[str, ...]:
        """There is no record of who changed a page: `ghpypi index --check` compares all of them."""
        return ()

    def earlier(self, revision: str) -> AbstractContextManager[EarlierState]:
        """There is no history.

        Raises:
            UsageError: Always.
        """
        del revision
        raise UsageError(f"{self.name} has no history: only the branch of a repository has one")

    def compare(self, change: SiteChange) -> Comparison:
        """Return what publishing a change would do."""
        present = self._sizes()
        uploads = FileUploads(self._client)
        written = [file.path for file in change.files() if not uploads.is_published(file)]
        paths, different = set(), list(written)
        for page in compared_pages(self._client, change.pages(), present):
            paths.add(page.path)
            if not page.is_current:
                written.append(page.path)
            if not page.is_equal:  # nothing is lost otherwise
                different.append(page.path)
        removed = [path for path in change.removed if path in present and path not in paths]
        occupied = conflicting_paths([*different, *removed], present, change.owned)
        return Comparison(written=tuple(written), removed=tuple(removed), occupied=occupied)

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages, and the catalog last, unless another was published in the meantime."""
        with self._lock.held() as lease:
            known = self._current()
            if (known and known.content) != base:
                raise self._outdated()
            added = [path for path in change.added() if path not in lease.unfinished]
            absent = self._absent(added, change, first=base is None)
            if added or lease.unfinished:
                self._lock.record(lease, added)
            files = FileUploads(self._client).send(change.files())
            uploads = PageUploads(self._client, absent, lambda: self._lock.ensure(lease))
            catalog = uploads.send(change.pages())
            self._lock.ensure(lease)
            orphans = [path for path in lease.unfinished if path not in change.owned]
            unwanted = {*change.removed, *orphans} - uploads.paths
            # Before the catalog: an interrupted run would have left them for good. Its parts are
            # needed until then.
            parts = {path for path in unwanted if is_part(path)}
            removed = self._remove(unwanted - parts)
            written = uploads.written + self._write_catalog(catalog, known)
            uploads.finish()
            removed += self._remove(parts)
            return Published(written=written, removed=removed, files=files)

    def _current(self) -> ObjectContent | None:
        """Return the published catalog; it is not read again if it is the one that was read."""
        if self._seen:
            found = self._client.find(CATALOG_PATH)
            if found and found.tag == self._seen.tag:
                return self._seen
        self.catalog()
        return self._seen

    def _write_catalog(self, page: bytes | None, known: ObjectContent | None) -> int:
        """Write the catalog; return the number of pages written.

        Raises:
            OutdatedError: Another catalog was published.
        """
        if page is None or (known and known.content == page):
            return 0
        headers = page_headers(CATALOG_PATH)
        if known:
            tag = self._client.replace(CATALOG_PATH, page, known.tag, headers)
        else:
            tag = self._client.create(CATALOG_PATH, page, headers)
        if tag:
            self._seen = ObjectContent(page, tag)
        elif self.catalog() != page:  # or it was written, and only the response was lost
            raise self._outdated()
        return 1

    def _absent(self, added: Collection[str], change: SiteChange, *, first: bool) -> set[str]:
        """Return new pages that do not exist yet.

        Args:
            added: The paths of new pages.
            change: The change.
            first: Whether nothing was published before.

        Raises:
            OccupiedError: Files that ghpypi did not write are at these paths.
        """
        if not added:
            return set()
        folders = {page_folder(path) for path in added}
        if first or "" in folders or len(folders) > FEW:
            present = set(self.paths())
        else:
            listed = in_order(self._below, sorted(folders), THREADS, "list-pages")
            present = set(_without_folders(chain.from_iterable(listed)))
        if conflicting_paths(added, present, change.owned) and (
            occupied := self.compare(change).occupied
        ):
            raise OccupiedError(self.name, occupied)
        return set(added) - present

    def _below(self, folder: str) -> list[str]:
        return [stored.key for stored in self._client.objects(folder)]

    def _remove(self, paths: Iterable[str]) -> int:
        """Remove pages, and return how many there were."""
        wanted = sorted(set(paths))
        if not wanted:
            return 0
        if len(wanted) > FEW:
            present: Container[str] = set(self.paths())
        else:
            found = in_order(self._client.find, wanted, THREADS, "find-pages")
            present = {each.key for each in found if each}
        gone = [path for path in wanted if path in present]
        for path in gone:
            if path.endswith("index.json"):
                self._client.delete_folder(page_folder(path))
        self._client.delete(gone)
        return len(gone)

    def _outdated(self) -> OutdatedError:
        return OutdatedError(f"{self.name} was changed by another process")


def _without_folders(paths: Iterable[str]) -> list[str]:
    """Leave out the objects whose keys end in a slash, which listings do not show."""
    found = set(paths)
    return [path for path in found if f"{path}/index.html" not in found]
