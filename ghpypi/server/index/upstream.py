"""The upstream index, for projects that the store does not have.

Requests are redirected to it, or served with its files filtered by age, or rejected for reserved
names.

"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.config.minimum_age import MinimumAge
from ghpypi.core.config.rules import name_matches
from ghpypi.core.model import UpstreamFile
from ghpypi.errors import GhpypiError
from ghpypi.ports import Upstream
from ghpypi.server.cache import SingleFlight, put

FRESH_SECONDS = 60.0
STALE_SECONDS = 86_400.0
"""How long the last response of the index is used while the index fails."""

REMEMBERED = 64 << 20
"""Size of the cache of the index's files, in characters; the least recently used are evicted."""

_FILE_OVERHEAD = 500
"""Estimated overhead of a cached file, added to the length of its strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """Settings of the upstream index.

    Attributes:
        url: The URL of the index, ending in `/`; empty for no upstream.
        reserved: Patterns of project names that are never looked up in the upstream index.
        merge: Patterns of the store's project names to which the upstream's files are added.
        age: Minimum age of the upstream's files.
    """

    url: str = ""
    reserved: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    age: MinimumAge = field(default_factory=MinimumAge)

    def allows(self, name: NormalizedName) -> bool:
        """Return whether a project may come from the upstream index."""
        return bool(self.url) and not any(name_matches(glob, name) for glob in self.reserved)

    def merges(self, name: NormalizedName) -> bool:
        """Return whether the upstream's files are added to a project of the store."""
        return self.allows(name) and any(name_matches(glob, name) for glob in self.merge)

    def redirects(self, name: NormalizedName) -> bool:
        """Return whether clients can be redirected, because no file must be filtered by age."""
        return self.allows(name) and not self.age.of(name) and not self.merges(name)


class UpstreamIndex:
    """Reads files of the upstream index, with a cache and the filter by age.

    Args:
        options: The settings.
        upstream: Fetches pages of the index.
        now: Monotonic clock, in seconds.
        today: The current date and time, for ages.
    """

    def __init__(
        self,
        options: UpstreamOptions,
        upstream: Upstream,
        *,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.options = options
        self._upstream = upstream
        self._now = now
        self._today = today
        self._known: LRUCache[NormalizedName, _Known] = LRUCache(REMEMBERED, getsizeof=_size)
        self._asking: SingleFlight[NormalizedName, list[UpstreamFile]] = SingleFlight()

    async def files(self, name: NormalizedName) -> list[UpstreamFile]:
        """Return the files of a project that are old enough, as PEP 691 describes them.

        Raises:
            GhpypiError: The index cannot be read, and no earlier response is cached.
        """
        known = self._known.get(name)
        if known and self._now() - known.asked < FRESH_SECONDS:
            found = known.files
        else:
            found = await self._asking.run(name, lambda: self._ask(name, known))
        if not self.options.age.of(name):
            return list(found)
        # In a thread, because it is slow for thousands of files.
        return await asyncio.to_thread(self.options.age.enough, name, found, self._today())

    async def _ask(self, name: NormalizedName, known: "_Known | None") -> list[UpstreamFile]:
        """Fetch the files; during an outage, use the last response for `STALE_SECONDS`."""
        had = bool(known and known.files)
        try:
            fresh = await asyncio.to_thread(self._upstream.files, self.options.url, name, known=had)
        except GhpypiError:
            if known and self._now() - known.asked < STALE_SECONDS:
                return known.files
            raise
        put(self._known, name, _Known(self._now(), fresh))
        return fresh


class _Known(NamedTuple):
    """A cached response of the index.

    Attributes:
        asked: When the request was sent, by the monotonic clock.
        files: The files of the project.
    """

    asked: float
    files: list[UpstreamFile]


def _size(known: _Known) -> int:
    """Return the size of a cache entry, by the length of its strings."""
    texts = (x for file in known.files for x in file.values() if isinstance(x, str))
    return sum(map(len, texts)) + _FILE_OVERHEAD * (len(known.files) + 1)
