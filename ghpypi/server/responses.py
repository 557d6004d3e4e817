"""Responses and HTTP errors that several modules use.

Handlers raise Starlette's `HTTPException`, which `app` converts into a plain text response.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ghpypi.core.quantities import count_of

NO_STORE = {"cache-control": "no-store"}

CHUNK = 256 << 10
"""Bytes of a large page that are sent at a time, so that other requests can proceed."""

_SIGN_IN = "sign in with any user name, and a GitHub token as the password"


class IncompleteBodyError(Exception):
    """Reading the body failed after the head of the response was sent.

    The middleware `RequestLog` logs it and leaves the response unfinished, so that the server
    closes the connection and the client notices.
    """


def text(
    status: int, message: str = "", headers: Mapping[str, str] | None = None
) -> PlainTextResponse:
    """Return a response with a line of text that must not be cached."""
    # Messages may quote foreign strings with surrogates, which UTF-8 cannot encode.
    body = f"{message}\n".encode(errors="replace")
    return PlainTextResponse(body, status, {**NO_STORE, **(headers or {})})


def redirect(url: str, status: int = 302, *, cache: str = "no-store") -> RedirectResponse:
    """Return a redirect; characters that are not allowed in a URL are percent-encoded."""
    return RedirectResponse(url, status, {"cache-control": cache})


def challenge(message: str = "") -> HTTPException:
    """Return a 401 with a challenge for HTTP Basic, the only one that pip and PDM support."""
    basic = {"www-authenticate": 'Basic realm="ghpypi", charset="UTF-8"'}
    return HTTPException(401, message or _SIGN_IN, basic)


def later(seconds: float, message: str, *, status: int = 503) -> HTTPException:
    """Return an error with `Retry-After`, in whole seconds because Poetry parses nothing else."""
    return HTTPException(status, message, {"retry-after": str(max(1, int(seconds)))})


class PageResponse(Response):
    """A response with a complete body; large bodies are sent in chunks."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
    """A streamed response of a known length; an incomplete body aborts the connection.

    Args:
        content: Yields the body.
        length: Its length in bytes.
    """

    def __init__(self, content: Any, length: int, **options: Any) -> None:
        super().__init__(content, **options)
        self.headers["content-length"] = str(length)
        self._left = length

    async def stream_response(self, send: Send) -> None:
        """Send the body.

        Raises:
            IncompleteBodyError: The body is shorter than its declared length.
        """
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            self._left -= len(chunk)
        if self._left > 0:
            raise IncompleteBodyError(f"the body ended {count_of(self._left, 'byte')} early")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
