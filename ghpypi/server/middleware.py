"""Small ASGI applications around the server's own, which know nothing of what it serves."""

import logging
import time
from collections.abc import Awaitable, Callable, Collection
from ipaddress import ip_address

from ghpypi.server.connections import HEAD_BYTES
from ghpypi.server.http import LONGEST_HOST, Receive, Scope, Send

_log = logging.getLogger("ghpypi")

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class HeadLimit:
    """Refuses requests whose head is too large, with 431 (RFC 6585).

    Heads that arrive in one piece are parsed before their size is known; larger ones never get
    so far, see `connections`.

    Args:
        application: Answers all other requests.
        limit: Bytes of the request target and all header fields together at most.
    """

    def __init__(self, application: Application, *, limit: int = HEAD_BYTES) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and self._is_too_large(scope):
            await refuse(
                send, 431, f"the head of a request has at most {self._limit:,} bytes", close=True
            )
            return
        await self._application(scope, receive, send)

    def _is_too_large(self, scope: Scope) -> bool:
        size = len(scope["raw_path"]) + len(scope["query_string"])
        for name, value in scope["headers"]:
            size += len(name) + len(value) + 4  # the colon, a space and the end of the line
        return size > self._limit


class HostCheck:
    """Refuses requests for other hosts, with 421 (RFC 9110, section 15.5.20).

    A browser sends the name that it knows a server by. In an attack by DNS rebinding a name of the
    attacker's points to this server for a while, and pages from there read what the server shows
    to everyone who can reach it. Addresses are allowed, because they cannot be rebound.

    Args:
        application: Answers all other requests.
        hosts: The names that are allowed besides `localhost`, without ports, in lower case;
            `*.example.com` stands for all names that end so, `*` for all names.
        enabled: Tells whether there is something to protect; asked for each request.
    """

    def __init__(
        self, application: Application, *, hosts: Collection[str], enabled: Callable[[], bool]
    ) -> None:
        self._application = application
        self._hosts = frozenset(hosts) - {""}
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._enabled = enabled
        self._warn = SeldomLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and self._enabled():
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) > 1:
                await refuse(send, 400, "a request has one Host header", close=True)
                return
            host = hosts[0].decode("latin-1") if hosts else ""
            if host and not self.allows(host):
                shown = host[:LONGEST_HOST]
                self._warn("refused a request for host %r; see --allowed-host", shown)
                message = f"host '{shown}' is not served here; allow it with --allowed-host"
                await refuse(send, 421, message)
                return
        await self._application(scope, receive, send)

    def allows(self, host: str) -> bool:
        """Tell whether a Host header names this server."""
        name = host_name(host)
        if name == "localhost" or name.endswith(".localhost") or is_address(name):
            return True
        return name in self._hosts or name.endswith(self._suffixes) or "*" in self._hosts


def host_name(host: str) -> str:
    """Return the name or address of a Host header, without the port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class SeldomLog:
    """Logs warnings, but only one in so many seconds: clients can cause them as they like."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._silent_until = float("-inf")

    def __call__(self, message: str, *parts: object) -> None:
        """Log a warning, or not."""
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + self._seconds
            _log.warning(message, *parts)


async def refuse(send: Send, status: int, message: str, *, close: bool = False) -> None:
    """Answer with a line of text.

    Args:
        send: As ASGI gives it.
        status: The HTTP status.
        message: What to say, without a line end.
        close: Close the connection afterwards.
    """
    body = f"{message}\n".encode(errors="replace")
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
        *([(b"connection", b"close")] if close else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
