"""Requests and answers: the few values that the server's modules pass around, over raw ASGI.

No framework stands between: a page is bytes that are ready before anybody asks, and an answer is
those bytes and a list of headers.
"""

import asyncio
import json
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
)
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

TEXT = (b"content-type", b"text/plain; charset=utf-8")
HTML = (b"content-type", b"text/html; charset=utf-8")
JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")

_NOSNIFF = (b"x-content-type-options", b"nosniff")
"""Tells browsers to take nothing for a script that is not declared as one."""

REASONS: dict[int, str] = {
    400: "bad request",
    401: "sign in: any user name, and a GitHub token as the password",
    403: "forbidden",
    404: "not found",
    405: "this method is not for this address",
    406: "not acceptable",
    413: "too large",
    429: "too many requests",
    500: "internal error",
    503: "not now",
}


PIECE = 256 << 10
"""Bytes of a large body that are sent at once, so that other requests get their turn."""

BODY_SECONDS = 30.0
"""How long a client may take for a short body, such as that of a form."""

LONGEST_HOST = 261
"""Characters of a Host header: 253 of a name (RFC 1035), or an address, and the port."""

_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?")


class TooLargeError(ValueError):
    """A body is larger than whoever reads it takes."""


class GoneError(ConnectionError):
    """The client went away in the middle of its request."""


class BrokenOffError(ConnectionError):
    """What was being passed on to a client ended too early."""


class Request:
    """One request.

    Args:
        scope: As ASGI gives it.
        receive: As ASGI gives it.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.user = ""
        """Who asks, once that is known; for the log."""
        self.kind = "other"
        """What is asked for, once that is known; for the counts."""
        self.new_cookies: Headers = []
        """Headers that set cookies, for the response if it is one of success."""
        self.monitors = False
        """Whether it came in on the port for operators."""
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Give a header, by its lower-case name; empty if there is none."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def path(self) -> str:
        """The path as it was sent, percent-encoded, without the query."""
        raw = self.scope.get("raw_path") or self.scope["path"].encode()
        path: str = raw.decode("latin-1").partition("?")[0]
        # A client may ask for `http://host`, or for `*` (RFC 9112, section 3.2).
        return path if path.startswith("/") else f"/{path}"

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, decoded; double slashes count once."""
        return tuple(unquote(part) for part in self.path.split("/") if part)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query; of a name that is there twice, the first."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return dict(reversed(pairs))

    @property
    def address(self) -> str:
        """The network address of the client."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def port(self) -> int:
        """The port of this server at which it came in; 0 if that is not known."""
        server = self.scope.get("server")
        return int(server[1] or 0) if server else 0

    @property
    def host(self) -> str:
        """The host, and perhaps port, by which the client knows this server; empty for nonsense."""
        host = self.header(b"host")
        return host if len(host) <= LONGEST_HOST and _HOST.fullmatch(host) else ""

    @property
    def secure(self) -> bool:
        """Tell whether it came over TLS, here or at a proxy that is trusted."""
        return bool(self.scope.get("scheme") == "https")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies."""
        pairs = (part.strip().partition("=") for part in self.header(b"cookie").split(";"))
        return {name: value for name, _, value in pairs if name}

    async def stream(self) -> AsyncIterator[bytes]:
        """Read the body, a piece at a time.

        Raises:
            GoneError: The client went away.
        """
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise GoneError("the client went away")
            if piece := message.get("body", b""):
                yield piece
            if not message.get("more_body", False):
                return

    async def body(self, limit: int) -> bytes:
        """Read the whole body.

        Raises:
            TooLargeError: It has more bytes than `limit`.
            GoneError: The client went away.
            DeniedError: It did not arrive in time.
        """
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._body(limit)
        except TimeoutError as error:
            close = [(b"connection", b"close")]
            raise DeniedError(
                text(408, "the body of the request did not arrive in time", headers=close)
            ) from error

    async def _body(self, limit: int) -> bytes:
        content = bytearray()
        async for piece in self.stream():
            content += piece
            if len(content) > limit:
                raise TooLargeError(f"the body has more than {limit} bytes")
        return bytes(content)

    async def hung_up(self) -> bool:
        """Wait until something happens after the request; tell whether the client went away."""
        try:
            async for _ in self.stream():
                pass
        except GoneError:
            return True
        return bool((await self._receive())["type"] == "http.disconnect")


