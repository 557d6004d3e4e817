import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from math import inf
from threading import Timer

import pytest
import requests

from ghpypi.errors import TryLaterError
from ghpypi.stores.github.retry import Backoff, FailFast, rate_limit

NOW = 1_750_000_000.0

SECONDARY = '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}'
ABUSE = '{"message":"You have triggered an abuse detection mechanism."}'


class Sleeper:
    """A clock that moves when something sleeps, and a record of the waits."""

    def __init__(self) -> None:
        self.naps: list[float] = []
        self.notes: list[str] = []
        self.timers: list[Timer] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)

    def backoff(self, max_wait: float, *, deadline: float = inf) -> Backoff:
        return Backoff(
            max_wait,
            deadline=deadline,
            notify=self.notes.append,
            sleep=self.sleep,
            now=lambda: NOW + sum(self.naps),
            timer=self.timer,
        )

    def timer(self, seconds: float, function: Callable[[], None]) -> Timer:
        self.timers.append(Timer(seconds, function))
        return self.timers[-1]


@pytest.mark.parametrize(
    ("status", "headers", "body", "verdict"),
    [
        pytest.param(403, {"retry-after": "30"}, "", (True, 30.0), id="seconds"),
        pytest.param(429, {"retry-after": "0"}, "", (True, 0.0), id="no second"),
        pytest.param(
            429,
            {"retry-after": formatdate(NOW + 90, usegmt=True)},
            "",
            (True, 90.0),
            id="date",
        ),
        pytest.param(
            403,
            {"retry-after": formatdate(NOW - 90, usegmt=True)},
            "",
            (True, 0.0),
            id="date gone by",
        ),
        pytest.param(429, {"retry-after": "soon"}, "", (True, None), id="nonsense"),
        pytest.param(429, {"retry-after": "\xb2"}, "", (True, None), id="a digit that is none"),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)},
            "",
            (True, 601.0),
            id="hourly limit",
        ),
        pytest.param(
            429,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)},
            "",
            (True, 601.0),
            id="hourly limit as 429",
        ),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 600)},
            "",
            (True, 1.0),
            id="hourly limit gone by",
        ),
        pytest.param(
            403, {"x-ratelimit-remaining": "0"}, "", (True, None), id="hourly limit without end"
        ),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(int(NOW) + 600)},
            SECONDARY,
            (True, None),
            id="secondary without header",
        ),
        pytest.param(
            403,
            {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"},
            SECONDARY,
            (True, 5.0),
            id="Retry-After comes first",
        ),
        pytest.param(403, {}, ABUSE, (True, None), id="in the words of old"),
        pytest.param(429, {}, "", (True, None), id="429 bare"),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "4999"},
            '{"message":"Resource not accessible by integration"}',
            (False, None),
            id="403 that is a right",
        ),
        pytest.param(404, {"retry-after": "30"}, "", (False, None), id="404"),
        pytest.param(500, {}, SECONDARY, (False, None), id="500"),
        pytest.param(200, {"x-ratelimit-remaining": "0"}, "", (False, None), id="200"),
    ],
)
def test_limits_are_distinguished_from_other_answers(
    status: int, headers: dict[str, str], body: str, verdict: tuple[bool, float | None]
) -> None:
    assert rate_limit(status, headers, body, now=NOW) == verdict


@pytest.mark.parametrize(
    ("seconds", "limited", "naps"),
    [
        pytest.param(None, False, [1, 2, 4, 8, 16, 32, 60, 60], id="fault"),
        pytest.param(None, True, [60, 120, 240, 480], id="limit unsaid"),
        pytest.param(7.0, True, [7, 7, 7], id="limit said"),
        pytest.param(-3.0, True, [0, 0], id="never backwards"),
        pytest.param(7.0, False, [7, 7], id="fault that says"),
    ],
)
def test_waits_grow_unless_the_remote_says_how_long(
    seconds: float | None, limited: bool, naps: list[float]
) -> None:
    sleeper = Sleeper()
    retry = sleeper.backoff(10_000).start()
    for _ in naps:
        retry.wait("it", seconds=seconds, limited=limited)

    assert sleeper.naps == naps


@pytest.mark.parametrize("max_wait", [0, 0.5, 1, 59, 60, 100, 1000])
@pytest.mark.parametrize(
    ("seconds", "limited"),
    [(None, False), (None, True), (25.0, True)],
    ids=["fault", "limit unsaid", "limit said"],
)
def test_waits_never_exceed_the_maximum(
    max_wait: float, seconds: float | None, limited: bool
) -> None:
    sleeper = Sleeper()
    retry = sleeper.backoff(max_wait).start()

    def wait_forever() -> None:
        while True:
            retry.wait("it", seconds=seconds, limited=limited)

    with pytest.raises(TryLaterError):
        wait_forever()

    assert sum(sleeper.naps) <= max_wait


