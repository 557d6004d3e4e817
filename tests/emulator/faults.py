"""Failures on order: which request fails, and how.

A fault fires on the `nth` request that matches it (1-based) and on the `times - 1` after it.
`Fault.at(k, ...)` fires on the k-th request of all, so that a run can be recorded with the
request log and then be replayed with a failure at every one of its requests.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import Self, TypedDict, Unpack

from tests.emulator.log import Request
from tests.emulator.wire import Answer
from tests.support.waiting import HANG_SECONDS

_DOCS = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID "
)
_REQUEST_ID = "C0DE:1A2B3C:4D5E6F:708192:65A3B4C5"
_PRIMARY = (
    "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please "
    "include the request ID "
)
_SERVER_ERRORS = {
    500: "Server Error",
    502: "Server Error",
    503: "No server is currently available to service your request. Sorry about that.",
    504: "We couldn't respond to your request in time. Sorry about that. Please try resubmitting "
    "your request and contact us if the problem persists.",
}


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this status and do no work; `reset_in` sets `x-ratelimit-reset` from now."""

    code: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    reset_in: int | None = None

    def answer(self, now: float) -> Answer:
        """The answer it stands for."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-GitHub-Request-Id": _REQUEST_ID,
            **dict(self.headers),
        }
        if self.reset_in is not None:
            headers["X-RateLimit-Reset"] = str(int(now) + self.reset_in)
        return Answer(self.code, headers, self.body)


@dataclass(frozen=True, slots=True)
class ResetBefore:
    """Reset the connection before any work is done."""


@dataclass(frozen=True, slots=True)
class ResetAfter:
    """Do the work, then reset the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Half of the body arrives, then a reset: of the request's if it has one, else the answer's.

    An upload cut short leaves a `starter` asset.
    """


@dataclass(frozen=True, slots=True)
class Starter502:
    """Answer 502; an upload leaves a `starter` asset that holds the name.

    docs: rest/releases/assets ("an upstream failure ... may leave an empty asset").
    """


@dataclass(frozen=True, slots=True)
class Slow:
    """Wait before the work."""

    seconds: float


class Pause:
    """Holds a request up until it is opened, and tells when one has arrived."""

    def __init__(self) -> None:
        self._arrived = Event()
        self._opened = Event()

    def wait(self) -> None:
        """Wait until a request has arrived."""
        assert self._arrived.wait(HANG_SECONDS), "no request arrived"

    def open(self) -> None:
        """Let the requests go on."""
        self._opened.set()

    def hold(self, stopped: Callable[[float], object]) -> None:
        """Hold a request up; `stopped` tells after so many seconds whether the emulator ends."""
        self._arrived.set()
        while not self._opened.is_set() and not stopped(0.02):
            pass


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait before the work until the pause is ended."""

    pause: Pause


Kind = Status | ResetBefore | ResetAfter | Cut | Starter502 | Slow | Hold
_NAMED: dict[str, Kind] = {
    "reset_before": ResetBefore(),
    "reset_after": ResetAfter(),
    "cut": Cut(),
    "starter_502": Starter502(),
}


