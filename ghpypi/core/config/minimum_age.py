"""The minimum age of upstream files, as protection against newly uploaded malicious files."""

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
"""The maximum age; dates cannot be arbitrarily far in the past."""


class InvalidAgeError(ValueError):
    """The text is not an age."""


def parse_age(text: str) -> timedelta:
    """Parse an age, such as `7d`, `36h` or `0`.

    Raises:
        InvalidAgeError: The text is not an age.
    """
    if text.strip() == "0":
        return timedelta()
    match = _AGE.fullmatch(text.strip().lower())
    if not match:
        raise InvalidAgeError(f"'{text}' is not an age such as 7d, 36h or 0")
    age = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if age > OLDEST:
        raise InvalidAgeError(f"'{text}' is more than {OLDEST.days // 365} years")
    return age


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumAge:
    """The minimum age of files.

    Attributes:
        usual: The default.
        exceptions: Exceptions by pattern of project names; the first match counts.
    """

    usual: timedelta = timedelta()
    exceptions: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, name: NormalizedName) -> timedelta:
        """Return the minimum age of files of a project."""
        for glob, age in self.exceptions.items():
            if name_matches(glob, name):
                return age
        return self.usual

    def enough(
        self, name: NormalizedName, files: Iterable[UpstreamFile], now: datetime
    ) -> list[UpstreamFile]:
        """Return the files that are old enough; those without an upload time are excluded."""
        age = self.of(name)
        if not age:
            return list(files)
        latest = now - age
        return [file for file in files if _is_before(file.get("upload-time"), latest)]


def _is_before(uploaded_text: object, moment: datetime) -> bool:
    if not isinstance(uploaded_text, str):
        return False
    try:
        uploaded = datetime.fromisoformat(uploaded_text)
    except ValueError:
        return False
    return (uploaded if uploaded.tzinfo else uploaded.replace(tzinfo=UTC)) <= moment
