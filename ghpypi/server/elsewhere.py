"""Names that are not ours: closed, sent on to another index, or shown from it when old enough."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.age import MinimumAge
from ghpypi.core.rules import name_matches
from ghpypi.errors import GhpypiError
from ghpypi.ports import Upstream

FRESH_SECONDS = 60.0
STALE_SECONDS = 86_400.0
"""How long the last answer of an index counts while it gives none."""

REMEMBERED = 500

Documents = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElsewhereOptions:
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


class Elsewhere:
    """Asks the other index.

    Args:
        options: What becomes of names.
        upstream: Reads its pages.
        now: Tells seconds that only grow.
        today: Tells the time of the day, for ages.
    """

    def __init__(
        self,
        options: ElsewhereOptions,
        upstream: Upstream,
        *,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.options = options
        self._upstream = upstream
        self._now = now
        self._today = today
        self._known: OrderedDict[NormalizedName, tuple[float, list[dict[str, Any]]]] = OrderedDict()
        self._asking: dict[NormalizedName, asyncio.Lock] = {}

    async def files(self, name: NormalizedName) -> Documents:
        """List the files that are old enough.

        Raises:
            GhpypiError: The index cannot be read.
        """
        found = await self._files(name)
        return self.options.age.enough(name, found, self._today())

    async def _files(self, name: NormalizedName) -> list[dict[str, Any]]:
        lock = self._asking.setdefault(name, asyncio.Lock())
        async with lock:
            asked, found = self._known.get(name, (float("-inf"), []))
            if self._now() - asked < FRESH_SECONDS:
                return found
            try:
                fresh = await asyncio.to_thread(
                    self._upstream.files, self.options.url, name, known=bool(found)
                )
            except GhpypiError:
                if self._now() - asked < STALE_SECONDS:
                    return found
                raise
            self._known[name] = self._now(), fresh
            self._known.move_to_end(name)
        while len(self._known) > REMEMBERED:
            gone, _ = self._known.popitem(last=False)
            self._asking.pop(gone, None)
        return fresh
