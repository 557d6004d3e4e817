"""Starting the indexes of stores to which something was published, once for several files."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.server.served_store import ServedStore

INDEX_SECONDS = 1.0
"""How long after the last publication an index is started."""

PATIENCE = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
"""Seconds before each new attempt where GitHub refuses for now, in all."""

_log = logging.getLogger("ghpypi")


class Tasks:
    """What goes on behind the answers."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Begin something that nobody waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def end(self) -> None:
        """Wait until all of it is done, and what it has begun too."""
        while self._running:
            await asyncio.wait(set(self._running))


@dataclass(frozen=True, slots=True)
class _Wanted:
    served_store: ServedStore
    token: Secret | None = field(repr=False)
    timer: asyncio.TimerHandle


class IndexTrigger:
    """Starts indexes.

    Args:
        busy: Tells whether more is about to be published to a store.
        after: Seconds after the last publication.
        patience: Seconds before each new attempt where GitHub refuses for now.
    """

    def __init__(
        self,
        busy: Callable[[ServedStore], bool],
        *,
        after: float = INDEX_SECONDS,
        patience: tuple[float, ...] = PATIENCE,
    ) -> None:
        self._after = after
        self._patience = patience
        self._busy = busy
        self._wanted: dict[str, _Wanted] = {}
        self._tasks = Tasks()
        self._closing = False

    def soon(self, served_store: ServedStore, token: Secret | None, delay: float = 0.0) -> None:
        """Start the index of a store when nothing was published to it for a while."""
        if before := self._wanted.pop(served_store.name, None):
            before.timer.cancel()
        timer = asyncio.get_running_loop().call_later(
            max(delay, self._after), self._due, served_store.name
        )
        self._wanted[served_store.name] = _Wanted(served_store, token, timer)

    async def close(self) -> None:
        """Start what has to be started, now."""
        self._closing = True
        for name, wanted in list(self._wanted.items()):
            wanted.timer.cancel()
            self._due(name)
        await self._tasks.end()

    def _due(self, name: str) -> None:
        wanted = self._wanted.pop(name)
        if self._busy(wanted.served_store) and not self._closing:
            self.soon(wanted.served_store, wanted.token)
        else:
            self._tasks.begin(self._start(wanted))

    async def _start(self, wanted: _Wanted) -> None:
        upload_target = wanted.served_store.upload_target
        if upload_target is None:
            return
        token = wanted.served_store.token or wanted.token
        for seconds in (*self._patience, None):
            try:
                await asyncio.to_thread(upload_target.start_index, token)
            except GhpypiError as error:
                if not isinstance(error, TryLaterError) or self._closing or seconds is None:
                    hint = f" ({error.hint})" if error.hint else ""
                    _log.error(
                        "%s: its index was not started: %s%s", wanted.served_store.name, error, hint
                    )
                    return
                await asyncio.sleep(seconds)
            except Exception:  # noqa: BLE001 - of one index, and the server goes on
                _log.exception("%s: its index was not started", wanted.served_store.name)
                return
            else:
                return
