r"""The origin of a URL, parsed so strictly that all programs agree about it.

Python's `urlsplit` parses `https://evil.example\@host/` as a URL of `host`, and drops tabs and
newlines; browsers and urllib3 connect to `evil.example`. Tokens depend on the host, so unusual URLs
have no origin.
"""

import re

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9._~%+-]*@)?"
    r"(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
"""Scheme, a user name, host, port and the rest in printable ASCII without a backslash.
International host names must be in their ASCII form (`xn--`), which has no look-alikes."""

_PORTS = {"https": 443, "http": 80}
_HIGHEST_PORT = 65535


def origin_of(address: str) -> str:
    """Return scheme, host and port of a URL: `https://packages.example.com:8443`.

    The host is in lower case, without a trailing dot; the default port of the scheme is omitted.

    Returns:
        The origin; empty for anything but a simple http(s) URL, such as one with a password.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return ""
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port <= _HIGHEST_PORT:
        return ""
    host = found["host"].lower().removesuffix(".")
    return f"{scheme}://{host}" + (f":{port}" if port != _PORTS[scheme] else "")
