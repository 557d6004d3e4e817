"""Names that are not ours: closed, sent on to another index, or shown from it when old enough."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.config.minimum_age import MinimumAge
from ghpypi.core.config.rules import name_matches
from ghpypi.errors import GhpypiError
from ghpypi.ports import Upstream
from ghpypi.server.cache import SingleFlight, put

FRESH_SECONDS = 60.0
STALE_SECONDS = 86_400.0
"""How long the last answer of an index counts while it gives none."""

REMEMBERED = 64 << 20
"""How much text of that index is cached, in characters, of the projects asked for last."""

_FILE_OVERHEAD = 500
"""What a file counts besides its text."""

Documents = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """What becomes of names that are not ours.

    Attributes:
        url: The index to send them to, ending in `/`; empty for none.
        reserved: Patterns of names that are only ever ours.
        merge: Patterns of names of ours to which the files of that index are added.
        age: How old files of that index have to be.
    """

    url: str = ""
    reserved: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    age: MinimumAge = field(default_factory=MinimumAge)

    def knows(self, name: NormalizedName) -> bool:
        """Tell whether the other index may be asked for a name."""
        return bool(self.url) and not any(name_matches(glob, name) for glob in self.reserved)

    def merges(self, name: NormalizedName) -> bool:
        """Tell whether the other index adds to a name of ours."""
        return self.knows(name) and any(name_matches(glob, name) for glob in self.merge)

    def redirects(self, name: NormalizedName) -> bool:
        """Tell whether clients may go there themselves: nothing has to be left out for them."""
        return self.knows(name) and not self.age.of(name) and not self.merges(name)


class UpstreamIndex:
    """Asks the other index.

    Args:
        options: What becomes of names.
        upstream: Reads its pages.
        now: Tells seconds that only grow.
        today: Tells the time of the day, for ages.
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
        self._asking: SingleFlight[NormalizedName, list[dict[str, Any]]] = SingleFlight()

    async def files(self, name: NormalizedName) -> Documents:
        """List the files that are old enough.

        Raises:
            GhpypiError: The index cannot be read.
        """
        known = self._known.get(name)
        if known and self._now() - known.asked < FRESH_SECONDS:
            found = known.files
        else:
            found = await self._asking.run(name, lambda: self._ask(name, known))
        if not self.options.age.of(name):
            return list(found)
        # Of thousands of files this takes a while.
        return await asyncio.to_thread(self.options.age.enough, name, found, self._today())

    async def _ask(self, name: NormalizedName, known: "_Known | None") -> list[dict[str, Any]]:
        """Ask the index; while it gives no answer, its last one counts for `STALE_SECONDS`."""
        had = bool(known and known.files)
        try:
            fresh = await asyncio.to_thread(self._upstream.files, self.options.url, name, known=had)
        except GhpypiError:
            if known and self._now() - known.asked < STALE_SECONDS:
                return known.files
            raise
        put(self._known, name, _Known(self._now(), fresh))
        return fresh


@dataclass(frozen=True, slots=True)
class _Known:
    """What the index had of a project.

    Attributes:
        asked: When it was asked, by the monotonic clock.
        files: The files.
    """

    asked: float
    files: list[dict[str, Any]]


def _size(known: _Known) -> int:
    """Return how much a project counts in the cache: texts of another index may be long."""
    texts = (x for file in known.files for x in file.values() if isinstance(x, str))
    return sum(map(len, texts)) + _FILE_OVERHEAD * (len(known.files) + 1)
