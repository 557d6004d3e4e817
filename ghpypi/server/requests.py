"""Accessors for requests, in addition to Starlette's.

`request.state` holds, for every handler:

    segments     decoded segments of the path below the store, without empty ones
    monitoring   whether the request arrived on the port for operators
    store        the store that the path names, or the one at the root
    user         user name for the access log, set once it is known
    new_cookies  headers that renew cookies, added to a successful response
"""

import asyncio
import re
from contextlib import aclosing
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from ghpypi.core.quantities import count_of

BODY_SECONDS = 30.0
"""Timeout for a short body, such as that of a form."""

LONGEST_HOST = 261
"""Maximum length of a Host header: 253 characters of a name (RFC 1035), and the port."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")


def raw_path(scope: Scope) -> str:
    """Return the percent-encoded path as sent by the client, without the query."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path: str = raw.decode("latin-1").partition("?")[0]
    # The request target may also be `http://host`, or `*` (RFC 9112, section 3.2).
    return path if path.startswith("/") else f"/{path}"


def path_segments(scope: Scope) -> tuple[str, ...]:
    """Return the decoded segments of the path; repeated slashes count once."""
    return tuple(unquote(part) for part in raw_path(scope).split("/") if part)


def has_trailing_slash(request: Request) -> bool:
    """Return whether the path ends in a slash."""
    return raw_path(request.scope).endswith("/")


def is_browser(request: Request) -> bool:
    """Return whether a request is that of a browser for a page."""
    accept, agent = (request.headers.get(name, "") for name in ("accept", "user-agent"))
    return "text/html" in accept and agent.startswith("Mozilla/")


def client_address(request: Request) -> str:
    """Return the network address of the client; empty if unknown."""
    return request.client.host if request.client else ""


def server_port(scope: Scope) -> int:
    """Return the port on which a request arrived; 0 if unknown."""
    server = scope.get("server")
    return int(server[1] or 0) if server else 0


def host_of(request: Request) -> str:
    """Return the value of the Host header: a name or address, and an optional port.

    Returns:
        The host; empty if the header is missing or malformed.
    """
    host = request.headers.get("host", "")
    return host if len(host) <= LONGEST_HOST and _HOST.fullmatch(host) else ""


def is_secure(request: Request) -> bool:
    """Return whether a request came over TLS, to this server or to a trusted proxy."""
    return bool(request.scope.get("scheme") == "https")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a short body.

    Raises:
        HTTPException: 413 for more than `limit` bytes, 408 after `BODY_SECONDS`.
        ClientDisconnect: The client closed the connection.
    """
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS), aclosing(request.stream()) as stream:
            async for chunk in stream:
                content += chunk
                if len(content) > limit:
                    raise HTTPException(
                        413, f"request body too large; the limit is {count_of(limit, 'byte')}"
                    )
    except TimeoutError as error:
        message = "timeout while waiting for the request body"
        raise HTTPException(408, message, {"connection": "close"}) from error
    return bytes(content)
