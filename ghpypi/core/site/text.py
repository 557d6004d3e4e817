"""Text from metadata, made harmless for a page, and numbers in the words of people.

Markup is escaped by the templates. What escaping does not touch is taken out here: control
characters, which XML forbids, and marks that turn the direction of all that follows them, so that
`gnp.exe` can be read as `exe.png`.
"""

import re
from functools import lru_cache

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tab and line ends
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what no encoding or no XML has a place for
    "]"
)
_UNITS = ("kB", "MB", "GB", "TB")


def harmless(text: str) -> str:
    """Take out what would harm a page or a feed even when escaped."""
    return _HARMFUL.sub("", text)


def line(text: str, limit: int = 512) -> str:
    """Make one harmless line of a text, no longer than a limit."""
    found = " ".join(_HARMFUL.sub("", text[: 4 * limit]).split())
    return found if len(found) <= limit else found[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=4096)
def size(count: int) -> str:
    """Write a number of bytes as people do, such as `1.2 MB`."""
    if count < 1000:  # noqa: PLR2004 - as written by people
        return f"{count} B"
    amount, unit = count / 1000, 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - what rounds to 1000
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if amount < 9.95 else f"{amount:.0f} {_UNITS[unit]}"  # noqa: PLR2004


def number(count: int) -> str:
    """Write a count with its thousands apart."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, such as `1 file` and `2 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
