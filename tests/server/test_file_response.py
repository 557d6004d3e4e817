"""Files over real sockets, copied by the operating system or read in threads."""

import asyncio
import os
import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import anyio.to_thread
import pytest

from ghpypi.core.serving import Range
from ghpypi.server.network import zero_copy
from tests.server.scene import READER, basic, serving
from tests.server.sockets import KINDS, Port, port, receive, request
from tests.support.packages import publish_files, wheel

SIGNED_IN = f"Authorization: {basic(READER)}"
WHEEL = wheel(text=random.Random(1).randbytes(6 << 20).hex())  # noqa: S311 - it does not compress
PATH = "/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"


@contextmanager
def folder(tmp_path: Path, kind: str, content: bytes = WHEEL[1]) -> Iterator[tuple[Port, Path]]:
    """Serve a file on disk."""
    path = tmp_path / "file"
    path.write_bytes(content)

    @contextmanager
    def opened(file: Any, suffix: str, token: Any, part: Range | None) -> Iterator[BinaryIO]:
        with path.open("rb") as stream:
            stream.seek(part.first if part else 0)
            yield stream

    with serving(stream=True) as server:
        publish_files(server.reader.store, [WHEEL])
        server.index()
        server.reader.open = opened  # type: ignore[method-assign]
        with port(server.app, tmp_path, kind) as made:
            yield made, path


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the bytes that the operating system copied."""
    counts: list[int] = []
    send = zero_copy._send_available

    def counted(*arguments: int) -> int:
        counts.append(send(*arguments))
        return counts[-1]

    monkeypatch.setattr(zero_copy, "_send_available", counted)
    return counts


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_arrives_whole_and_in_parts_over_one_connection(
    tmp_path: Path, kind: str, copies: list[int]
) -> None:
    with folder(tmp_path, kind) as (opened, _), opened.connect() as client:
        client.sendall(request(PATH, SIGNED_IN))
        whole = receive(client)
        client.sendall(request(PATH, SIGNED_IN, "Range: bytes=5-4000004"))
        part = receive(client)
        client.sendall(request("/simple/", SIGNED_IN))

        assert (whole.status, whole.body == WHEEL[1]) == (200, True)
        assert (part.status, part.body == WHEEL[1][5:4000005]) == (206, True)
        assert receive(client).status == 200
        expected = len(WHEEL[1]) + 4000000 if kind == "httptools" else 0
        assert sum(copies) == expected
        assert opened.errors == []


def test_responses_to_pipelined_requests_keep_their_order(tmp_path: Path) -> None:
    with folder(tmp_path, "httptools") as (opened, _), opened.connect() as client:
        client.sendall(
            request("/simple/", SIGNED_IN, "Accept-Encoding: identity")
            + request(PATH, SIGNED_IN, "Connection: close")
        )
        data = b"".join(iter(lambda: client.recv(1 << 20), b""))

    assert data.startswith(b"HTTP/1.1 200")
    assert data.endswith(WHEEL[1])
    assert opened.errors == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_too_short_ends_with_the_connection(tmp_path: Path, kind: str) -> None:
    with (
        folder(tmp_path, kind, WHEEL[1][:-10]) as (opened, _),
        opened.connect() as client,
    ):
        client.sendall(request(PATH, SIGNED_IN))

        assert len(receive(client).body) == len(WHEEL[1]) - 10
        assert any("incomplete response" in line for line in opened.errors)


def test_a_client_that_disconnects_leaves_no_file_open(tmp_path: Path) -> None:
    with folder(tmp_path, "httptools") as (opened, _):
        with opened.connect() as client:
            client.sendall(request(PATH, SIGNED_IN))
            assert client.recv(100)

        assert opened.get(PATH, SIGNED_IN).body == WHEEL[1]
        assert opened.errors == []


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system cannot copy files")
@pytest.mark.parametrize(("patience", "all_at_once"), [(10_000, True), (0, False)])
def test_a_thread_stays_with_a_client_that_reads_and_leaves_one_that_does_not(
    tmp_path: Path, patience: int, all_at_once: bool
) -> None:
    content = bytes(8 << 20)
    (tmp_path / "file").write_bytes(content)
    server, client = socket.socketpair()
    server.setblocking(False)
    with server, client, (tmp_path / "file").open("rb") as file, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_read_all, client) if all_at_once else None
        sent = zero_copy._send_available(server.fileno(), file.fileno(), 0, len(content), patience)
        server.close()

        assert (sent == len(content)) is all_at_once
        assert reading is None or reading.result() == len(content)


@pytest.mark.skipif(not hasattr(os, "sendfile"), reason="the system cannot copy files")
def test_a_thread_leaves_a_client_that_reads_when_its_turn_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_copy, "TURN_SECONDS", -1.0)
    content = bytes(8 << 20)
    (tmp_path / "file").write_bytes(content)
    server, client = socket.socketpair()
    server.setblocking(False)
    with server, client, (tmp_path / "file").open("rb") as file, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(_read_all, client)
        sent, turns = 0, 0
        while sent < len(content):
            sent += zero_copy._send_available(
                server.fileno(), file.fileno(), sent, len(content) - sent, 10_000
            )
            turns += 1
        server.close()

        assert turns > 1
        assert reading.result() == len(content)


def _read_all(client: socket.socket) -> int:
    return sum(map(len, iter(lambda: client.recv(1 << 20), b"")))


def test_threads_wait_for_clients_only_while_half_of_them_are_free() -> None:
    async def patience(busy: int) -> int:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 4
        for _ in range(busy):
            await limiter.acquire_on_behalf_of(object())
        return zero_copy._patience()

    assert asyncio.run(patience(1)) == zero_copy.PATIENCE_MS
    assert asyncio.run(patience(2)) == 0
