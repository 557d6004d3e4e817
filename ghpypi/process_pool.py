"""Child processes that do tasks, and are replaced when they end.

They are managed by pebble: `concurrent.futures` can neither stop a task nor continue after a crash,
and its processes outlive a parent that is killed. pebble is imported with the first process,
because it imports asyncio, which takes a sixth of the time in which `ghpypi index` starts.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Future
from typing import Any, TypeVar

from ghpypi.workers import AbandonedError, result_unless

Result = TypeVar("Result")


class EndedError(Exception):
    """A child process ended before its task was done.

    Args:
        exit_code: Its exit code; negative for a signal.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(f"it ended with exit code {exit_code}")
        self.exit_code = exit_code


class UnusableError(Exception):
    """All child processes ended before they began a task, and the pool does not replace them."""


class ProcessPool:
    """Child processes, which import the program's main module.

    Args:
        number: How many.
        begin: What each of them calls before its first task.
    """

    def __init__(self, number: int, begin: Callable[[], object]) -> None:
        import pebble  # noqa: PLC0415 - see above

        # Not fork, which would copy locks held by other threads.
        context = multiprocessing.get_context("spawn")
        self._pool = pebble.ProcessPool(number, initializer=begin, context=context)
        self._expired = pebble.ProcessExpired

    @property
    def ended(self) -> bool:
        """Whether there are no child processes any more: tasks that were not sent stay so."""
        return not self._pool.active

    def submit(
        self, function: Callable[..., Result], *arguments: Any, seconds: float | None = None
    ) -> "Future[Result]":
        """Let a child process call a function.

        Args:
            function: The function.
            arguments: Its arguments.
            seconds: How long it may take by the clock, in seconds; then the process is replaced.

        Raises:
            UnusableError: There are no child processes any more.
        """
        try:
            return self._pool.schedule(function, args=arguments, timeout=seconds)
        except RuntimeError as error:  # pebble has no exception of its own for it
            raise UnusableError(str(error)) from error

    def call(
        self, function: Callable[..., Result], *arguments: Any, seconds: float | None = None
    ) -> Result:
        """Let a child process call a function, and return its result.

        Raises:
            EndedError: The child process ended.
            UnusableError: There are no child processes any more.
            TimeoutError: It took too long.
            Exception: Raised by the function.
        """
        task = self.submit(function, *arguments, seconds=seconds)
        try:
            # A task behind a large one may not have been sent: pebble never gives it a result.
            return result_unless(lambda: self.ended, task)
        except self._expired as error:
            raise EndedError(error.exitcode) from error
        except (AbandonedError, BrokenExecutor) as error:
            raise UnusableError("the child processes have ended") from error

    def stop(self) -> None:
        """End the child processes, whatever they do; `join` waits for them."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble is typed but for this

    def join(self) -> None:
        """Wait until the child processes have ended."""
        self._pool.join()


def stop_all(pools: Iterable[ProcessPool]) -> None:
    """End the child processes of several pools, and wait for them."""
    several = list(pools)
    for pool in several:
        pool.stop()
    for pool in several:
        pool.join()


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
