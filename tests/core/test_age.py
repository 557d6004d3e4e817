from datetime import UTC, datetime, timedelta

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.config.minimum_age import InvalidAgeError, MinimumAge, parse_age
from tests.support.upstreams import elsewhere

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NAME = NormalizedName("acme-lib")


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("0", timedelta()),
        ("7d", timedelta(days=7)),
        (" 36H ", timedelta(hours=36)),
        ("2w", timedelta(weeks=2)),
        ("90 m", timedelta(minutes=90)),
        ("5s", timedelta(seconds=5)),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "1y", "1.5d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(InvalidAgeError):
        parse_age(text)


@pytest.mark.parametrize(
    ("uploaded", "kept"),
    [
        ("2026-06-08T12:00:00Z", True),
        ("2026-06-08T12:00:01Z", False),
        ("2026-06-08T12:00:00.000001Z", False),
        ("2026-06-08T11:00:00+02:00", True),
        ("2026-06-01T00:00:00", True),
        ("yesterday", False),
        (None, False),
        (5, False),
    ],
)
def test_files_are_kept_that_are_old_enough(uploaded: object, *, kept: bool) -> None:
    age = MinimumAge(usual=timedelta(days=7))

    assert bool(age.enough(NAME, [elsewhere("a-1.zip", upload_time=uploaded)], NOW)) is kept


def test_without_a_minimum_everything_is_old_enough() -> None:
    files = [elsewhere("a-1.zip")]

    assert MinimumAge().enough(NAME, files, NOW) == files


def test_the_first_exception_that_matches_counts() -> None:
    days = {"acme-*": timedelta(days=1), "*": timedelta(days=2)}
    age = MinimumAge(usual=timedelta(days=7), exceptions=days)

    assert age.of(NAME) == timedelta(days=1)
    assert age.of(NormalizedName("other")) == timedelta(days=2)
