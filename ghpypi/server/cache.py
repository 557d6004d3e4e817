"""Tools for the server's caches: one computation per key at a time, and a size limit.

The caches themselves come from cachetools. They are not thread-safe: only the thread of the event
loop may use them.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Hashable, MutableMapping
from typing import Any, Generic, TypeVar

from cachetools import TLRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Runs at most one computation per key at a time; concurrent callers share its result.

    Results are not cached: when a computation has ended, the next call starts a new one.
    """

    def __init__(self) -> None:
        self._running: dict[K, asyncio.Task[V]] = {}

    def __len__(self) -> int:
        """Return the number of running computations."""
        return len(self._running)

    async def run(self, key: K, compute: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return the result of the computation that is running for a key, or of a new one.

        The computation continues if a caller is canceled, because others may wait for it.

        Args:
            key: Identifies the computation.
            compute: Starts the computation.

        Raises:
            Exception: The exception of the computation, in every caller that shares it.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(compute())
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def _ended(self, key: K, task: "asyncio.Task[V]") -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # mark it as retrieved, even if every caller was canceled


def put(cache: MutableMapping[K, V], key: K, value: V) -> None:
    """Put a value into a cache of cachetools, unless it is larger than the whole cache."""
    try:
        cache[key] = value
    except ValueError:
        cache.pop(key, None)


def expiry_times(now: Callable[[], float]) -> TLRUCache[str, float]:
    """Return a cache in which each value is the time at which its entry expires.

    Its size is not limited: evicting a token that was used or revoked would make it valid again.

    Args:
        now: The clock of the values, in seconds.
    """
    return TLRUCache(math.inf, ttu=lambda _key, expires, _now: expires, timer=now)
