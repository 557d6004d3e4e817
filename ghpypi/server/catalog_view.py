"""One store in memory: its catalog, and the pages made of it when they are asked for.

A revision is a catalog and a configuration that belong together. A request uses one revision from
beginning to end, so that no page is half old and half new. Pages are cached as bytes, plain and
compressed, as long as the line of the catalog they were made of is unchanged.

What takes time for a project of thousands of files (reading its line, writing its page) is done
in threads, once at a time; the event loop only looks things up.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import unquote

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.variants import variant_of
from ghpypi.core.model import File, Project
from ghpypi.core.served_paths import file_path
from ghpypi.core.serving import Snapshot
from ghpypi.errors import ConfigError
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.revision import (
    Page,
    Record,
    Revision,
    find_indexes,
    make_revision,
    read_records,
)
from ghpypi.server.simple_pages import PageKey, own_offer, project_page, root_page, seen_record

PAGES = 12 << 20
"""Bytes of pages that are cached."""

FILES = 30_000
"""How many files are kept by their paths, of the projects whose files were asked for last."""

OVERLAY_SECONDS = 3600.0
"""How long a new file is shown that no catalog has taken up."""

_log = logging.getLogger("ghpypi")


@dataclass(slots=True)
class _Kept:
    page: Page
    source: object
    config: Config


@dataclass(slots=True)
class _Paths:
    """The files of a project by their addresses below the store, decoded."""

    files: Mapping[str, File]
    sign: bytes


class CatalogView:
    """The catalog of one store, and its pages.

    Args:
        store: The origin of the store's own files.
        server: The address of the GitHub that files of repositories have to be on; `None` for not
            to compare.
        now: Monotonic clock, in seconds.
        pages: How many bytes of pages are cached.
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
        self._now = now
        self._lock = Lock()
        self._kept: LRUCache[PageKey, _Kept] = LRUCache(pages, getsizeof=_weight)
        self._paths: LRUCache[NormalizedName, _Paths] = LRUCache(FILES, getsizeof=_count)
        self._making: SingleFlight[tuple[PageKey, int], Page | None] = SingleFlight()
        self._reading: SingleFlight[tuple[NormalizedName, bytes], _Paths] = SingleFlight()
        self._base: Mapping[NormalizedName, Record] = {}
        self._added: dict[tuple[NormalizedName, str], tuple[float, File]] = {}
        self.revision = make_revision(store, {}, Config(), 0)
        self.changed = time.time()
        """When the revision came, in seconds since 1970."""

    @property
    def store(self) -> str:
        """The origin of the store's own files."""
        return self._store

    @property
    def cached(self) -> int:
        """Bytes of pages that are cached."""
        return int(self._kept.currsize)

    # What blocks.

    def take(self, snapshot: Snapshot) -> None:
        """Go on with another catalog; what did not change is kept. Blocks.

        Raises:
            FailedError: It is none.
            ConfigError: The pattern of the variants takes too long for a file; the revision that
                is served stays.
        """
        text = snapshot.catalog
        records = dict(read_records(text, self._store, self._server)) if text else {}
        with self._lock:
            if self._base:
                self._check_variants(records, snapshot.config)
            self._base = records
            self._rebuild(snapshot.config)

    def add(self, name: NormalizedName, file: File) -> None:
        """Show a file that no catalog has yet. Blocks."""
        with self._lock:
            self._added[name, file_path(file, self._store)] = self._now(), file
            self._rebuild(self.revision.config)

    def files(self, name: NormalizedName) -> tuple[File, ...]:
        """List all that is known of a project. Blocks."""
        line = self.revision.records.get(name)
        return line.entry().project.files if line else ()

    # What the event loop asks.

    def origins(self, name: NormalizedName) -> tuple[str, ...]:
        """Name the repositories that the files of a project are from."""
        record = self.revision.records.get(name)
        return record.origins if record else ()

    def has(self, name: NormalizedName) -> bool:
        """Tell whether anything is known of a project, in whatever index."""
        return name in self.revision.records

    def has_index(self, index: str) -> bool:
        """Tell whether there is an index of this name."""
        return index in self.revision.indexes.names

    async def find(self, name: NormalizedName, path: str) -> File | None:
        """Find a file by its address below the store, decoded."""
        record = self.revision.records.get(name)
        if record is None:
            return None
        paths = self._paths.get(name)
        if paths is None or paths.sign != record.sign:
            paths = await self._reading.run(
                (name, record.sign), lambda: asyncio.to_thread(self._read_paths, record)
            )
            put(self._paths, name, paths)
        return paths.files.get(path)

    async def page(self, key: PageKey, root_url: str = "") -> Page | None:
        """Return a page of the Simple API.

        Only pages that name provenance depend on the address; all others are cached once.

        Args:
            key: Which page.
            root_url: The absolute address by which the client knows the store on this server.

        Returns:
            The page; `None` if there is no such index, or if it does not hold the project.
        """
        if not key.name:
            return await self._root(key)
        page = await self._project(key)
        if page is None or not page.attested or not root_url:
            return page
        return await self._project(replace(key, root_url=root_url))

    async def _project(self, key: PageKey) -> Page | None:
        revision = self.revision
        record = revision.records.get(key.name)
        if record is None or key.index not in revision.indexes.names:
            return None

        def make() -> Page | None:
            seen = seen_record(revision, key)
            offer = own_offer(revision, seen, key, self._store) if seen else None
            return project_page(offer, key, revision.config) if offer else None

        return await self._made(key, revision, record.sign, make)

    async def _root(self, key: PageKey) -> Page | None:
        revision = self.revision
        if key.index not in revision.indexes.names:
            return None
        source = revision.number
        return await self._made(key, revision, source, lambda: root_page(revision, key))

    async def _made(
        self, key: PageKey, revision: Revision, source: object, make: Callable[[], Page | None]
    ) -> Page | None:
        """Return a page from the cache, or make it in a thread, once for all who wait for it."""
        kept = self._kept.get(key)
        if kept and kept.source == source and kept.config is revision.config:
            return kept.page
        page = await self._making.run((key, revision.number), lambda: asyncio.to_thread(make))
        if page is not None:
            put(self._kept, key, _Kept(page, source, revision.config))
        return page

    def _read_paths(self, record: Record) -> _Paths:
        files = record.entry().project.files
        return _Paths({unquote(file_path(x, self._store)): x for x in files}, record.sign)

    # Files that no catalog has yet.

    def _rebuild(self, config: Config) -> None:
        records = dict(self._base)
        indexes = find_indexes(config, self._store, records)
        for name, files in self._missing():
            known = records[name].entry() if name in records else _nothing(name)
            project = Project(name=name, files=(*known.project.files, *files))
            try:
                standing = indexes.stand(project)
            except ConfigError as error:
                _log.warning("%s: %s waits for the next index: %s", self._store, name, error)
                continue
            line = replace(known, project=project).line(standing)
            records[name] = Record.of(line, line.text)
        if config == self.revision.config:
            config = self.revision.config
        self.revision = make_revision(self._store, records, config, self.revision.number + 1)
        self.changed = time.time()

    def _check_variants(self, records: Mapping[NormalizedName, Record], config: Config) -> None:
        """Find the variants of all files that are new, or of all files if the pattern is new.

        Raises:
            ConfigError: The pattern takes too long for one of them.
        """
        if not config.variants.source:
            return
        known = self._base if config.variants == self.revision.config.variants else {}
        for name, record in records.items():
            if name not in known or known[name].sign != record.sign:
                for file in record.entry().project.files:
                    variant_of(file, config.variants)

    def _missing(self) -> Iterator[tuple[NormalizedName, list[File]]]:
        """Sort what was added by project, and forget what the catalog has by now."""
        oldest = self._now() - OVERLAY_SECONDS
        for name in {name for name, _ in self._added}:
            line = self._base.get(name)
            known = {file_path(x, self._store) for x in line.entry().project.files} if line else ()
            files = []
            for key in [key for key in self._added if key[0] == name]:
                received, file = self._added[key]
                if key[1] in known or received < oldest:
                    del self._added[key]
                else:
                    files.append(file)
            if files:
                yield name, files


def _nothing(name: NormalizedName) -> Entry:
    return Entry(fingerprint="0", project=Project(name=name, files=()))


def _count(paths: _Paths) -> int:
    return len(paths.files) + 1


def _weight(kept: _Kept) -> int:
    return len(kept.page)
