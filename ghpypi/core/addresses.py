r"""Validation of URLs and paths from untrusted sources, and the origin of a URL.

Catalogs, listings and pages of other indexes are untrusted. Their values become links on pages,
requests with a caller's token, and paths of files, so they are validated when they are parsed.

Python's `urlsplit` parses `https://evil.example\@host/` as a URL of `host`, and drops tabs and
newlines; browsers and urllib3 connect to `evil.example`. Tokens depend on the host, so unusual URLs
have no origin.
"""

import re

from ghpypi.core.parsing import split_url

_ODD = r"\x00-\x20\x7f-\x9f\u2028\u2029"
_ADDRESS = re.compile(rf"https?://[^/?#@\\{_ODD}]+(?:[/?#][^\\{_ODD}]*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOTS = frozenset({"", ".", ".."})
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")
"""`OWNER/REPO`, with the characters that GitHub allows."""

_STRICT_URL = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9._~%+-]*@)?"
    r"(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
"""Scheme, a user name, host, port and the rest in printable ASCII without a backslash.
International host names must be in their ASCII form (`xn--`), which has no look-alikes."""

_PORTS = {"https": 443, "http": 80}
_HIGHEST_PORT = 65535


def is_web_address(text: str) -> bool:
    """Return whether a text is an absolute http(s) URL without user name and control characters.

    A backslash is rejected too, because browsers treat it as a slash.
    """
    return bool(_ADDRESS.fullmatch(text))


def is_on_server(url: str, server: str) -> bool:
    """Return whether a URL has the origin of a server: scheme, host and port (RFC 6454)."""
    ours, theirs = split_url(server), split_url(url)
    return (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())


def origin_of(address: str) -> str:
    """Return scheme, host and port of a URL: `https://packages.example.com:8443`.

    The host is in lower case, without a trailing dot; the default port of the scheme is omitted.

    Returns:
        The origin; empty for anything but a simple http(s) URL, such as one with a password.
    """
    found = _STRICT_URL.fullmatch(address)
    if found is None:
        return ""
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port <= _HIGHEST_PORT:
        return ""
    host = found["host"].lower().removesuffix(".")
    return f"{scheme}://{host}" + (f":{port}" if port != _PORTS[scheme] else "")


def is_plain_path(text: str) -> bool:
    """Return whether a text is a relative path that stays below its folder.

    Dot segments and empty segments are rejected: clients remove them from a URL (RFC 3986,
    section 5.2.4), and file systems resolve them.
    """
    if "\\" in text or _CONTROL.search(text):
        return False
    return _DOTS.isdisjoint(text.split("/"))
