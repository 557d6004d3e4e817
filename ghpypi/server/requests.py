"""What the server reads from a request besides what Starlette offers.

`request.state` holds, for every handler:

    segments     parts of the path below the store, decoded; empty ones are left out
    monitoring   whether the request came in on the port for operators
    store        the store that the path names, or the one at the root
    user         user name for the access log, set once it is known
    new_cookies  headers that renew cookies, for the response if it is one of success
"""

import asyncio
import re
from contextlib import aclosing
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

BODY_SECONDS = 30.0
"""How long a client may take for a short body, such as that of a form."""

LONGEST_HOST = 261
"""Characters of a Host header: 253 of a name (RFC 1035), or an address, and the port."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")


def raw_path(scope: Scope) -> str:
    """Return the path as it was sent, percent-encoded, without the query."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path: str = raw.decode("latin-1").partition("?")[0]
    # A client may ask for `http://host`, or for `*` (RFC 9112, section 3.2).
    return path if path.startswith("/") else f"/{path}"


def path_segments(scope: Scope) -> tuple[str, ...]:
    """Return the parts of the path, decoded; double slashes count once."""
    return tuple(unquote(part) for part in raw_path(scope).split("/") if part)


def has_trailing_slash(request: Request) -> bool:
    """Tell whether the path was sent with a slash at its end."""
    return raw_path(request.scope).endswith("/")


def client_address(request: Request) -> str:
    """Return the network address of the client; empty if it is not known."""
    return request.client.host if request.client else ""


def server_port(scope: Scope) -> int:
    """Return the port of this server at which a request came in; 0 if that is not known."""
    server = scope.get("server")
    return int(server[1] or 0) if server else 0


def host_of(request: Request) -> str:
    """Return the host, and perhaps port, by which the client knows this server.

    Returns:
        The host; empty if the header is no host.
    """
    host = request.headers.get("host", "")
    return host if len(host) <= LONGEST_HOST and _HOST.fullmatch(host) else ""


def is_secure(request: Request) -> bool:
    """Tell whether a request came over TLS, here or at a proxy that is trusted."""
    return bool(request.scope.get("scheme") == "https")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a short body.

    Raises:
        HTTPException: The body has more than `limit` bytes, or did not arrive in time.
        ClientDisconnect: The client went away.
    """
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS), aclosing(request.stream()) as stream:
            async for chunk in stream:
                content += chunk
                if len(content) > limit:
                    raise HTTPException(413, f"the body has more than {limit} bytes")
    except TimeoutError as error:
        message = "the body of the request did not arrive in time"
        raise HTTPException(408, message, {"connection": "close"}) from error
    return bytes(content)
