"""When to send a request again after a rate limit or an outage, and when to give up.

Source: GitHub documentation, "Best practices for using the REST API" and "Rate limits for the
REST API": obey `Retry-After`; else, with nothing remaining, wait for the reset; else a minute and
then longer each time. A rate limit may come as 403 or as 429. Server errors and lost connections
are retried after one second, then two, then four.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.utils import parsedate_to_datetime
from math import inf

import requests

from ghpypi.connection_errors import explain_failure
from ghpypi.core.quantities import count_of, duration
from ghpypi.errors import RateLimitedError, TryLaterError

SECONDARY_SECONDS = 60.0
LONGEST_BACKOFF = 60.0

AFTER_DEADLINE = 60.0
"""How long one request may wait after the deadline, in seconds, so that publishing can succeed."""

REPORTED_SECONDS = 1.0
"""Shorter waits are not reported."""

SLOW_SECONDS = 10.0
"""A request without an answer for this long is reported."""

Notify = Callable[[str], None]


Show = Callable[[str], AbstractContextManager[object]]
"""Shows what is going on while a block runs."""


def ignore(message: str) -> None:
    """Report nothing."""
    del message


class Backoff:
    """How long requests are retried, and where waits are reported.

    All threads of a run share one.

    Args:
        max_wait: Maximum time to wait for one request, all attempts together, in seconds.
        deadline: When the time for waiting is over, in seconds since 1970; a request may then wait
            for a minute at most, or `max_wait`.
        notify: Called with a sentence before each wait of a second or more.
        show: Shows the current request or wait in a progress display.
        sleep: Waits, in seconds.
        now: Wall clock, in seconds since 1970.
        timer: Calls a function after some seconds, in another thread, unless it is canceled.
    """

    def __init__(  # noqa: PLR0913 - those after the second are for tests
        self,
        max_wait: float,
        *,
        deadline: float = inf,
        notify: Notify = ignore,
        show: Show = nullcontext,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
    ) -> None:
        self._max_wait = max_wait
        self._deadline = deadline
        self.now = now
        self.show = show
        self._notify = notify
        self._sleep = sleep
        self._timer = timer
        self._lock = threading.Lock()
        self._reported_until = 0.0

    def start(self) -> "Retry":
        """Begin the attempts of one request."""
        return Retry(self)

    @property
    def max_wait(self) -> float:
        """How long a request that is sent now may wait, in seconds."""
        return min(self._max_wait, max(self._deadline - self.now(), AFTER_DEADLINE))

    def pause(self, seconds: float, reason: str) -> None:
        """Wait, and report why and for how long."""
        if seconds >= REPORTED_SECONDS and self._is_news(self.now() + seconds):
            self._notify(f"{reason}; trying again in {duration(seconds)}")
        with self.show(f"waiting: {reason}"):
            self._sleep(seconds)

    def watch(self, request: str, timeout: float | None = None) -> AbstractContextManager[object]:
        """Report a request that gets no response for a long time.

        Args:
            request: The request, as messages name it.
            timeout: When the request is given up, in seconds; `None` for never.
        """
        message = f"{request}: no response for {duration(SLOW_SECONDS)}, still waiting"
        if timeout:
            message += f" (at most {duration(timeout)})"
        return self._watched(request, message)

    @contextmanager
    def _watched(self, request: str, message: str) -> Iterator[None]:
        timer = self._timer(SLOW_SECONDS, lambda: self._notify(message))
        timer.daemon = True
        timer.start()
        try:
            with self.show(request):
                yield
        finally:
            timer.cancel()

    def _is_news(self, until: float) -> bool:
        """Return whether no wait of this length was reported: a rate limit stops all threads."""
        with self._lock:
            is_news = until > self._reported_until + REPORTED_SECONDS
            if is_news:
                self._reported_until = until
        return is_news


class Retry:
    """The attempts of one request."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._max_wait = backoff.max_wait
        self._waited = 0.0
        self._attempts = 0

    def wait(
        self,
        reason: str,
        *,
        seconds: float | None = None,
        limited: bool = False,
        hint: str = "",
    ) -> None:
        """Wait before the next attempt.

        Args:
            reason: The request, and why it failed.
            seconds: How long the remote asks to wait, in seconds; `None` if it does not say.
            limited: The reason is a rate limit, and not an outage.
            hint: What can be done about it besides waiting.

        Raises:
            TryLaterError: The wait would be longer than the maximum.
        """
        delay = min(2.0**self._attempts, LONGEST_BACKOFF)
        if limited:
            delay = SECONDARY_SECONDS * 2**self._attempts
        if seconds is not None:
            delay = max(seconds, 0.0)
        self._attempts += 1
        if self._waited + delay > self._max_wait:
            failure = RateLimitedError if limited else TryLaterError
            raise failure(
                f"{reason}; gave up after {count_of(self._attempts, 'attempt')} "
                f"in {duration(self._waited)}, the next attempt would be in {duration(delay)}",
                hint=hint
                or "run the same command again later, or allow it to wait longer with --max-wait",
            )
        self._waited += delay
        self._backoff.pause(delay, reason)

    def wait_after(self, error: BaseException, request: str, url: str) -> None:
        """Wait after a connection failed.

        Args:
            error: What the HTTP library raised.
            request: The request, as messages name it.
            url: Its address.

        Raises:
            GhpypiError: Another attempt would fail in the same way, or the maximum is reached.
        """
        failure = explain_failure(error, url)
        if failure.permanent:
            raise failure.error(request) from error
        self.wait(f"{request}: {failure.reason}", hint=failure.hint)


class FailFast(Backoff):
    """The policy of a server, whose own clients wait for its response: failures are raised at once.

    Only a request whose connection broke is sent once more, without a wait: GitHub closes
    connections that were idle, which shows only when the next request is sent.
    """

    def __init__(self) -> None:
        super().__init__(0)

    def start(self) -> "Retry":
        """Begin the attempts of one request."""
        return _SecondAttempt(self)

    def watch(self, request: str, timeout: float | None = None) -> AbstractContextManager[object]:
        """Report nothing; a timer would cost a server a thread for each request."""
        del request, timeout
        return nullcontext()


class _SecondAttempt(Retry):
    """The one or two attempts of a request that fails fast."""

    def wait(self, reason: str, *, hint: str = "", **_: object) -> None:
        raise TryLaterError(reason, hint=hint)

    def wait_after(self, error: BaseException, request: str, url: str) -> None:
        self._attempts += 1
        if self._attempts > 1 or not isinstance(error, requests.ConnectionError):
            super().wait_after(error, request, url)


def rate_limit(
    status: int, headers: Mapping[str, str], body: str, *, now: float
) -> tuple[bool, float | None]:
    """Return whether a response is a rate limit, and how long it asks to wait, in seconds.

    Args:
        status: The HTTP status.
        headers: With lower-case names.
        body: The text, which alone distinguishes a secondary limit from other errors.
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
    message = body.lower()
    limited = any(each in message for each in ("rate limit", "abuse detection", "too quickly"))
    return status == 429 or limited, None  # noqa: PLR2004 - Too Many Requests


def _seconds(text: str, now: float) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3)."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except ValueError:
        return None
