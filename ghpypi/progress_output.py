"""The progress line of a terminal, and lines about progress in a log."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO
from weakref import WeakSet

from ghpypi.progress import Clock, Task

REDRAW_SECONDS = 0.25
LOG_SECONDS = 10.0
"""Time without a line in a log after which one is written."""

USUAL_WIDTH = 80
NARROWEST = 20


class Output:
    """What is going on, between the lines of a stream.

    Of several tasks, the first one is shown, because the others are parts of it. Before it is due,
    and between tasks, the activity is shown: what the command does, whatever it waits for.

    Args:
        ticking: Start a thread that shows it; otherwise, the caller must call `tick`.
        clock: Monotonic clock, in seconds.
    """

    tick_seconds = REDRAW_SECONDS

    def __init__(self, *, ticking: bool, clock: Clock) -> None:
        self._ticking = ticking
        self._clock = clock
        self._tasks: list[Task] = []
        self._activity: Task | None = None
        self._shown: Task | None = None
        self._busy = threading.RLock()
        self._stop: threading.Event | None = None
        _outputs.add(self)

    def open(self, task: Task) -> None:
        """Start to show a task."""
        with self._busy:
            self._tasks.append(task)
            self._start()

    def close(self, task: Task) -> None:
        """Stop showing a task."""
        with self._busy:
            self._tasks.remove(task)
            if self._shown is task:
                self._wipe()
            self._end_thread()

    def begin(self, activity: str) -> None:
        """Show an activity while no task is due, from now on."""
        with self._busy:
            self._activity = Task(activity, None, clock=self._clock)
            self._start()

    def end(self) -> None:
        """Stop showing the activity."""
        with self._busy:
            self._activity = None
            self._wipe()
            self._end_thread()

    def clear(self) -> None:
        """Make room for a line on the same terminal, and wait with the next one."""
        with self._busy:
            self._wipe()
            if self._activity:
                self._activity = self._activity.again()

    def tick(self) -> None:
        """Show what is due."""
        raise NotImplementedError

    def _wipe(self) -> None:
        self._shown = None

    def _start(self) -> None:
        if self._ticking and self._stop is None:
            self._stop = threading.Event()
            arguments = (self._stop,)
            threading.Thread(target=self._run, args=arguments, name="display", daemon=True).start()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self.tick_seconds):
            self.tick()

    def _end_thread(self) -> None:
        if self._stop and not self._tasks and not self._activity:
            self._stop.set()
            self._stop = None


_outputs: WeakSet[Output] = WeakSet()


def clear_progress() -> None:
    """Clear the progress line, before something else is written to the terminal."""
    for output in list(_outputs):
        output.clear()


def end_progress() -> None:
    """End the progress line until the next step, because others use the terminal."""
    for output in list(_outputs):
        output.end()


class Display(Output):
    """The progress line of a terminal, redrawn by a thread.

    Args:
        stream: The terminal.
        environment: Environment variables: `COLUMNS`, if the terminal has no known width.
        ticking: Start the thread; otherwise, the caller must call `tick`.
        clock: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        environment: Mapping[str, str],
        *,
        ticking: bool = True,
        clock: Clock = time.monotonic,
    ) -> None:
        super().__init__(ticking=ticking, clock=clock)
        self._stream = stream
        self._environment = environment

    def write(self, text: str) -> None:
        """Write lines above the progress line."""
        with self._busy:
            self._shown = None
            self._put(f"\r\x1b[K{text}\n")

    def tick(self) -> None:
        """Redraw the progress line."""
        with self._busy:
            candidates = (*self._tasks[:1], self._activity)
            if task := next((each for each in candidates if each and each.is_due), None):
                self._shown = task
                self._put(f"\r\x1b[K{task.state().line(self._width())}")

    def _wipe(self) -> None:
        if self._shown:
            self._put("\r\x1b[K")
        super()._wipe()

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


class LogLines(Output):
    """Lines of a log that say what is going on if nothing else was written for a while.

    Args:
        write: Writes a line.
        ticking: Start a thread; otherwise, lines are written when a task advances.
        clock: Monotonic clock, in seconds.
    """

    tick_seconds = 1.0

    def __init__(self, write: Callable[[str], None], *, ticking: bool, clock: Clock) -> None:
        super().__init__(ticking=ticking, clock=clock)
        self._write = write
        self._next = clock() + LOG_SECONDS

    def note_line(self) -> None:
        """Note that a line is being written."""
        with self._busy:
            self._next = self._clock() + LOG_SECONDS

    def tick(self) -> None:
        """Write a line if it is time for one."""
        with self._busy:
            task = self._tasks[0] if self._tasks else self._activity
            if task is None or self._clock() < self._next:
                return
            self.note_line()
            summary = task.state().summary()
        self._write(summary)


class Activity:
    """What a command does, for the progress line.

    Args:
        output: Shows it.
        first: What it is until the first step; empty to show nothing.
        quiet: Show nothing.
    """

    def __init__(self, output: Output, first: str, *, quiet: bool) -> None:
        self._output = output
        self._enabled = bool(first) and not quiet
        self.change(first)

    def change(self, text: str) -> None:
        """Show another one from now on."""
        if self._enabled:
            self._output.begin(text)

    def end(self) -> None:
        """Show nothing until the next one."""
        self._output.end()


@contextmanager
def shown(task: Task, output: Output) -> Iterator[None]:
    """Show a task within the `with` block."""
    output.open(task)
    try:
        yield
    finally:
        output.close(task)


def logged(task: Task, log: LogLines) -> Callable[[int], None]:
    """Return a function that advances a task and writes its progress from time to time."""

    def advance(size: int) -> None:
        task.advance(size)
        log.tick()

    return advance
