"""Progress of tasks, and how far each one is."""

import threading
import time
from collections import deque
from collections.abc import Callable

from ghpypi.core.progress import BYTES, Progress

DELAY_SECONDS = 0.5
"""Time after which a task of unknown length is shown; most requests are faster."""

SPEED_SECONDS = 15.0
"""The time window for measuring speed."""

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

    def again(self) -> "Task":
        """Return the task as if it began now."""
        return Task(self._label, self._total, self._unit, clock=self._clock)

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
