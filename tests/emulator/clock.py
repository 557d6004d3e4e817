"""The emulator's time: the machine's, moved on at will."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch, with an offset that a test moves."""

    def __init__(self) -> None:
        self._offset = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._offset += seconds

    def time(self) -> float:
        """Now, in seconds since the epoch."""
        return time.time() + self._offset

    def now(self) -> datetime:
        """Now, in whole seconds, as GitHub's dates are."""
        return datetime.fromtimestamp(int(self.time()), UTC)


def as_text(moment: datetime | None) -> str | None:
    """A date as GitHub writes it, `2025-01-31T12:00:00Z`."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
