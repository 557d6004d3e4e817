"""Waiting for what has to happen, on a machine of any speed."""

import time
from collections.abc import Callable
from typing import TypeVar

HANG_SECONDS = 900.0
"""After so long something hangs. Never a measure of speed: busy machines take their time."""

T = TypeVar("T")


def eventually(check: Callable[[], T], *, every: float = 0.05) -> T:
    """Repeat a check until it gives something true, and return that.

    Args:
        check: What has to become true.
        every: Seconds between two attempts.
    """
    deadline = time.monotonic() + HANG_SECONDS
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen"

        time.sleep(every)
    return found
