"""Rendering descriptions in child processes, so that a malicious one costs its own page only.

A Markdown text of 2 kB can overflow the stack of a renderer, and reStructuredText of 500 bytes can
keep one busy for minutes. So each text is rendered in a child process with a limit of time and
memory. Whatever goes wrong there, a crash included, the text is shown as it is written.

The children are run by pebble: `concurrent.futures` can neither end a task nor go on after a crash.
"""

import math
import multiprocessing
import os
import signal
import sys
from concurrent.futures import TimeoutError as TooLongError
from threading import Lock
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from ghpypi.core.readme import render, render_plain
from ghpypi.ports import Rendered

if sys.platform != "win32":
    import resource

CPU_SECONDS = 10
"""Processor time for one text. A long README takes a tenth of a second."""

MEMORY = 1 << 30
"""Bytes of address space of a child; it needs a fifth of that for itself."""

PATIENCE_SECONDS = 300
"""For a child that waits for something; on a busy machine the clock is a poor judge of work."""


class ProcessRenderer:
    """Renders descriptions in child processes, started when there is something to render.

    Args:
        processes: How many; as many as there are processors if not said.
        cpu_seconds: Processor time for one text.
    """

    def __init__(self, processes: int | None = None, *, cpu_seconds: int = CPU_SECONDS) -> None:
        self._processes = processes or os.cpu_count() or 1
        self._cpu_seconds = cpu_seconds
        self._lock = Lock()
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble is typed but for this
            self._pool.join()

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description, or show it as plain text."""
        if not description.strip():
            return Rendered(html="")
        task = self._started().schedule(
            _render_limited,
            args=(description, content_type, self._cpu_seconds),
            timeout=PATIENCE_SECONDS,
        )
        try:
            return Rendered(html=task.result())
        except TooLongError:
            problem = f"rendering it took more than {PATIENCE_SECONDS} s"
        except ProcessExpired as error:
            problem = self._explain(error.exitcode)
        except MemoryError:
            problem = f"rendering it took more than {MEMORY >> 20} MiB"
        except Exception as error:  # noqa: BLE001 - a text can break the renderers in any way
            problem = f"rendering it failed with {type(error).__name__}"
        return Rendered(html=render_plain(description), problem=problem)

    def _explain(self, exit_code: int) -> str:
        if sys.platform != "win32" and -exit_code == signal.SIGXCPU:
            return f"rendering it took more than {self._cpu_seconds} s of processor time"
        return f"the renderer crashed (exit code {exit_code})"

    def _started(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                # A fork would copy locks that other threads hold.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(
                    max_workers=self._processes, initializer=_confine, context=context
                )
            return self._pool


def _confine() -> None:
    """Limit a child before it gets its first text."""
    os.environ.clear()  # it holds tokens
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _render_limited(description: str, content_type: str, cpu_seconds: int) -> str:
    """Render a text in a child; the kernel ends the child when its time is over."""
    if sys.platform != "win32":
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = math.ceil(usage.ru_utime + usage.ru_stime)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, hard))
    return render(description, content_type)
