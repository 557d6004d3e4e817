"""ASGI middleware that is independent of stores: limits, access log, headers, host check."""

import logging
import time
from collections.abc import Callable, Collection
from ipaddress import ip_address

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ghpypi.core.plain_text import masked
from ghpypi.core.quantities import count_of
from ghpypi.server.access_log import LONGEST_TEXT, AccessLog, RequestRecord
from ghpypi.server.metrics import Metrics
from ghpypi.server.network.connections import HEAD_BYTES
from ghpypi.server.requests import LONGEST_HOST, raw_path
from ghpypi.server.responses import IncompleteBodyError, text

_NOSNIFF = (b"x-content-type-options", b"nosniff")
"""Forbids browsers to guess media types, such as to run a text file as a script."""

_CLOSE = {"connection": "close"}

_TEXT = (b"content-type", b"text/plain; charset=utf-8")

_log = logging.getLogger("ghpypi")


class HeadLimit:
    """Rejects requests whose head is too large, with 431 (RFC 6585).

    A head that arrives in one piece is parsed before its size is known, so it is checked here.
    Larger ones are rejected while they arrive, see `network.connections`.

    Args:
        application: The wrapped application.
        limit: Maximum size of the request target and all header fields together, in bytes.
    """

    def __init__(self, application: ASGIApp, *, limit: int = HEAD_BYTES) -> None:
        self._application = application
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] == "http" and self._is_too_large(scope):
            message = f"request headers too large; the limit is {count_of(self._limit, 'byte')}"
            await text(431, message, _CLOSE)(scope, receive, send)
            return
        await self._application(scope, receive, send)

    def _is_too_large(self, scope: Scope) -> bool:
        size = len(scope["raw_path"]) + len(scope["query_string"])
        for name, value in scope["headers"]:
            size += len(name) + len(value) + 4  # the colon, a space and the end of the line
        return size > self._limit


class RequestLog:
    """Counts and logs each request, and sends 500 if the application fails.

    Args:
        app: The wrapped application.
        metrics: Receives a record of each request.
        log: Receives a record of each request.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log: AccessLog) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        scope.setdefault("state", {}).update(user="", new_cookies=[])
        record = RequestRecord(scope=scope)
        counting = _counting(record, send)
        try:
            await self._app(scope, receive, counting)
        except ClientDisconnect:
            if not record.status:
                return
        except (
            IncompleteBodyError
        ) as error:  # the server closes the connection, so the client notices
            _log.warning(
                "%s %s: incomplete response: %s", scope["method"], _logged_path(scope), error
            )
        except Exception:  # noqa: BLE001 - of one request, and the server goes on
            method = scope["method"][:LONGEST_TEXT]
            _log.exception("%s %s failed", method, _logged_path(scope))
            if not record.status:
                await text(500, "internal error")(scope, receive, counting)
        record.seconds = time.perf_counter() - begun
        self._metrics.count(record)
        self._log.write(record)


def _counting(record: RequestRecord, send: Send) -> Send:
    """Record status and size of a response; remove the body of a response to HEAD."""
    head, is_text = record.scope["method"] == "HEAD", False

    async def counted(message: Message) -> None:
        nonlocal is_text
        if message["type"] == "http.response.start":
            record.status = message["status"]
            is_text = record.status >= 400 and _TEXT in message["headers"]  # noqa: PLR2004
        else:
            body = message.get("body", b"")
            if head:
                message = {**message, "body": b""}
            else:
                record.sent += message.get("count", len(body))
            if is_text:
                record.error = bytes(body).decode(errors="replace").strip()
        await send(message)

    return counted


def _logged_path(scope: Scope) -> str:
    """Return a path for the log: truncated and with tokens masked."""
    return masked(raw_path(scope)[: 2 * LONGEST_TEXT], hex_tokens=True)[:LONGEST_TEXT]


class ResponseHeaders:
    """Adds common headers to all responses, and renewed session cookies to successful ones.

    Args:
        app: The wrapped application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookies = scope["state"]["new_cookies"] if message["status"] < 400 else ()  # noqa: PLR2004
                headers = [*message["headers"], _NOSNIFF, *cookies]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_headers)


class HostCheck:
    """Rejects requests for other hosts, with 421 (RFC 9110, section 15.5.20).

    This prevents DNS rebinding: the attacker's host name resolves to this server for a while, so
    that the attacker's pages can read what the server shows without authentication. The browser
    sends that name as the host. IP addresses are allowed, because they cannot be rebound.

    Args:
        application: The wrapped application.
        hosts: Allowed names besides `localhost`, in lower case, without ports; `*.example.com`
            matches all subdomains, `*` all names.
        enabled: Returns whether the check is needed; called for each request.
    """

    def __init__(
        self, application: ASGIApp, *, hosts: Collection[str], enabled: Callable[[], bool]
    ) -> None:
        self._application = application
        self._hosts = frozenset(hosts) - {""}
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))
        self._enabled = enabled
        self._warn = RateLimitedLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] == "http" and self._enabled():
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) > 1:
                response = text(400, "a request must have exactly one Host header", _CLOSE)
                await response(scope, receive, send)
                return
            host = hosts[0].decode("latin-1") if hosts else ""
            if host and not self.allows(host):
                shown = host[:LONGEST_HOST]
                self._warn(
                    "rejected a request for host %r; see --allowed-host",
                    shown,
                )
                message = f"unknown host '{shown}'; the operator can allow it with --allowed-host"
                await text(421, message)(scope, receive, send)
                return
        await self._application(scope, receive, send)

    def allows(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        name = host_name(host)
        if name == "localhost" or name.endswith(".localhost") or is_address(name):
            return True
        return name in self._hosts or name.endswith(self._suffixes) or "*" in self._hosts


def host_name(host: str) -> str:
    """Return the host name or IP address of a Host header, without the port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


def is_address(host: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class RateLimitedLog:
    """Logs at most one warning per interval, because clients can cause any number of them."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._silent_until = float("-inf")

    def __call__(self, message: str, *parts: object) -> None:
        """Log a warning, unless there was one within the interval."""
        now = time.monotonic()
        if now >= self._silent_until:
            self._silent_until = now + self._seconds
            _log.warning(message, *parts)
