"""Writes the pages of a site that differ from those that are published."""

from collections.abc import Callable, Container, Iterable

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.catalog.parts import is_part, transitional
from ghpypi.core.site.paths import Page
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import content_type, page_headers
from ghpypi.stores.objects.values import ObjectContent
from ghpypi.workers import in_order

BATCH = 64
"""Number of pages that are held in memory before they are sent."""

THREADS = 8
"""Number of pages that are sent at once."""


class PageUploads:
    """Writes pages; those that are equal to the published ones are only read.

    Args:
        client: The bucket, and the prefix of the site.
        absent: Pages that do not exist, so that they need not be read.
        check: Called before each batch; raises an error if the lock is lost.

    Attributes:
        paths: All pages so far, the catalog included.
        parts: Parts of the catalog that have lines of two catalogs now, see `transitional`.
        written: How many of them were new or different, without the catalog.
    """

    def __init__(
        self, client: BucketClient, absent: Container[str], check: Callable[[], None]
    ) -> None:
        self.paths: set[str] = set()
        self.written = 0
        self.parts: list[Page] = []
        self._client = client
        self._absent = absent
        self._check = check

    def send(self, pages: Iterable[Page]) -> bytes | None:
        """Write all pages but the catalog, and return the catalog if it is among them."""
        catalog: bytes | None = None
        batch: list[Page] = []
        for path, page in pages:
            self.paths.add(path)
            if path == CATALOG_PATH:
                catalog = page
                continue
            # The root pages link to others, and the parts are followed by the catalog.
            if batch and (len(batch) == BATCH or _is_late(path) != _is_late(batch[-1][0])):
                self._send(batch)
                batch = []
            batch.append((path, page))
        self._send(batch)
        return catalog

    def _send(self, batch: list[Page]) -> None:
        self._check()
        number = min(THREADS, len(batch) or 1)
        self.written += sum(in_order(self._write, batch, number, "write-page"))

    def finish(self) -> None:
        """Write the parts as the published catalog needs them."""
        for path, content in self.parts:
            self._client.write(path, content, page_headers(path))

    def _write(self, page: Page) -> bool:
        path, content = page
        if path not in self._absent:
            found = self._client.read(path)
            if found and found.is_page(content, content_type(path)):
                return False
            if found and is_part(path):
                content = transitional(found.content, content)
                self.parts.append(page)
        if path.endswith("index.json"):
            # Before the page itself: an interrupted run writes both again.
            self._client.write_folder(page_folder(path), content, page_headers(path))
        self._client.write(path, content, page_headers(path))
        return True


def is_current(found: ObjectContent, page: Page) -> bool:
    """Return whether an object is a page, with its media type.

    A part of the catalog may have lines of the former catalog too, if a run was interrupted.
    """
    path, content = page
    if is_part(path) and transitional(found.content, content) == found.content:
        return True
    return found.is_page(content, content_type(path))


def page_folder(path: str) -> str:
    """Return the folder of a page; empty for the root."""
    return path.rpartition("/")[0]


def _is_late(path: str) -> bool:
    return "/" not in path or is_part(path)
