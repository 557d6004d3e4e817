"""How much an index run reads before it publishes what it has read, and when it ends.

The first run of a large store reads tens of thousands of files. It publishes after each batch, so
that an interruption costs one batch, and the next run goes on after the files that are published.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

LONGEST_OUTAGE = 10
"""Files in a row that a remote may refuse before a run reads no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is read before an index is published.

    Attributes:
        files: Number of files at most.
        seconds: Time to read them at most, in seconds.
    """

    files: float = 4000
    seconds: float = 300.0


WHOLE = Batch(files=inf, seconds=inf)
"""Everything is read before anything is published."""


class ReadBudget:
    """Decides for each file whether it is read now, or is left for the next batch or run.

    Any number of threads may ask.

    Args:
        batch: What is read before an index is published.
        max_seconds: When reading ends, counted from now, in seconds; `None` for never.
        clock: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        batch: Batch,
        max_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._batch = batch
        self._clock = clock
        self._end = inf if max_seconds is None else clock() + max_seconds
        self._lock = threading.Lock()
        self._refused = 0
        self._stopped = False
        self.read = 0
        """Files that were read in the run."""
        self.begin()

    def begin(self) -> None:
        """Begin a batch."""
        self._left = self._batch.files
        self._until = min(self._clock() + self._batch.seconds, self._end)
        self.postponed = 0
        """Files that were left for the next batch or run."""

    @property
    def ended(self) -> bool:
        """Tell whether the run reads no more: its time is up, or the remote refuses."""
        return self._stopped or self._clock() >= self._end

    def take(self, *, may_wait: bool = True) -> bool:
        """Tell whether one more file is read now.

        Args:
            may_wait: It can be left for the next batch or run.
        """
        with self._lock:
            spent = self._stopped or self._left <= 0 or self._clock() >= self._until
            if spent and may_wait:
                self.postponed += 1
                return False
            self._left -= 1
            self.read += 1
            return True

    def arrived(self) -> None:
        """Note that a file was read."""
        self._refused = 0

    def refused(self, *, limited: bool) -> None:
        """Note that the remote refused a file until the maximum time to wait was reached.

        Args:
            limited: Because of a rate limit, which is one for all files.
        """
        with self._lock:
            self._refused += 1
            self._stopped = self._stopped or limited or self._refused >= LONGEST_OUTAGE
