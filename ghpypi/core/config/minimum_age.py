"""How old a file has to be: what was uploaded a moment ago was looked at by nobody."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from packaging.utils import NormalizedName

from ghpypi.core.config.rules import name_matches
from ghpypi.core.model import UpstreamFile

_AGE = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


OLDEST = timedelta(days=100 * 365)
"""The longest age: the times from which it is subtracted do not go back for ever."""


class InvalidAgeError(ValueError):
    """The text is no age."""


def parse_age(text: str) -> timedelta:
    """Read an age, such as `7d`, `36h` or `0`.

    Raises:
        InvalidAgeError: It is none.
    """
    if text.strip() == "0":
        return timedelta()
    match = _AGE.fullmatch(text.strip().lower())
    if not match:
        raise InvalidAgeError(f"'{text}' is no age such as 7d, 36h or 0")
    age = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if age > OLDEST:
        raise InvalidAgeError(f"'{text}' is more than {OLDEST.days // 365} years")
    return age


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumAge:
    """How old files have to be.

    Attributes:
        usual: Of all projects.
        exceptions: Of projects, by patterns of names; the first that matches counts.
    """

    usual: timedelta = timedelta()
    exceptions: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, name: NormalizedName) -> timedelta:
        """Say how old files of a project have to be."""
        for glob, age in self.exceptions.items():
            if name_matches(glob, name):
                return age
        return self.usual

    def enough(
        self, name: NormalizedName, files: Iterable[UpstreamFile], now: datetime
    ) -> list[UpstreamFile]:
        """Leave out what is too new, and what does not say how old it is."""
        age = self.of(name)
        if not age:
            return list(files)
        latest = now - age
        return [file for file in files if _is_before(file.get("upload-time"), latest)]


def _is_before(told: object, moment: datetime) -> bool:
    if not isinstance(told, str):
        return False
    try:
        uploaded = datetime.fromisoformat(told)
    except ValueError:
        return False
    return (uploaded if uploaded.tzinfo else uploaded.replace(tzinfo=UTC)) <= moment
