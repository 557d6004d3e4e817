"""What the caches of the server share: one computation per key at a time, and a limit in bytes.

The caches themselves are those of cachetools. They forget what was least recently used, and belong
to the thread of the event loop.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, MutableMapping
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Run at most one computation for a key at a time; callers that come meanwhile share it.

    Nothing is kept once a computation has ended, whether it succeeded or failed.
    """

    def __init__(self) -> None:
        self._running: dict[K, asyncio.Task[V]] = {}

    def __len__(self) -> int:
        """How many computations are running."""
        return len(self._running)

    async def run(self, key: K, compute: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Give the result of the computation that is running for a key, or of a new one.

        The computation goes on when a caller is canceled, for the sake of the others.

        Args:
            key: What is computed.
            compute: Begins the computation.

        Raises:
            Exception: Whatever the computation raises, for every caller that shares it.
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
            task.exception()  # retrieved, even if every caller was canceled


def put(cache: MutableMapping[K, V], key: K, value: V) -> None:
    """Keep a value in a cache of cachetools, unless it alone is larger than the whole cache."""
    try:
        cache[key] = value
    except ValueError:
        cache.pop(key, None)
