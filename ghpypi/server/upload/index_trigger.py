"""Starting index runs after publications, one run for several files."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.server.served_store import ServedStore

INDEX_SECONDS = 1.0
"""How long after the last publication an index run is started."""

RETRY_DELAYS = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
"""Seconds before each retry during rate limits and outages of GitHub."""

_log = logging.getLogger("ghpypi")


class BackgroundTasks:
    """Background tasks of the event loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def wait(self) -> None:
        """Wait for all tasks, including those that they start."""
        while self._running:
            await asyncio.wait(set(self._running))


@dataclass(frozen=True, slots=True)
class _Scheduled:
    served_store: ServedStore
    token: Secret | None = field(repr=False)
    timer: asyncio.TimerHandle


class IndexTrigger:
    """Starts index runs.

    Args:
        busy: Returns whether further publications to a store are due.
        after: Seconds after the last publication.
        retry_delays: Seconds before each retry during rate limits and outages.
    """

    def __init__(
        self,
        busy: Callable[[ServedStore], bool],
        *,
        after: float = INDEX_SECONDS,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
    ) -> None:
        self._after = after
        self._retry_delays = retry_delays
        self._busy = busy
        self._scheduled: dict[str, _Scheduled] = {}
        self._tasks = BackgroundTasks()
        self._closing = False

    def schedule(self, served_store: ServedStore, token: Secret | None, delay: float = 0.0) -> None:
        """Schedule an index run of a store; each call restarts the delay."""
        if before := self._scheduled.pop(served_store.name, None):
            before.timer.cancel()
        timer = asyncio.get_running_loop().call_later(
            max(delay, self._after), self._due, served_store.name
        )
        self._scheduled[served_store.name] = _Scheduled(served_store, token, timer)

    async def close(self) -> None:
        """Start all scheduled index runs now, and wait for them to start."""
        self._closing = True
        for name, scheduled in list(self._scheduled.items()):
            scheduled.timer.cancel()
            self._due(name)
        await self._tasks.wait()

    def _due(self, name: str) -> None:
        scheduled = self._scheduled.pop(name)
        if self._busy(scheduled.served_store) and not self._closing:
            self.schedule(scheduled.served_store, scheduled.token)
        else:
            self._tasks.start(self._start(scheduled))

    async def _start(self, scheduled: _Scheduled) -> None:
        upload_target = scheduled.served_store.upload_target
        if upload_target is None:
            return
        token = scheduled.served_store.token or scheduled.token
        for seconds in (*self._retry_delays, None):
            try:
                await asyncio.to_thread(upload_target.start_index, token)
            except GhpypiError as error:
                if not isinstance(error, TryLaterError) or self._closing or seconds is None:
                    hint = f" ({error.hint})" if error.hint else ""
                    _log.error(
                        "%s: cannot start the index run: %s%s",
                        scheduled.served_store.name,
                        error,
                        hint,
                    )
                    return
                await asyncio.sleep(seconds)
            except Exception:  # noqa: BLE001 - one store must not stop the server
                _log.exception("%s: cannot start the index run", scheduled.served_store.name)
                return
            else:
                return
