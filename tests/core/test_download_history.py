"""Downloads per week."""

from datetime import date, timedelta

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.download_history import MOST_WEEKS, DownloadHistory, WeekCount, week_of

ACME, OTHER = NormalizedName("acme"), NormalizedName("other")
MONDAY = date(2026, 11, 16)
WEEK = timedelta(weeks=1)


def history_of(*counts: int | None, name: NormalizedName = ACME) -> DownloadHistory:
    """Return the history of weekly runs; `None` is a week without a run."""
    history = DownloadHistory()
    for place, count in enumerate(counts):
        if count is not None:
            history = history.with_counts(MONDAY + place * WEEK, {name: count})
    return history


def test_the_downloads_of_a_week_are_the_difference_of_two_records() -> None:
    history = history_of(100, 140, 141)

    assert history.per_week(ACME) == [WeekCount("2026-W47", 40), WeekCount("2026-W48", 1)]
    assert (history.last_week, history.in_last_week(ACME)) == ("2026-W48", 1)


def test_one_record_says_nothing_of_a_week() -> None:
    assert history_of(100).per_week(ACME) == []
    assert history_of(100).last_week is None
    assert history_of(100).in_last_week(ACME) is None


def test_the_first_counts_of_a_week_are_kept() -> None:
    monday = history_of(100)

    assert monday.with_counts(MONDAY + timedelta(days=6), {ACME: 999}) == monday
    assert monday.with_counts(MONDAY - WEEK, {ACME: 50}) == monday


def test_a_count_that_falls_makes_no_negative_week() -> None:
    assert history_of(100, 20, 25).per_week(ACME) == [
        WeekCount("2026-W47", 0),
        WeekCount("2026-W48", 5),
    ]


def test_a_week_without_a_run_is_unknown_and_so_is_the_one_before() -> None:
    history = history_of(1, 2, None, 30, 34)

    assert history.per_week(ACME) == [WeekCount("2026-W47", 1), WeekCount("2026-W50", 4)]


def test_what_was_downloaded_before_a_project_was_recorded_is_in_no_week() -> None:
    history = history_of(5, 5).with_counts(MONDAY + 2 * WEEK, {ACME: 6, OTHER: 9000})

    assert history.per_week(OTHER) == []
    assert history.in_last_week(OTHER) is None
    assert history.with_counts(MONDAY + 3 * WEEK, {OTHER: 9001}).per_week(OTHER) == [
        WeekCount("2026-W49", 1)
    ]


def test_only_projects_with_downloads_are_recorded() -> None:
    assert history_of(0).counts == {}
    assert history_of(3, 0).counts == {ACME: (3, 0)}


def test_a_year_is_kept() -> None:
    history = history_of(1, *[0] * MOST_WEEKS)

    assert len(history.weeks) == MOST_WEEKS
    assert history.weeks[-1] == week_of(MONDAY + MOST_WEEKS * WEEK)
    assert history.counts == {}


def test_weeks_of_two_years_follow_each_other() -> None:
    last = date(2026, 12, 28)
    history = DownloadHistory().with_counts(last, {ACME: 1}).with_counts(last + WEEK, {ACME: 3})

    assert history.weeks == ("2026-W53", "2027-W01")
    assert history.per_week(ACME) == [WeekCount("2026-W53", 2)]


def test_the_file_is_read_as_it_was_written() -> None:
    history = history_of(1, 2).with_counts(MONDAY + 2 * WEEK, {OTHER: 7})
    text = history.dump()

    assert DownloadHistory.parse(text) == history
    assert DownloadHistory.parse(DownloadHistory().dump()) == DownloadHistory()
    assert text.decode() == (
        '{"format":1,\n"weeks":["2026-W47","2026-W48","2026-W49"],\n"projects":{\n'
        '"acme":[1,2,null],\n"other":[null,null,7]}}\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'{"format":2}',
        b'{"format":1,"weeks":["2026-W47"]}',
        b'{"format":1,"weeks":[47],"projects":{}}',
        b'{"format":1,"weeks":["2026-W54"],"projects":{}}',
        b'{"format":1,"weeks":["2026-W7"],"projects":{}}',
        b'{"format":1,"weeks":["x-Wy"],"projects":{}}',
        b'{"format":1,"weeks":["99999-W01"],"projects":{}}',
        b'{"format":1,"weeks":["2026-W48","2026-W47"],"projects":{}}',
        b'{"format":1,"weeks":["2026-W47"],"projects":[]}',
        b'{"format":1,"weeks":["2026-W47"],"projects":{"Acme":[1]}}',
        b'{"format":1,"weeks":["2026-W47"],"projects":{"acme":[]}}',
        b'{"format":1,"weeks":["2026-W47"],"projects":{"acme":[-1]}}',
        b'{"format":1,"weeks":["2026-W47"],"projects":{"acme":[true]}}',
        b'{"format":1,"weeks":["2026-W47"],"projects":{"acme":7}}',
    ],
)
def test_a_damaged_file_is_an_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        DownloadHistory.parse(text)
