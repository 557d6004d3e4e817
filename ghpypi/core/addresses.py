"""Validation of URLs and paths from untrusted sources.

Catalogs, listings and pages of other indexes are untrusted. Their values become links on pages,
requests with a caller's token, and paths of files, so they are validated when they are parsed.
"""

import re

from ghpypi.core.parsing import split_url

_ODD = r"\x00-\x20\x7f-\x9f\u2028\u2029"
_ADDRESS = re.compile(rf"https?://[^/?#@\\{_ODD}]+(?:[/?#][^\\{_ODD}]*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOTS = frozenset({"", ".", ".."})
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
"""`OWNER/REPO`, with the characters that GitHub allows."""


def is_web_address(text: str) -> bool:
    """Return whether a text is an absolute http(s) URL without user name and control characters.

    A backslash is rejected too, because browsers treat it as a slash.
    """
    return bool(_ADDRESS.fullmatch(text))


def is_on_server(url: str, server: str) -> bool:
    """Return whether a URL has the origin of a server: scheme, host and port (RFC 6454)."""
    ours, theirs = split_url(server), split_url(url)
    return (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())


def is_plain_path(text: str) -> bool:
    """Return whether a text is a relative path that stays below its folder.

    Dot segments and empty segments are rejected: clients remove them from a URL (RFC 3986,
    section 5.2.4), and file systems resolve them.
    """
    if "\\" in text or _CONTROL.search(text):
        return False
    return _DOTS.isdisjoint(text.split("/"))