@dataclass(slots=True, kw_only=True)
class Response:
    """One answer.

    Attributes:
        status: The HTTP status.
        headers: With lower-case names; the length is added.
        body: The bytes.
        stream: Yields the bytes instead, where they do not fit into memory; `length` has to be
            said then, if it is known.
        length: Of what `stream` yields, or of what a HEAD request does not get.
        sent: How many bytes of body went out.
    """

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    stream: AsyncGenerator[bytes] | None = None
    length: int | None = None
    sent: int = 0

    async def send(self, send: Send, request: Request) -> None:
        """Send it.

        Raises:
            BrokenOffError: Not all of it was to be had.
        """
        head = request.method == "HEAD"
        headers = [*self.headers, _NOSNIFF]
        length = len(self.body) if self.stream is None and self.length is None else self.length
        if length is not None and self.status not in {204, 304}:
            headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if self.stream is not None and not head:
            await self._pass_on(self.stream, send, request)
            return
        body = b"" if head else self.body
        for begin in range(0, len(body) - PIECE, PIECE):
            piece = body[begin : begin + PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            self.sent += len(piece)
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": body[self.sent :]})
        self.sent = len(body)

    async def _pass_on(self, stream: AsyncGenerator[bytes], send: Send, request: Request) -> None:
        watch = asyncio.create_task(request.hung_up())
        try:
            async with aclosing(stream):
                async for piece in stream:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    # What is sent to nobody is taken without a word.
                    if watch.done() and watch.result():
                        return
                    self.sent += len(piece)
        finally:
            watch.cancel()
        if self.length is not None and self.sent < self.length:
            raise BrokenOffError(f"{self.length - self.sent:,} bytes are missing")
        await send({"type": "http.response.body", "body": b""})


class DeniedError(Exception):
    """Ends a request with an answer that was not asked for.

    Args:
        response: The answer.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def text(
    status: int, message: str = "", *, headers: Iterable[tuple[bytes, bytes]] = ()
) -> Response:
    """Answer with a line of text; never kept by a cache."""
    line = f"{message or REASONS.get(status, '')}\n"
    # Messages quote texts of others, in which there may be what UTF-8 cannot write.
    body = line.encode(errors="replace")
    return Response(status=status, headers=[TEXT, NO_STORE, *headers], body=body)


def as_json(document: Mapping[str, Any], status: int = 200) -> Response:
    """Answer with a JSON document; never kept by a cache."""
    return Response(status=status, headers=[JSON, NO_STORE], body=json.dumps(document).encode())


def redirect(location: str, status: int = 302, *, cache: bytes = b"no-store") -> Response:
    """Send the client to another address; what cannot stand in one is percent-encoded."""
    address = quote(location, safe="/?#[]@:!$&'()*+,;=%~")
    headers = [(b"location", address.encode("ascii")), (b"cache-control", cache)]
    return Response(status=status, headers=headers)


def challenge(message: str = "") -> Response:
    """Ask for a sign-in; pip and PDM react to nothing else."""
    basic = (b"www-authenticate", b'Basic realm="ghpypi", charset="UTF-8"')
    return text(401, message, headers=[basic])


def later(seconds: float, message: str = "", *, status: int = 503) -> Response:
    """Ask to come again; in whole seconds, because Poetry reads nothing else."""
    return text(status, message, headers=[(b"retry-after", str(max(1, int(seconds))).encode())])
