"""The files of a catalog by their paths on the server.

Parsing the line of a project with thousands of files takes long, so it runs in a thread, once for
concurrent requests, and the paths of recently requested projects are cached.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.model import File
from ghpypi.core.served_paths import file_path
from ghpypi.core.site.copied_files import copied_path, is_copied_path
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.revision import Record

FILES = 30_000
"""Size of the cache, in files; the least recently used projects are evicted."""


@dataclass
class _Paths:
    """The files of a project, by their decoded paths below the store."""

    files: Mapping[str, File]
    fingerprint: bytes

    @cached_property
    def copies(self) -> Mapping[str, File]:
        """The same files by the paths of their copies, which few sites have; the first of each."""
        return {copied_path(file): file for file in reversed([*self.files.values()])}


class FilePaths:
    """Finds files by path.

    Args:
        store: The `File.origin` of the store's own files.
    """

    def __init__(self, store: str) -> None:
        self._store = store
        self._paths: LRUCache[NormalizedName, _Paths] = LRUCache(FILES, getsizeof=_count)
        self._reading: SingleFlight[tuple[NormalizedName, bytes], _Paths] = SingleFlight()

    async def find(self, name: NormalizedName, record: Record, path: str) -> File | None:
        """Return the file of a project with this decoded path, or with a copy at it.

        Args:
            name: The project.
            record: Its line of the catalog.
            path: The path below the store.

        Returns:
            The file; `None` if there is none.
        """
        paths = self._paths.get(name)
        if paths is None or paths.fingerprint != record.fingerprint:
            paths = await self._reading.run(
                (name, record.fingerprint), lambda: asyncio.to_thread(self._read, record)
            )
            put(self._paths, name, paths)
        return (paths.copies if is_copied_path(path) else paths.files).get(path)

    def _read(self, record: Record) -> _Paths:
        files = record.entry().project.files
        return _Paths({unquote(file_path(x, self._store)): x for x in files}, record.fingerprint)


def _count(paths: _Paths) -> int:
    return len(paths.files) + 1
