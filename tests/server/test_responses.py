"""Responses whose bytes are passed through as they arrive."""

import asyncio
import random
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ghpypi.server.responses import IncompleteBodyError, SizedStreamingResponse
from ghpypi.server.run import ListenOptions, listen
from tests.server.scene import serving
from tests.support.packages import publish_files, wheel

PIECES = 100
WHEEL = wheel(text="x = 1\n" * 50)
PATH = "/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"


class Client:
    """A client of raw ASGI, because the test client of Starlette never disconnects.

    Args:
        messages: Number of messages after which it disconnects; `None` for never.
    """

    def __init__(self, messages: int | None) -> None:
        self._messages = messages
        self._asked = False
        self._gone = asyncio.Event()
        self.got: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)
        if len(self.got) == self._messages:
            self._gone.set()
        await asyncio.sleep(0)


async def _sent(length: int, ended: list[int], messages: int | None = None) -> list[dict[str, Any]]:
    """Send pieces to a client; append the number of generated pieces to `ended`."""
    client = Client(messages)
    response = SizedStreamingResponse(_pieces(ended), length)
    await response({"type": "http", "method": "GET", "headers": []}, client.receive, client.send)
    return client.got


async def _pieces(ended: list[int]) -> AsyncGenerator[bytes]:
    number = 0
    try:
        while number < PIECES:
            number += 1
            yield b"x"
    finally:
        ended.append(number)


def test_fetching_stops_when_the_client_disconnects() -> None:
    ended: list[int] = []
    got = asyncio.run(_sent(PIECES, ended, messages=10))

    assert len(ended) == 1
    assert ended[0] < 20
    assert len(got) < 20


def test_a_connected_client_receives_everything() -> None:
    ended: list[int] = []
    got = asyncio.run(_sent(PIECES, ended))

    assert b"".join(each.get("body", b"") for each in got) == b"x" * PIECES
    assert not got[-1].get("more_body")


def test_a_truncated_response_is_never_ended_as_if_complete() -> None:
    with pytest.raises(IncompleteBodyError, match="ended 1 byte early"):
        asyncio.run(_sent(PIECES + 1, []))


class Torn:
    """A stream that tears."""

    def __init__(self) -> None:
        self._left = [b"abc"]

    def read(self, _: int) -> bytes:
        if self._left:
            return self._left.pop()
        raise ConnectionResetError("https://signed.example/?sig=secret")


@contextmanager
def _torn(*_: Any) -> Iterator[Torn]:
    yield Torn()


def test_an_interrupted_small_file_is_an_error_response() -> None:
    with serving(stream=True) as server:
        publish_files(server.reader.store, [WHEEL])
        server.index()
        server.reader.open = _torn  # type: ignore[assignment,method-assign]  # it tears
        answer = server.client.get(PATH)

    assert answer.status_code == 502
    assert answer.text == "a file cannot be read: ConnectionResetError\n"


def test_an_interrupted_large_file_is_logged_in_one_line_with_the_bytes_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    large = wheel(text=random.Random(1).randbytes(1 << 20).hex())  # noqa: S311 - incompressible
    with serving(stream=True) as server:
        publish_files(server.reader.store, [large])
        server.index()
        server.reader.open = _torn  # type: ignore[assignment,method-assign]  # it tears
        server.client.get(PATH)
        server.app.log.flush()

    assert [each.getMessage() for each in caplog.records] == [
        f"GET {PATH}: incomplete response: ConnectionResetError"
    ]
    assert '"status":200,"bytes":3,' in server.log[-1]


def test_nagles_algorithm_is_off() -> None:
    with listen(ListenOptions()) as opened:
        # Otherwise asyncio does not turn off Nagle's algorithm.
        assert opened.proto == socket.IPPROTO_TCP
