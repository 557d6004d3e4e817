"""Requests as raw ASGI messages, for what the test client of Starlette cannot send.

It sends a body in one piece, stays until it has its response, removes `..` from paths, and runs the
event loop in a thread of its own. Tests that need otherwise are about

- bodies that arrive slowly, or whose client disconnects;
- paths with dot segments, which no HTTP client sends as they are;
- requests that begin in one turn of the event loop, or what they cost that loop.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from httpx2 import Response

from ghpypi.server.app import App

Receive = Callable[[], Awaitable[dict[str, Any]]]


async def get(
    app: App,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    sent: Callable[[str], object] = str,
) -> Response:
    """Get a path; `sent` is called with the path for each message of the response."""
    incoming = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not incoming:
            await asyncio.Event().wait()  # the client stays until it has its response
        return incoming.pop()

    response = await _exchange(app, _scope("GET", path, headers or {}), receive, sent)
    assert response

    return response


async def post(
    app: App, path: str, headers: Mapping[str, str], pieces: AsyncIterator[bytes]
) -> Response:
    """Post a body in pieces."""
    end = {"type": "http.request", "body": b"", "more_body": False}
    response = await _exchange(app, _scope("POST", path, headers), _receiver(pieces, end), str)
    assert response

    return response


async def disconnect(
    app: App, path: str, headers: Mapping[str, str], pieces: AsyncIterator[bytes]
) -> Response | None:
    """Post the beginning of a body in pieces, and disconnect; return what the server sends."""
    end = {"type": "http.disconnect"}
    return await _exchange(app, _scope("POST", path, headers), _receiver(pieces, end), str)


async def pieces_of(*pieces: bytes) -> AsyncIterator[bytes]:
    for each in pieces:
        yield each


def _receiver(pieces: AsyncIterator[bytes], end: dict[str, Any]) -> Receive:
    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}
        except StopAsyncIteration:
            return end

    return receive


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    target, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "scheme": "http",
        "server": ("192.0.2.9", 8080),
        "client": ("192.0.2.1", 1234),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


async def _exchange(
    app: App, scope: dict[str, Any], receive: Receive, sent: Callable[[str], object]
) -> Response | None:
    messages: list[Any] = []
    path = scope["path"]  # which the application changes

    async def send(message: Any) -> None:
        sent(path)
        messages.append(message)

    await app(scope, receive, send)
    if not messages:
        return None
    body = b"".join(each.get("body", b"") for each in messages[1:])
    return Response(messages[0]["status"], headers=messages[0]["headers"], content=body)
