"""Small ASGI applications around the server's own, which know nothing of what it serves."""

from collections.abc import Awaitable, Callable

from ghpypi.server.connections import HEAD_BYTES
from ghpypi.server.http import Receive, Scope, Send

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


async def refuse(send: Send, status: int, message: str, *, close: bool = False) -> None:
    """Answer with a line of text.

    Args:
        send: As ASGI gives it.
        status: The HTTP status.
        message: What to say, without a line end.
        close: Close the connection afterwards.
    """
    body = f"{message}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
        *([(b"connection", b"close")] if close else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
