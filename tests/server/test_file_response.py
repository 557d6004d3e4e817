"""Files over real sockets, copied by the operating system or read in threads."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

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
