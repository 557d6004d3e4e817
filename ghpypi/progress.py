"""Progress of tasks, and its display on a terminal."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TextIO

from ghpypi.core.progress import BYTES, Progress

DELAY_SECONDS = 0.5
"""Time after which a task of unknown length is shown; most requests are faster."""

REDRAW_SECONDS = 0.25
SPEED_SECONDS = 15.0
"""The time window for measuring speed."""

USUAL_WIDTH = 80
NARROWEST = 20

Clock = Callable[[], float]
"""Monotonic time, in seconds."""


class Task:
    """A task; thread-safe.

    Args:
        label: Describes the task.
        total: The total number of units; `None` if unknown.
        unit: The unit.
        clock: Monotonic clock, in seconds.
    """

    def __init__(
        self, label: str, total: int | None, unit: str = BYTES, *, clock: Clock = time.monotonic
    ) -> None:
        self._label = label
        self._total = total
        self._unit = unit
        self._clock = clock
        self._begun = clock()
        self._done = 0
        self._marks = deque([(self._begun, 0)])
        self._lock = threading.Lock()

    def advance(self, size: int) -> None:
        """Add completed units; negative when an attempt restarts."""
        with self._lock:
            self._done += size

    @property
    def is_due(self) -> bool:
        """Return whether it has run long enough to be shown."""
        return self._total is not None or self._clock() - self._begun >= DELAY_SECONDS

    def state(self) -> Progress:
        """Return the current progress and speed."""
        with self._lock:
            now = self._clock()
            self._marks.append((now, self._done))
            while len(self._marks) > 2 and now - self._marks[1][0] >= SPEED_SECONDS:  # noqa: PLR2004
                self._marks.popleft()
            since, before = self._marks[0]
            return Progress(
                label=self._label,
                done=max(self._done, 0),
                total=self._total,
                unit=self._unit,
                elapsed=now - self._begun,
                speed=max(self._done - before, 0) / (now - since) if now > since else 0.0,
            )


class Display:
    """The progress line of a terminal, redrawn by a thread.

    Of several tasks, the first one is shown, because the others are parts of it.

    Args:
        stream: The terminal.
        environment: Environment variables: `COLUMNS`, if the terminal has no known width.
        ticking: Start the thread; otherwise, the caller must call `tick`.
    """

    def __init__(
        self, stream: TextIO, environment: Mapping[str, str], *, ticking: bool = True
    ) -> None:
        self._stream = stream
        self._environment = environment
        self._ticking = ticking
        self._tasks: list[Task] = []
        self._drawn = False
        self._busy = threading.Condition()
        self._thread: threading.Thread | None = None

    def open(self, task: Task) -> None:
        """Start to show a task."""
        with self._busy:
            self._tasks.append(task)
            if self._ticking and self._thread is None:
                self._thread = threading.Thread(target=self._tick, name="display", daemon=True)
                self._thread.start()
            self._busy.notify()

    def close(self, task: Task) -> None:
        """Stop showing a task."""
        with self._busy:
            self._tasks.remove(task)
            if not self._tasks:
                self._wipe()

    def write(self, text: str) -> None:
        """Write lines above the progress line."""
        with self._busy:
            self._drawn = False
            self._put(f"\r\x1b[K{text}\n")

    def tick(self) -> None:
        """Redraw the progress line."""
        with self._busy:
            if self._tasks and self._tasks[0].is_due:
                self._drawn = True
                self._put(f"\r\x1b[K{self._tasks[0].state().line(self._width())}")

    def _tick(self) -> None:
        while True:
            with self._busy:
                self._busy.wait_for(lambda: self._tasks)
            self.tick()
            time.sleep(REDRAW_SECONDS)

    def _wipe(self) -> None:
        if self._drawn:
            self._drawn = False
            self._put("\r\x1b[K")

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _width(self) -> int:
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = 0
        if not columns:  # such as on a serial line
            text = self._environment.get("COLUMNS", "")
            columns = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0  # noqa: PLR2004
        return max(columns or USUAL_WIDTH, NARROWEST)
