"""How long to bear with a remote that refuses for now, and when to ask again.

Source: GitHub documentation, "Best practices for using the REST API" and "Rate limits for the
REST API": obey `Retry-After`; else, with nothing remaining, wait for the reset; else a minute and
then longer each time. A limit may come as 403 or as 429. Answers of 500 and more, and lost
connections, are asked again after one second, then two, then four.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from ghpypi.errors import TryLaterError

SECONDARY_SECONDS = 60.0
LONGEST_BACKOFF = 60.0

_log = logging.getLogger("ghpypi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that may be another one later.

    Attributes:
        what: What was asked for, and what came instead, for people.
        wait: Seconds the remote wants us to wait; `None` if it does not say.
        limited: It is a limit, not a fault: what was asked for was not done.
    """

    what: str
    wait: float | None = None
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Decides between waiting and giving up.

    Attributes:
        max_wait: Seconds to wait for one answer, all attempts together.
        sleep: Waits.
        now: Tells the time in seconds since 1970.
    """

    max_wait: float
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    def start(self) -> "Endurance":
        """Begin to ask for one thing."""
        return Endurance(self)


class Endurance:
    """The patience left for one thing that is asked for."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._waited = 0.0
        self._attempts = 0

    def bear(self, refusal: Refusal) -> None:
        """Wait until it makes sense to ask again.

        Raises:
            TryLaterError: That would be longer than we are willing to wait.
        """
        backoff = min(2.0**self._attempts, LONGEST_BACKOFF)
        if refusal.limited and refusal.wait is None:
            backoff = SECONDARY_SECONDS * 2**self._attempts
        wait = backoff if refusal.wait is None else max(refusal.wait, 0.0)
        self._attempts += 1
        if self._waited + wait > self._patience.max_wait:
            raise TryLaterError(
                f"{refusal.what}; asked {_times(self._attempts)} in {self._waited:.0f} s, "
                f"the next time would be in {wait:.0f} s",
                hint="run the same command again later, or allow it to wait with --max-wait",
            )
        _log.debug("%s; asking again in %.0f s", refusal.what, wait)
        self._waited += wait
        self._patience.sleep(wait)


def limit_wait(
    status: int, headers: Mapping[str, str], body: str, *, now: float
) -> tuple[bool, float | None]:
    """Tell whether an answer is a rate limit, and how long it says to wait.

    Args:
        status: The HTTP status.
        headers: With lower-case names.
        body: The text, where secondary limits give themselves away.
        now: Seconds since 1970.
    """
    if status not in {403, 429}:
        return False, None
    after = headers.get("retry-after")
    if after is not None:
        return True, _seconds(after, now)
    if headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        return True, max(float(reset) - now, 0.0) + 1.0 if reset.isdigit() else None
    told = "rate limit" in body.lower() or "abuse detection" in body.lower()
    return status == 429 or told, None  # noqa: PLR2004 - Too Many Requests


def _seconds(text: str, now: float) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3)."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except ValueError:
        return None


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
