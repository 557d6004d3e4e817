r"""The origin of an address, read so strictly that no two programs can understand it differently.

Python's `urlsplit` takes `https://evil.example\@host/` for an address of `host`, and drops tabs
and line ends; browsers and urllib3 connect to `evil.example`. A token depends on the host here, so
whatever is not plainly an address has no origin.
"""

import re

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:[A-Za-z0-9._~%+-]*@)?"
    r"(?P<host>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
"""Scheme, a user name, host, port and the rest in printable ASCII without a backslash. Hosts of
other alphabets are compared in their ASCII form (`xn--`), which is the only one that has no
look-alikes."""

_PORTS = {"https": 443, "http": 80}
_HIGHEST_PORT = 65535


def origin_of(address: str) -> str:
    """Give scheme, host and port of a web address: `https://packages.example.com:8443`.

    The host is in lower case and without the dot of a full domain name at its end; the usual
    port of the scheme is left out.

    Returns:
        The origin; empty for what is not plainly a web address, such as one with a password.
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
