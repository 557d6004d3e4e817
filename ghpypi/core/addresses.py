"""Which texts may become an address or a path.

Catalogs, listings and pages of other indexes are written by others. What they say becomes links on
our pages, requests with a caller's token, and paths of files, so it is checked where it is read.
"""

import re

from ghpypi.core.parsing import split_url

_ODD = r"\x00-\x20\x7f-\x9f\u2028\u2029"
_ADDRESS = re.compile(rf"https?://[^/?#@\\{_ODD}]+(?:[/?#][^\\{_ODD}]*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOTS = frozenset({"", ".", ".."})
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
"""`OWNER/REPO`, as GitHub allows owners and repositories to be named."""


def is_web_address(text: str) -> bool:
    """Check that a text is an absolute http(s) URL: no user name, no space, no control character.

    A backslash is refused too, because browsers read it as a slash.
    """
    return bool(_ADDRESS.fullmatch(text))


def is_on_server(url: str, server: str) -> bool:
    """Check that an address has the origin of a server: scheme, host and port (RFC 6454)."""
    ours, theirs = split_url(server), split_url(url)
    return (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())


def is_plain_path(text: str) -> bool:
    """Check that a text names something below a folder, whatever joins the two.

    Dot segments and empty ones are refused: clients remove them from an address (RFC 3986,
    section 5.2.4), and a file system follows them.
    """
    if "\\" in text or _CONTROL.search(text):
        return False
    return _DOTS.isdisjoint(text.split("/"))