def test_the_maximum_is_for_all_attempts_of_one_request() -> None:
    sleeper = Sleeper()
    backoff = sleeper.backoff(10)
    first = backoff.start()
    first.wait("it", seconds=6.0)
    with pytest.raises(TryLaterError):
        first.wait("it", seconds=6.0)
    backoff.start().wait("it", seconds=6.0)

    assert sleeper.naps == [6, 6]


@pytest.mark.parametrize(("left", "longest"), [(500.0, 500), (90.0, 90), (10.0, 60), (-1.0, 60)])
def test_a_request_waits_until_the_deadline_or_for_a_minute(left: float, longest: int) -> None:
    sleeper = Sleeper()
    backoff = sleeper.backoff(1000, deadline=NOW + left)
    with pytest.raises(TryLaterError):
        backoff.start().wait("it", seconds=longest + 1.0, limited=True)
    backoff.start().wait("it", seconds=float(longest), limited=True)

    assert sleeper.naps == [longest]


def test_the_deadline_makes_no_wait_longer_than_the_maximum() -> None:
    with pytest.raises(TryLaterError):
        Sleeper().backoff(5, deadline=NOW).start().wait("it", seconds=6.0)


def test_giving_up_says_how_long_it_took_and_what_to_do() -> None:
    retry = Sleeper().backoff(100).start()
    retry.wait("GET /user: GitHub limits", seconds=40.0, limited=True)
    with pytest.raises(TryLaterError) as caught:
        retry.wait("GET /user: GitHub limits", seconds=3600.0, limited=True)

    assert caught.value.message == (
        "GET /user: GitHub limits; gave up after 2 attempts in 40 s, "
        "the next attempt would be in 60 min"
    )
    assert caught.value.hint == (
        "run the same command again later, or allow it to wait longer with --max-wait"
    )
    assert caught.value.exit_code == 7


def test_a_wait_says_why_and_for_how_long() -> None:
    sleeper = Sleeper()
    sleeper.backoff(10_000).start().wait("GET /user: GitHub limits", seconds=130.0, limited=True)

    assert sleeper.notes == ["GET /user: GitHub limits; trying again in 2 min 10 s"]


def test_a_wait_of_less_than_a_second_is_not_reported() -> None:
    sleeper = Sleeper()
    sleeper.backoff(10_000).start().wait("it", seconds=0.5)

    assert sleeper.notes == []


def test_a_limit_that_stops_many_requests_at_once_is_reported_once() -> None:
    sleeper = Sleeper()
    backoff = Backoff(1000, notify=sleeper.notes.append, sleep=lambda _: None, now=lambda: NOW)
    for number in range(16):
        backoff.start().wait(f"GET /{number}: limit", seconds=60.0 - number, limited=True)
    backoff.start().wait("GET /x: limit", seconds=120.0, limited=True)

    assert sleeper.notes == [
        "GET /0: limit; trying again in 60 s",
        "GET /x: limit; trying again in 2 min",
    ]


def test_a_request_without_an_answer_is_reported() -> None:
    sleeper = Sleeper()
    with sleeper.backoff(0).watch("GET /user", 30):
        sleeper.timers[0].function()

    assert sleeper.notes == ["GET /user: no response for 10 s, still waiting (at most 30 s)"]
    assert sleeper.timers[0].interval == 10
    assert sleeper.timers[0].finished.is_set(), "the timer was canceled"


def test_by_default_the_wall_clock_counts() -> None:
    assert Backoff(1).now is time.time


def test_a_server_does_not_wait() -> None:
    retry = FailFast().start()
    with pytest.raises(TryLaterError, match=r"^GET /user: HTTP 502$"):
        retry.wait("GET /user: HTTP 502", seconds=30, limited=True)


def test_a_server_sends_a_request_once_more_after_a_broken_connection() -> None:
    retry, error = FailFast().start(), requests.ConnectionError("closed")
    retry.wait_after(error, "GET /user", "https://api.github.com/user")
    with pytest.raises(TryLaterError, match=r"^GET /user: "):
        retry.wait_after(error, "GET /user", "https://api.github.com/user")


def test_a_server_does_not_repeat_a_request_without_a_response() -> None:
    """It may have been slow already, and the client of the server waits."""
    retry = FailFast().start()
    with pytest.raises(TryLaterError, match="did not respond in time"):
        retry.wait_after(requests.ReadTimeout(), "GET /user", "https://api.github.com/user")


def test_a_server_starts_no_timer_for_a_request() -> None:
    before = threading.active_count()
    with FailFast().watch("GET /user", 30):
        assert threading.active_count() == before
