"""How much an index run reads before it publishes what it has read, and when it ends.

The first run of a large store reads tens of thousands of files. It publishes after each batch, so
that an interruption costs one batch, and the next run goes on after the files that are published.
"""

import threading
import time
from collections.abc import Callable
from math import inf
from typing import NamedTuple

LONGEST_OUTAGE = 10
"""Files in a row that a remote may refuse before a run reads no more."""


class Batch(NamedTuple):
    """What is read before an index is published.

    Attributes:
        files: Number of files at most, while fewer than three times as many are published.
        most: Number of files at most, with any number of published ones. What was read of them
            stays in memory until it is published, about 1 kB for each.
        seconds: Time to read them at most, in seconds.
    """

    files: float = 4000
    most: float = 40_000
    seconds: float = 300.0

    def size(self, published: int) -> float:
        """Return the number of files at most, with so many published.

        Publishing takes time in proportion to what is published, so small batches would take a
        first run of a million files time in proportion to the square of their number.
        """
        return max(self.files, min(published / 3, self.most))


WHOLE = Batch(files=inf, seconds=inf)
"""Everything is read before anything is published."""


GRACE_SECONDS = 1.5
"""How long files that are being read may take after a run was asked to end, and then their project.
GitHub sends SIGINT to a canceled job, SIGTERM 7.5 seconds later, and ends it 2.5 seconds after
that: the rest of the time is for the pages."""


class StopRequest:
    """Asks a run to read no more, and to publish what it has read.

    A signal handler may call `request`, so no method takes a lock.

    Args:
        clock: Monotonic clock, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requested_at = inf
        self.worthwhile = False
        """Whether files were read that are not published yet."""

    @property
    def requested(self) -> bool:
        """Whether the run was asked to end."""
        return self._requested_at < inf

    def overdue(self, stages: int = 1) -> bool:
        """Return whether what was being read at that time has had its time.

        Args:
            stages: 1 for a file, and 2 for a project, which is read after its files.
        """
        return self.requested and self._clock() >= self._requested_at + stages * GRACE_SECONDS

    def request(self) -> bool:
        """Ask the run to end.

        Returns:
            Whether it will publish what it has read; otherwise there is nothing to wait for.
        """
        if self.worthwhile and not self.requested:
            self._requested_at = self._clock()
            return True
        return False


class ReadBudget:
    """Decides for each file whether it is read now, or is left for the next batch or run.

    Any number of threads may ask.

    Args:
        batch: What is read before an index is published.
        max_seconds: When reading ends, counted from now, in seconds; `None` for never.
        clock: Monotonic clock, in seconds.
        stop: Ends reading early.
    """

    def __init__(
        self,
        batch: Batch,
        max_seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        stop: StopRequest | None = None,
    ) -> None:
        self.stop = stop or StopRequest()
        self._batch = batch
        self._clock = clock
        self._end = inf if max_seconds is None else clock() + max_seconds
        self._lock = threading.Lock()
        self._refused = 0
        self._stopped = False
        self._settled = False
        self.read = 0
        """Files that were read in the run."""
        self.begin()

    def begin(self, published: int = 0) -> None:
        """Begin a batch.

        Args:
            published: Number of files that are published.
        """
        self._left = self._batch.size(published)
        self._until = min(self._clock() + self._batch.seconds, self._end)
        self.postponed = 0
        """Files that were left for the next batch or run."""
        self.stop.worthwhile = False

    @property
    def ended(self) -> bool:
        """Return whether the run reads no more: its time is up, or the remote refuses."""
        return self._stopped or self.stop.requested or self._clock() >= self._end

    def take(self, *, may_wait: bool = True) -> bool:
        """Return whether one more file is read now.

        Args:
            may_wait: It can be left for the next batch or run.
        """
        with self._lock:
            if may_wait and self._is_spent():
                self.postponed += not self._settled
                return False
            self._left -= 1
            self.read += 1
            return True

    def postpone(self, files: int) -> bool:
        """Return whether a new project is left for the next batch or run, as this one is full.

        Args:
            files: The number of its files; a project without files is never left.
        """
        with self._lock:
            if not files or not self._is_spent():
                return False
            self.postponed += files
            return True

    def arrived(self) -> None:
        """Note that a file was read."""
        self._refused = 0
        self.stop.worthwhile = True

    def abandoned(self) -> None:
        """Note that a file is left after all, because it took too long when the run ended."""
        with self._lock:
            self.read -= 1

    def settle(self, postponed: int) -> None:
        """Say at the end of a batch how many files were left.

        A run that was stopped does not wait for all files, and some are read after this.
        """
        if self.stop.requested:
            with self._lock:
                self._settled = True
                self.postponed = postponed

    def _is_spent(self) -> bool:
        full = self._left <= 0 or self._clock() >= self._until
        return full or self._stopped or self.stop.requested

    def refused(self, *, limited: bool) -> None:
        """Note that the remote refused a file until the maximum time to wait was reached.

        Args:
            limited: Because of a rate limit, which is one for all files.
        """
        with self._lock:
            self._refused += 1
            self._stopped = self._stopped or limited or self._refused >= LONGEST_OUTAGE
