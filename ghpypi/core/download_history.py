"""Downloads of projects per week, from the counts at the beginning of each week.

GitHub has only the number of downloads until now. So the first index run of an ISO week that
updates counts records them in `downloads.json` on the site, exactly as they are listed:

    {"format":1,
    "weeks":["2026-W47","2026-W48"],
    "projects":{
    "acme-lib":[1200,1234],
    "other":[null,7]}}

The downloads of a week are the difference of two records, that of the next week and its own. They
are unknown where one of both is missing: no run was in that week, or the project had no downloads.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from packaging.utils import NormalizedName, is_normalized_name

from ghpypi.core.parsing import parse_json

DOWNLOADS_PATH = "downloads.json"
"""The path of the file below the root of the site."""

MOST_WEEKS = 53
"""Maximum number of records, so that the file stays small: those of a year."""

_FORMAT = 1
_encode = json.JSONEncoder(separators=(",", ":")).encode


class WeekCount(NamedTuple):
    """The downloads of a project in a week.

    Attributes:
        week: The ISO week, such as `2026-W47`.
        downloads: The number of downloads.
    """

    week: str
    downloads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadHistory:
    """The download counts of all projects at the beginning of each week.

    Attributes:
        weeks: The weeks with a record, oldest first.
        counts: All downloads until then, by project, in the order of the weeks; `None` if unknown.
    """

    weeks: tuple[str, ...] = ()
    counts: Mapping[NormalizedName, tuple[int | None, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: bytes) -> "DownloadHistory":
        """Parse the file.

        Raises:
            ValueError: It is damaged, or has another format.
        """
        try:
            data = parse_json(text)
            if data["format"] != _FORMAT:
                raise ValueError(f"its format {data['format']} is unknown")
            weeks = tuple(map(_checked_week, data["weeks"]))
            if list(weeks) != sorted({*weeks}):
                raise ValueError("its weeks are not in order")
            counts = {
                _checked_name(name): _checked_counts(found, len(weeks))
                for name, found in data["projects"].items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"it has no valid {error}") from error
        return cls(weeks=weeks, counts=counts)

    def dump(self) -> bytes:
        """Serialize the history, each project on its own line; equal ones give equal bytes."""
        projects = ",\n".join(
            f"{_encode(name)}:{_encode(self.counts[name])}" for name in sorted(self.counts)
        )
        weeks = _encode(self.weeks)
        return f'{{"format":{_FORMAT},\n"weeks":{weeks},\n"projects":{{\n{projects}}}}}\n'.encode()

    def with_counts(self, today: date, counts: Mapping[NormalizedName, int]) -> "DownloadHistory":
        """Record the counts of today, unless those of its week, or of a later one, are recorded.

        Projects without downloads in all records are left out.

        Args:
            today: The date.
            counts: All downloads of each project until now.
        """
        week = week_of(today)
        if self.weeks and week <= self.weeks[-1]:
            return self
        unknown = (None,) * len(self.weeks)
        names = {*self.counts, *(name for name, count in counts.items() if count)}
        recorded = {
            name: (*self.counts.get(name, unknown), counts.get(name))[-MOST_WEEKS:]
            for name in names
        }
        return DownloadHistory(
            weeks=(*self.weeks, week)[-MOST_WEEKS:],
            counts={name: found for name, found in recorded.items() if any(found)},
        )

    def per_week(self, name: NormalizedName) -> list[WeekCount]:
        """Return the known downloads of a project per week, oldest first."""
        counts = self.counts.get(name, ())
        return [
            # A replaced file counts from zero, so that the sum of a project may fall.
            WeekCount(week, max(after - before, 0))
            for place, week in self._full_weeks()
            if len(counts) > place + 1
            and (before := counts[place]) is not None
            and (after := counts[place + 1]) is not None
        ]

    @property
    def last_week(self) -> str | None:
        """The last full week; `None` if no downloads per week are known."""
        return max((week for _, week in self._full_weeks()), default=None)

    def in_last_week(self, name: NormalizedName) -> int | None:
        """Return the downloads of a project in the last full week; `None` if unknown."""
        found = self.per_week(name)
        return found[-1].downloads if found and found[-1].week == self.last_week else None

    def _full_weeks(self) -> Iterator[tuple[int, str]]:
        """Yield the weeks with a record at their beginning and at their end, and their places."""
        for place, week in enumerate(self.weeks[:-1]):
            if self.weeks[place + 1] == week_of(_monday(week) + timedelta(weeks=1)):
                yield place, week


def week_of(day: date) -> str:
    """Return the ISO week of a date, such as `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def _monday(week: str) -> date:
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _checked_week(value: Any) -> str:
    if not isinstance(value, str) or week_of(_monday(value)) != value:
        raise ValueError("it has an invalid week")
    return value


def _checked_name(value: str) -> NormalizedName:
    if not is_normalized_name(value):
        raise ValueError("it has an invalid name of a project")
    return NormalizedName(value)


def _checked_counts(values: Sequence[Any], length: int) -> tuple[int | None, ...]:
    if len(values) != length or not all(x is None or (type(x) is int and x >= 0) for x in values):
        raise ValueError("it has invalid counts")
    return tuple(values)
