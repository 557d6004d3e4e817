"""The catalog of one store in memory, and the pages rendered from it on request.

A revision is a catalog together with its configuration. A request uses a single revision, so that
no page mixes old and new data. Pages are cached as bytes, plain and compressed, until the line of
the catalog that they were rendered from changes.

Slow work for projects with thousands of files (parsing the line, rendering the page) runs in
threads; the event loop only looks up results.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.parts import ReadFiles
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.model import File
from ghpypi.core.serving import Snapshot
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.file_paths import FilePaths
from ghpypi.server.page_locations import PageLocations
from ghpypi.server.revision import (
    Page,
    Record,
    Revision,
    find_indexes,
    make_revision,
    read_records,
)
from ghpypi.server.simple_pages import (
    PageKey,
    flat_page,
    project_page,
    root_page,
    store_offer,
    visible_record,
)
from ghpypi.server.uploaded_files import UploadedFiles

_log = logging.getLogger("ghpypi")

PAGES = 12 << 20
"""Size of the page cache, in bytes."""


@dataclass(slots=True)
class _CachedPage:
    page: Page
    source: object
    config: Config


class CatalogView:
    """The catalog of one store, and its pages of the Simple API.

    Args:
        store: The `File.origin` of the store's own files.
        server: The URL of the GitHub server that all files must be on; `None` for no check.
        now: Monotonic clock, in seconds.
        pages: Size of the page cache, in bytes.
    """

    def __init__(
        self,
        store: str,
        *,
        server: str | None = None,
        now: Callable[[], float] = time.monotonic,
        pages: int = PAGES,
    ) -> None:
        self._store = store
        self._server = server
        self._lock = Lock()
        self._cache: LRUCache[PageKey, _CachedPage] = LRUCache(pages, getsizeof=_weight)
        self._paths = FilePaths(store)
        self._rendering: SingleFlight[tuple[PageKey, int], Page | None] = SingleFlight()
        self._base: Mapping[NormalizedName, Record] = {}
        self._uploaded = UploadedFiles(store, now)
        self.revision = make_revision(store, {}, Config(), 0)
        self.changed = time.time()
        """When the revision was loaded, in seconds since 1970."""
        self._check_locations: Callable[[PageLocations], None] | None = None
        self.incomplete = False
        """Whether some projects could not be read, because an index run was publishing."""

    @property
    def store(self) -> str:
        """The `File.origin` of the store's own files."""
        return self._store

    @property
    def cached(self) -> int:
        """The current size of the page cache, in bytes."""
        return int(self._cache.currsize)

    # Blocking methods

    def take(self, snapshot: Snapshot, read: ReadFiles) -> None:
        """Replace the catalog; cached pages of unchanged projects stay. Blocks.

        Args:
            snapshot: The published state.
            read: Reads published files of this state: parts of the catalog in which something
                changed.

        Raises:
            FailedError: The catalog is damaged.
            ConfigError: The pattern of the variants takes too long for a file, or another store
                would hide an index. The current revision stays in use.
        """
        catalog = Catalog()
        if snapshot.catalog:
            catalog = Catalog.parse(
                snapshot.catalog, source=self._store, read=read, server=self._server
            )
        records = read_records(catalog, self._base)
        with self._lock:
            if self._base:
                self._check_variants(records, snapshot.config)
            if self._check_locations:
                indexes = find_indexes(snapshot.config, self._store, records)
                locations = PageLocations.of(indexes.names, snapshot.config.index.paths)
                self._check_locations(locations)
            self._base = records
            self.incomplete = any(
                record.text is None or record.digest != catalog.lines[name].digest
                for name, record in records.items()
            )
            self._rebuild(snapshot.config)

    def add(self, name: NormalizedName, file: File) -> None:
        """Show an uploaded file until a new catalog contains it. Blocks."""
        with self._lock:
            self._uploaded.add(name, file)
            self._rebuild(self.revision.config)

    def check_locations(self, check: Callable[[PageLocations], None]) -> None:
        """Let a function check where the indexes of each new catalog are.

        Args:
            check: Raises `ConfigError` if another store would hide an index.
        """
        with self._lock:
            self._check_locations = check

    def files(self, name: NormalizedName) -> tuple[File, ...]:
        """Return all files of a project. Blocks."""
        line = self.revision.records.get(name)
        return line.entry().project.files if line else ()

    # Methods for the event loop

    def origins(self, name: NormalizedName) -> tuple[str, ...]:
        """Return the origins of the files of a project."""
        record = self.revision.records.get(name)
        return record.origins if record else ()

    def has(self, name: NormalizedName) -> bool:
        """Return whether a project exists, in any index."""
        return name in self.revision.records

    def has_index(self, index: str) -> bool:
        """Return whether an index of this name exists."""
        return index in self.revision.indexes.names

    async def find(self, name: NormalizedName, path: str) -> File | None:
        """Return the file with this decoded path below the store; `None` if there is none."""
        record = self.revision.records.get(name)
        if record is None:
            return None
        return await self._paths.find(name, record, path)

    async def variants(
        self, name: NormalizedName, filename: str, visible: frozenset[str]
    ) -> bytes | None:
        """Return a file that says what the wheel variants of a version need.

        Args:
            name: The project.
            filename: The file.
            visible: Repositories that the caller may read.
        """
        revision = self.revision
        record = revision.records.get(name)
        seen = revision.visible_part(record, visible) if record else None
        if seen is None:
            return None
        entry = await asyncio.to_thread(seen.entry)
        made = VariantFiles(entry=entry).made.values()
        return next((content for file, content in made if file.filename == filename), None)

    async def page(self, key: PageKey, root_url: str = "") -> Page | None:
        """Return a page of the Simple API.

        Only pages with provenance URLs depend on `root_url`; all others are cached once.

        Args:
            key: Identifies the page.
            root_url: The absolute URL of the store on this server, as the client uses it.

        Returns:
            The page; `None` if the index does not exist or does not contain the project.
        """
        make = self._project if key.name else self._root
        page = await make(key)
        if page is None or not page.has_provenance or not root_url:
            return page
        return await make(replace(key, root_url=root_url))

    async def _project(self, key: PageKey) -> Page | None:
        revision = self.revision
        record = revision.records.get(key.name)
        if record is None or key.index not in revision.indexes.names:
            return None

        def make() -> Page | None:
            seen = visible_record(revision, key)
            offer = store_offer(revision, seen, key, self._store) if seen else None
            if seen and offer and key.attested and not offer.files:
                _log.warning("no file of %s has provenance (--require-provenance)", key.name)
            return project_page(offer, key, revision.config) if offer else None

        return await self._made(key, revision, record.fingerprint, make)

    async def _root(self, key: PageKey) -> Page | None:
        revision = self.revision
        if key.index not in revision.indexes.names:
            return None

        def make() -> Page:
            return flat_page(revision, key, self._store) if key.flat else root_page(revision, key)

        return await self._made(key, revision, revision.number, make)

    async def _made(
        self, key: PageKey, revision: Revision, source: object, make: Callable[[], Page | None]
    ) -> Page | None:
        """Return a page from the cache, or render it in a thread, once for concurrent requests."""
        found = self._cache.get(key)
        if found and found.source == source and found.config is revision.config:
            return found.page
        page = await self._rendering.run((key, revision.number), lambda: asyncio.to_thread(make))
        if page is not None:
            put(self._cache, key, _CachedPage(page, source, revision.config))
        return page

    def _rebuild(self, config: Config) -> None:
        records = self._uploaded.merged(self._base, config)
        if config == self.revision.config:
            config = self.revision.config
        self.revision = make_revision(self._store, records, config, self.revision.number + 1)
        self.changed = time.time()

    def _check_variants(self, records: Mapping[NormalizedName, Record], config: Config) -> None:
        """Match the pattern of the variants against new files, or against all if it is new.

        Raises:
            ConfigError: The pattern takes too long for a file.
        """
        if not config.variants.dimensions:
            return
        known = self._base if config.variants == self.revision.config.variants else {}
        for name, record in records.items():
            changed = name not in known or known[name].fingerprint != record.fingerprint
            if changed and record.text is not None:
                for file in record.entry().project.files:
                    variant_of(file, config.variants)


def _weight(found: _CachedPage) -> int:
    return len(found.page)
