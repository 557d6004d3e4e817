"""Responses that several modules send, and exceptions that end a request with an error.

Handlers raise Starlette's `HTTPException`; `app` turns it into text.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

NO_STORE = {"cache-control": "no-store"}

CHUNK = 256 << 10
"""Bytes of a large page that are sent at once, so that other requests get their turn."""

_SIGN_IN = "sign in: any user name, and a GitHub token as the password"


class IncompleteBodyError(Exception):
    """The source of a body failed after the head of the response was sent.

    The access log middleware logs it and leaves the response unfinished, so that the server closes
    the connection and the client notices.
    """


def text(
    status: int, message: str = "", headers: Mapping[str, str] | None = None
) -> PlainTextResponse:
    """Make a response with a line of text, never cached."""
    # Messages quote texts of others, in which there may be what UTF-8 cannot write.
    body = f"{message}\n".encode(errors="replace")
    return PlainTextResponse(body, status, {**NO_STORE, **(headers or {})})


def redirect(url: str, status: int = 302, *, cache: str = "no-store") -> RedirectResponse:
    """Make a redirect; what cannot stand in a URL is percent-encoded."""
    return RedirectResponse(url, status, {"cache-control": cache})


def challenge(message: str = "") -> HTTPException:
    """Make a 401 that asks for a sign-in with HTTP Basic; pip and PDM react to nothing else."""
    basic = {"www-authenticate": 'Basic realm="ghpypi", charset="UTF-8"'}
    return HTTPException(401, message or _SIGN_IN, basic)


def later(seconds: float, message: str, *, status: int = 503) -> HTTPException:
    """Make an error that asks to come again, in whole seconds: Poetry reads nothing else."""
    return HTTPException(status, message, {"retry-after": str(max(1, int(seconds)))})


class PageResponse(Response):
    """A response whose bytes are ready; large bodies are sent in chunks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        body = self.body
        if len(body) <= CHUNK:
            await super().__call__(scope, receive, send)
            return
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        for begin in range(0, len(body), CHUNK):
            chunk = body[begin : begin + CHUNK]
            more = begin + CHUNK < len(body)
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
            await asyncio.sleep(0)


class SizedStreamingResponse(StreamingResponse):
    """A streamed body of a known length, which never ends as if it were whole when it is not.

    Args:
        content: Yields the body.
        length: How many bytes it has.
    """

    def __init__(self, content: Any, length: int, **options: Any) -> None:
        super().__init__(content, **options)
        self.headers["content-length"] = str(length)
        self._left = length

    async def stream_response(self, send: Send) -> None:
        """Send the body.

        Raises:
            IncompleteBodyError: The body is shorter than was promised.
        """
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            self._left -= len(chunk)
        if self._left > 0:
            raise IncompleteBodyError(f"{self._left:,} bytes are missing")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
