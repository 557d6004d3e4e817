"""Rendering descriptions and templates in child processes with limits.

A malicious Markdown text of 2 kB can overflow the stack of a renderer, and reStructuredText of 500
bytes can take minutes. So each text is rendered in a child process with limits of time and memory.
After any error, including a crash, the text is shown as plain text.

Custom templates of a site are rendered there too, so that a loop in one cannot block a server with
several stores. Their failures are errors.

The child processes are started for the first texts: most runs render nothing.
"""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLongError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from ghpypi.core.quantities import duration, mebibytes
from ghpypi.core.site.templates import render_in_process, template_error
from ghpypi.core.templates import Sources
from ghpypi.errors import FailedError
from ghpypi.ports import Rendered
from ghpypi.process_limits import MEMORY, confine, limited
from ghpypi.process_pool import EndedError, ProcessPool, UnusableError, processors, stop_all

Result = TypeVar("Result")

CPU_SECONDS = 10
"""Maximum processor time for a text, in seconds. A long README takes 0.1 seconds."""

PATIENCE_SECONDS = 300
"""Timeout by the clock, for a blocked child process; long, because the machine may be busy."""

MOST_WAITING = 4
"""Number of texts that wait for each child process before one more is started. A process takes as
long to start as to render 300 short texts, and most runs have a few."""


class _BrokenError(Exception):
    """A child process failed; the message has the reason."""


@dataclass(kw_only=True, eq=False)
class _Process:
    """A child process, which pebble replaces if it ends while it renders.

    Attributes:
        pool: The pool with this one process.
        waiting: The number of tasks that it was given and that are not done.
        done: The number of tasks that are done.
    """

    pool: ProcessPool
    waiting: int = 0
    done: int = 0


class ProcessRenderer:
    """A `Renderer` in child processes, which are started on demand.

    Args:
        processes: Maximum number of processes; by default the number of processors.
        cpu_seconds: Maximum processor time for a text.
    """

    def __init__(self, processes: int | None = None, *, cpu_seconds: int = CPU_SECONDS) -> None:
        self._most = processes or processors()
        self._cpu_seconds = cpu_seconds
        self._lock = Lock()
        self._processes: list[_Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        stop_all(process.pool for process in self._processes)

    @property
    def version(self) -> str:
        """The versions of the packages."""
        from ghpypi.renderer_version import renderer_version  # noqa: PLC0415 - as below

        return renderer_version()

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description, or return it as plain text."""
        if not description.strip():
            return Rendered(html="")
        # Slow to import, and most runs render nothing.
        from ghpypi.core.site.readme import render, render_plain  # noqa: PLC0415

        try:
            return Rendered(html=self._done(render, description, content_type))
        except _BrokenError as error:
            return Rendered(html=render_plain(description), problem=str(error))

    def template(self, name: str, sources: Sources, facts: Mapping[str, Any]) -> bytes:
        """Render a custom template.

        Raises:
            FailedError: The template has an error, or takes too much time or memory.
        """
        try:
            return self._done(render_in_process, name, sources, dict(facts))
        except _BrokenError as error:
            raise template_error(name, str(error)) from error

    def _done(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function in a child process.

        Raises:
            FailedError: Raised by the function.
            _BrokenError: The child process was stopped, crashed, or failed otherwise.
        """
        try:
            with suppress(UnusableError):  # the system has killed a process that had nothing to do
                return self._call(function, *arguments)
            return self._call(function, *arguments)
        except FailedError:
            raise
        except TooLongError as error:
            raise _BrokenError(
                f"rendering it took more than {duration(PATIENCE_SECONDS)}"
            ) from error
        except EndedError as error:
            raise _BrokenError(self._explain(error.exit_code)) from error
        except MemoryError as error:
            raise _BrokenError(f"rendering it took more than {mebibytes(MEMORY)}") from error
        except Exception as error:
            raise _BrokenError(f"rendering it failed with {type(error).__name__}") from error

    def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        with self._process() as pool:
            result: Result = pool.call(
                limited, self._cpu_seconds, function, *arguments, seconds=PATIENCE_SECONDS
            )
        return result

    def _explain(self, exit_code: int) -> str:
        if sys.platform != "win32" and -exit_code == signal.SIGXCPU:
            return f"rendering it took more than {duration(self._cpu_seconds)} of processor time"
        return f"the renderer crashed (exit code {exit_code})"

    @contextmanager
    def _process(self) -> Iterator[ProcessPool]:
        """Occupy the process that has the fewest tasks, or a new one if all have many."""
        with self._lock:
            chosen = min(self._processes, key=lambda each: each.waiting, default=None)
            if chosen is None or (chosen.waiting >= MOST_WAITING and self._may_grow()):
                chosen = _Process(pool=ProcessPool(1, confine))
                self._processes.append(chosen)
            chosen.waiting += 1
        try:
            yield chosen.pool
        except UnusableError:
            with self._lock, suppress(ValueError):  # another thread may have removed it
                self._processes.remove(chosen)
            raise
        finally:
            with self._lock:
                chosen.waiting -= 1
                chosen.done += 1

    def _may_grow(self) -> bool:
        """Return whether another process may be started: all are at work, not starting."""
        return len(self._processes) < self._most and all(each.done for each in self._processes)
