import time
from email.utils import formatdate

import pytest

from ghpypi.errors import TryLaterError
from ghpypi.stores.github.patience import Patience, Refusal, limit_wait

NOW = 1_750_000_000.0

SECONDARY = '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}'
ABUSE = '{"message":"You have triggered an abuse detection mechanism."}'


class Sleeper:
    """Time that passes when somebody sleeps, and a record of how long they did."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)

    def patience(self, max_wait: float) -> Patience:
        return Patience(max_wait=max_wait, sleep=self.sleep, now=lambda: NOW + sum(self.naps))


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
def test_limits_are_told_from_other_answers(
    status: int, headers: dict[str, str], body: str, verdict: tuple[bool, float | None]
) -> None:
    assert limit_wait(status, headers, body, now=NOW) == verdict


@pytest.mark.parametrize(
    ("refusal", "naps"),
    [
        pytest.param(Refusal(what="it"), [1, 2, 4, 8, 16, 32, 60, 60], id="fault"),
        pytest.param(Refusal(what="it", limited=True), [60, 120, 240, 480], id="limit unsaid"),
        pytest.param(Refusal(what="it", wait=7.0, limited=True), [7, 7, 7], id="limit said"),
        pytest.param(Refusal(what="it", wait=-3.0, limited=True), [0, 0], id="never backwards"),
        pytest.param(Refusal(what="it", wait=7.0), [7, 7], id="fault that says"),
    ],
)
def test_waits_grow_unless_the_remote_says_how_long(refusal: Refusal, naps: list[float]) -> None:
    sleeper = Sleeper()
    endurance = sleeper.patience(10_000).start()
    for _ in naps:
        endurance.bear(refusal)

    assert sleeper.naps == naps


@pytest.mark.parametrize("max_wait", [0, 0.5, 1, 59, 60, 100, 1000])
@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(what="it"),
        Refusal(what="it", limited=True),
        Refusal(what="it", wait=25.0, limited=True),
    ],
    ids=["fault", "limit unsaid", "limit said"],
)
def test_nobody_waits_longer_than_they_said(max_wait: float, refusal: Refusal) -> None:
    sleeper = Sleeper()
    endurance = sleeper.patience(max_wait).start()

    def bear_for_ever() -> None:
        while True:
            endurance.bear(refusal)

    with pytest.raises(TryLaterError):
        bear_for_ever()

    assert sum(sleeper.naps) <= max_wait


def test_all_attempts_share_one_patience_and_each_thing_asked_for_has_its_own() -> None:
    sleeper = Sleeper()
    patience = sleeper.patience(10)
    first = patience.start()
    first.bear(Refusal(what="it", wait=6.0))
    with pytest.raises(TryLaterError):
        first.bear(Refusal(what="it", wait=6.0))
    patience.start().bear(Refusal(what="it", wait=6.0))

    assert sleeper.naps == [6, 6]


def test_giving_up_says_how_long_it_took_and_what_to_do() -> None:
    endurance = Sleeper().patience(100).start()
    endurance.bear(Refusal(what="GET /user: GitHub limits", wait=40.0, limited=True))
    with pytest.raises(TryLaterError) as caught:
        endurance.bear(Refusal(what="GET /user: GitHub limits", wait=3600.0, limited=True))

    assert caught.value.message == (
        "GET /user: GitHub limits; asked 2 times in 40 s, the next time would be in 3600 s"
    )
    assert caught.value.hint == (
        "run the same command again later, or allow it to wait with --max-wait"
    )
    assert caught.value.exit_code == 7


def test_without_more_said_patience_goes_by_the_clock_on_the_wall() -> None:
    patience = Patience(max_wait=1)

    assert patience.sleep is time.sleep
    assert patience.now is time.time
