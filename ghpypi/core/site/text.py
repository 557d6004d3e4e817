"""Text from metadata, made harmless for a page.

Markup is escaped by the templates. What escaping does not touch is taken out here: control
characters, which XML forbids, and marks that turn the direction of all that follows them, so that
`gnp.exe` can be read as `exe.png`.
"""

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tab and line ends
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # what no encoding or no XML has a place for
    "]"
)


def harmless(text: str) -> str:
    """Take out what would harm a page or a feed even when escaped."""
    return _HARMFUL.sub("", text)


def line(text: str, limit: int = 512) -> str:
    """Make one harmless line of a text, no longer than a limit."""
    found = " ".join(_HARMFUL.sub("", text[: 4 * limit]).split())
    return found if len(found) <= limit else found[: limit - 1].rstrip() + "…"
