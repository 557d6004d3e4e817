"""Formatting of sizes, durations and counts.

No library fits: `humanize` has no plurals and no short durations, and formats `12 Bytes`. Only
`human_size` could use it, which does not justify a dependency.
"""

import re
from collections.abc import Sequence

NEAR_LIMIT = 0.8
"""The part of a limit on sizes at which a warning is given."""

KILO = 1000
MINUTE = 60
HOUR = 3600

_DURATION = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": MINUTE, "h": HOUR, "d": 24 * HOUR, "w": 7 * 24 * HOUR}


def human_size(size: float) -> str:
    """Format a number of bytes in decimal units, such as `31.5 MB`, as pip and PyPI do.

    Args:
        size: The number of bytes.
    """
    if round(size) < KILO:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= KILO
        if round(size, 1) < KILO:  # 999,950 bytes are 1.0 MB, not 1000.0 kB
            return f"{size:.1f} {unit}"
    return f"{size / KILO:.1f} TB"


def mebibytes(size: int) -> str:
    """Format a limit that is a whole number of mebibytes, such as `16 MiB`.

    Args:
        size: The limit, in bytes.
    """
    return f"{size >> 20:,} MiB"


def duration(seconds: float) -> str:
    """Format a number of seconds; from two minutes in minutes, and from two hours in hours."""
    whole = round(seconds)
    if whole < 2 * MINUTE:
        return f"{whole} s"
    if whole < 2 * HOUR:
        return _pair(whole, MINUTE, "min", "s")
    return _pair(round(whole / MINUTE), MINUTE, "h", "min")


def parse_duration(text: str) -> float:
    """Parse a duration such as `50m`, `2h`, `7d` or `90`, which is in seconds; return seconds.

    Raises:
        ValueError: The text is not a duration.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(f"'{text}' is not a duration such as 90s, 50m, 2h or 7d")
    return float(match[1]) * _UNITS[match[2]]


def _pair(number: int, size: int, large: str, small: str) -> str:
    first, rest = divmod(number, size)
    return f"{first} {large} {rest} {small}" if rest else f"{first} {large}"


def number(count: float) -> str:
    """Format a whole number with its thousands apart, such as `1,234,567`."""
    return f"{count:,.0f}"


def count_of(count: float, noun: str, plural: str = "") -> str:
    """Format a whole number with its noun, such as `1 file` and `2,000 files`.

    Args:
        count: The number.
        noun: The noun in the singular.
        plural: The noun in the plural, if that is not the singular with an `s`.
    """
    return f"{number(count)} {noun_for(count, noun, plural)}"


def noun_for(count: float, noun: str, plural: str = "") -> str:
    """Return a noun in the singular or plural, for a sentence without the number.

    Args:
        count: The number.
        noun: The noun in the singular.
        plural: The noun in the plural, if that is not the singular with an `s`.
    """
    return noun if count == 1 else plural or f"{noun}s"


def first_of(names: Sequence[str], most: int) -> str:
    """Format a list of names, with the number of further ones: `a, b and 3 more`.

    Args:
        names: The names, in the order in which they are listed.
        most: The maximum number of listed names.
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {number(more)} more" if more > 0 else "")
