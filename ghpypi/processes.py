"""Child processes that share the work of a long run.

Threads of one process take turns, so what keeps a processor busy is done faster by several
processes. Starting one takes as long as reading some hundreds of small files.
"""

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeVar

from ghpypi.child_environment import forget_secrets
from ghpypi.process_pool import ProcessPool, UnusableError, processors, stop_all
from ghpypi.workers import AbandonedError, never, result_unless

MOST = 4
"""Maximum number of processes. What they do for an index run leaves a third of the work to this
process, so more of them would wait for it."""

ENOUGH = 4000
"""Number of files from which on processes are worth starting: about two seconds of work."""

TASK_FILES = 64
"""Number of files of a task: enough that sending it takes little of the time of doing it."""

AHEAD = 3
"""Number of tasks per process that are submitted ahead and held in memory."""

Key = TypeVar("Key")
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Processes:
    """Calls functions in child processes, which are started when they are needed.

    They import the program's main module, which needs `if __name__ == "__main__":`.

    Args:
        number: The number of processes; with 1, none is started.
        enough: The number of files that are worth starting them.
    """

    def __init__(self, number: int | None = None, *, enough: int = ENOUGH) -> None:
        self._number = min(processors(), MOST) if number is None else number
        self._enough = enough
        self._pool: ProcessPool | None = None
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._pool:
            stop_all([self._pool])

    def worthwhile(self, files: int) -> bool:
        """Return whether processes would be faster for work on this number of files."""
        return self._number > 1 and files >= self._enough

    def in_order(
        self,
        function: Callable[[Thing], Result],
        things: Iterable[tuple[Key, Thing]],
        *,
        abandoned: Callable[[], bool] = never,
    ) -> Iterator[tuple[Key, Result | None]]:
        """Call a function for many things, and yield the results in the order of the things.

        If a call fails in a child process, for any reason, the function is called here instead, and
        so are the following ones: then its error is raised as if there were no processes, and what
        only a child process cannot do costs nothing but time.

        Args:
            function: The function; it and the things can be pickled, otherwise it is called here.
            things: The arguments, each with a key that stays in this process.
            abandoned: Returns whether waiting is no longer worthwhile.

        Returns:
            The keys with the results; `None` for those that were abandoned.
        """
        packed = _packed(function)
        pending: deque[tuple[Key, Thing, Future[Result] | None]] = deque()

        def finished() -> tuple[Key, Result | None]:
            key, thing, task = pending.popleft()
            # After a failure, tasks that were submitted may never be done: pebble cannot send one
            # that is larger than a pipe to processes that have all ended.
            if task and not self._failed:
                try:
                    return key, result_unless(lambda: abandoned() or self._ended, task)
                except AbandonedError:
                    if not self._ended:
                        return key, None
                    self._failed = True
                except Exception:  # noqa: BLE001 - whatever it was, it is tried again here
                    self._failed = True
            return key, function(thing)

        for key, thing in things:
            pending.append((key, thing, self._begin(packed, thing)))
            if len(pending) > self._number * AHEAD:
                yield finished()
        while pending:
            yield finished()

    @property
    def _ended(self) -> bool:
        return self._pool is not None and self._pool.ended

    def _begin(self, function: bytes | None, thing: object) -> "Future[Any] | None":
        """Submit a call; `None` if it cannot be."""
        if self._failed or function is None or (packed := _packed(thing)) is None:
            return None
        try:
            self._pool = self._pool or ProcessPool(self._number, forget_secrets)
            return self._pool.submit(_call, function, packed)
        except (ImportError, OSError, UnusableError):
            # Some systems have no semaphores, or no more processes; or all processes have ended.
            self._failed = True
            return None


def _packed(what: object) -> bytes | None:
    try:
        return pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


def _call(function: bytes, thing: bytes) -> Any:
    return _unpacked(function)(pickle.loads(thing))  # noqa: S301 - it is from the parent process


@lru_cache(maxsize=1)
def _unpacked(function: bytes) -> Any:
    return pickle.loads(function)  # noqa: S301 - it is from the parent process