class Where(TypedDict, total=False):
    """Which requests a fault concerns; what is not given matches all."""

    origin: str | None
    method: str | None
    path: str
    nth: int
    times: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure and the requests it happens to; `path` is searched for as a regular expression."""

    kind: Kind
    origin: str | None = None
    method: str | None = None
    path: str = ""
    nth: int = 1
    times: int = 1
    number: int | None = None

    @classmethod
    def status(
        cls,
        code: int,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        **where: Unpack[Where],
    ) -> Self:
        """Answer with this status; without a body, with GitHub's JSON for it."""
        if body is None:
            body = json.dumps({"message": _SERVER_ERRORS.get(code, "Fault")})
        content = body.encode() if isinstance(body, str) else body
        return cls(Status(code, tuple((headers or {}).items()), content), **where)

    @classmethod
    def primary_limit(cls, reset_in: int = 60, code: int = 403, **where: Unpack[Where]) -> Self:
        """The hourly limit is used up until `reset_in` seconds from now (403, or `code=429`)."""
        headers = _limit_headers(remaining=0)
        return cls(Status(code, headers, _limit_body(_PRIMARY), reset_in), **where)

    @classmethod
    def secondary_limit(
        cls, retry_after: int | None = None, code: int = 403, **where: Unpack[Where]
    ) -> Self:
        """Too much at once; GitHub sends `Retry-After` sometimes and sometimes not."""
        headers = _limit_headers(remaining=4990)
        if retry_after is not None:
            headers += (("Retry-After", str(retry_after)),)
        return cls(Status(code, headers, _limit_body(_SECONDARY), 3600), **where)

    @classmethod
    def reset_before(cls, **where: Unpack[Where]) -> Self:
        """See ResetBefore."""
        return cls(ResetBefore(), **where)

    @classmethod
    def reset_after(cls, **where: Unpack[Where]) -> Self:
        """See ResetAfter."""
        return cls(ResetAfter(), **where)

    @classmethod
    def cut(cls, **where: Unpack[Where]) -> Self:
        """See Cut."""
        return cls(Cut(), **where)

    @classmethod
    def starter_502(cls, **where: Unpack[Where]) -> Self:
        """See Starter502."""
        return cls(Starter502(), **where)

    @classmethod
    def slow(cls, seconds: float, **where: Unpack[Where]) -> Self:
        """See Slow."""
        return cls(Slow(seconds), **where)

    @classmethod
    def hold(cls, pause: Pause, **where: Unpack[Where]) -> Self:
        """See Hold."""
        return cls(Hold(pause), **where)

    @classmethod
    def at(cls, number: int, kind: "Kind | Fault | str | int", times: int = 1) -> "Fault":
        """Fire at the request of this number, counted from the last clearing of the log.

        The kind may be a fault (`Fault.cut()`), the name of a kind that needs no more
        (`"reset_after"`), or a status.
        """
        if isinstance(kind, int):
            kind = cls.status(kind)
        if isinstance(kind, str):
            kind = _NAMED[kind]
        if isinstance(kind, Fault):
            return replace(kind, number=number, times=times)
        return Fault(kind, number=number, times=times)

    def matches(self, request: Request) -> bool:
        """Whether it concerns this request, leaving aside which of several."""
        if self.number is not None:
            return self.number <= request.number < self.number + self.times
        return (
            self.origin in {None, request.origin}
            and self.method in {None, request.method}
            and re.search(self.path, request.path) is not None
        )


def _limit_headers(*, remaining: int) -> tuple[tuple[str, str], ...]:
    return (
        ("X-RateLimit-Limit", "5000"),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Used", str(5000 - remaining)),
        ("X-RateLimit-Resource", "core"),
    )


def _limit_body(message: str) -> bytes:
    text = f"{message}{_REQUEST_ID}."
    return json.dumps({"message": text, "documentation_url": _DOCS}).encode()


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0

    def fires(self, request: Request) -> bool:
        if not self.fault.matches(request):
            return False
        if self.fault.number is not None:
            return True
        self.seen += 1
        return self.fault.nth <= self.seen < self.fault.nth + self.fault.times


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._armed: list[_Armed] = []
        self._fired: list[Request] = []

    def add(self, *faults: Fault) -> None:
        """Put faults in force; when several fire at one request, the first added wins."""
        with self._lock:
            self._armed += [_Armed(fault) for fault in faults]

    def clear(self) -> None:
        """Take all of them out of force."""
        with self._lock:
            self._armed, self._fired = [], []

    @property
    def fired(self) -> list[Request]:
        """The requests that were hit, to see that a fault was not armed in vain."""
        with self._lock:
            return list(self._fired)

    def pick(self, request: Request) -> Kind | None:
        """The failure that this request is to meet."""
        with self._lock:
            hits = [armed.fault.kind for armed in self._armed if armed.fires(request)]
            if not hits:
                return None
            self._fired.append(request)
            return hits[0]
