"""Sanitizing text from metadata for pages.

Templates escape markup. This module removes what escaping does not handle: control characters,
which XML forbids, and characters that change the text direction, with which `gnp.exe` is displayed
as `exe.png`.
"""

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tab and line ends
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what no encoding or no XML has a place for
    "]"
)


def sanitize(text: str) -> str:
    """Remove characters that are harmful or invalid in pages and feeds, even if escaped."""
    return _HARMFUL.sub("", text)


def line(text: str, limit: int = 512) -> str:
    """Return a text as a single sanitized line, truncated to a limit."""
    found = " ".join(_HARMFUL.sub("", text[: 4 * limit]).split())
    return found if len(found) <= limit else found[: limit - 1].rstrip() + "…"
