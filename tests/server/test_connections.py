"""Limits for connections, over real sockets."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.responses import Response

from ghpypi.core.secret import Secret
from ghpypi.core.serving import Rights
from ghpypi.server.network.connection_table import ConnectionTable
from ghpypi.server.network.connections import HEAD_BYTES
from ghpypi.server.run import ListenOptions
from tests.server.scene import Server, basic, serving
from tests.server.sockets import KINDS, Port, is_closed, port, receive, request
from tests.support.waiting import HANG_SECONDS

LIMIT = 6


@contextmanager
def ports(folder: Path, kind: str, options: ListenOptions | None = None) -> Iterator[Port]:
    with serving() as server, port(server.app, folder, kind, options) as opened:
        yield opened


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


LARGE_HEADS = {
    "one header": request("/health", "X: " + "x" * HEAD_BYTES),
    "many headers": request("/health", *["X: x"] * (HEAD_BYTES // 4)),
    "path": request("/" + "x" * HEAD_BYTES),
    "query": request("/health?" + "x" * HEAD_BYTES),
    "header without an end": b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * (8 << 20),
    "headers without an end": b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X: x\r\n" * (1 << 20),
    "header name without an end": b"GET /health HTTP/1.1\r\n" + b"x" * (1 << 20),
    "path without an end": b"GET /" + b"x" * (1 << 20),
}


@pytest.mark.parametrize("name", LARGE_HEADS)
def test_a_head_that_is_too_large_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    with ports(tmp_path, kind) as opened:
        assert opened.exchange(LARGE_HEADS[name]).status == 431
        assert opened.get("/health").status == 200
        assert [line for line in opened.errors if "Traceback" in line] == []


def test_a_head_within_the_limit_is_accepted(tmp_path: Path, kind: str) -> None:
    with ports(tmp_path, kind) as opened:
        assert opened.get("/health", "X: " + "x" * (HEAD_BYTES - 200)).status == 200


TRAILERS = {
    "one": b"X: " + b"x" * (8 << 20),
    "many": b"X: x\r\n" * (1 << 20),
    "chunk extension": b"",
}


@pytest.mark.parametrize("name", TRAILERS)
def test_trailers_of_a_body_are_limited_like_heads(tmp_path: Path, kind: str, name: str) -> None:
    head = request("/login", "Transfer-Encoding: chunked", method="POST")
    chunks = b"1\r\nx\r\n0\r\n" + TRAILERS[name]
    if name == "chunk extension":
        chunks = b"1;" + b"x" * (8 << 20)
    with ports(tmp_path, kind) as opened:
        assert opened.exchange(head + chunks).status in {0, 400, 431}
        assert opened.get("/health").status == 200
        assert [line for line in opened.errors if "Traceback" in line] == []


def test_a_large_body_that_is_not_read_is_allowed(tmp_path: Path, kind: str) -> None:
    body = b"x" * (2 << 20)
    with ports(tmp_path, kind) as opened, opened.connect() as client:
        client.sendall(request("/simple/", method="POST", body=body))
        refused = receive(client)
        client.sendall(request("/health"))

        assert refused.status == 405
        assert receive(client).status == 200


def test_a_connection_without_data_is_closed(tmp_path: Path, kind: str) -> None:
    with ports(tmp_path, kind, ListenOptions(head_seconds=0.3)) as opened:
        with opened.tcp() as client:
            assert is_closed(client)
        with opened.connect() as client:
            assert is_closed(client)


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nX: "])
def test_a_head_that_does_not_end_in_time_is_refused(
    tmp_path: Path, kind: str, sent: bytes
) -> None:
    with (
        ports(tmp_path, kind, ListenOptions(head_seconds=0.3)) as opened,
        opened.connect() as client,
    ):
        client.sendall(sent)

        assert receive(client).status == 408


def test_the_second_head_of_a_connection_has_to_come_in_time_too(tmp_path: Path, kind: str) -> None:
    with (
        ports(tmp_path, kind, ListenOptions(head_seconds=0.3)) as opened,
        opened.connect() as client,
    ):
        client.sendall(request("/health"))
        assert receive(client).status == 200
        client.sendall(b"GET /he")

        assert receive(client).status == 408


def test_idle_connections_do_not_block_new_ones(tmp_path: Path, kind: str) -> None:
    with ports(tmp_path, kind, ListenOptions(connections=LIMIT)) as opened, ExitStack() as stack:
        idle = [stack.enter_context(opened.tcp()) for _ in range(4 * LIMIT)]
        answers = [opened.get("/health").status for _ in range(5)]

        assert answers == [200] * 5
        assert all(is_closed(each) for each in idle[: 3 * LIMIT])
        assert any("connections is reached" in line for line in opened.errors)


def test_the_connection_that_was_idle_for_longest_is_closed_first(
    tmp_path: Path, kind: str
) -> None:
    with ports(tmp_path, kind, ListenOptions(connections=LIMIT)) as opened, ExitStack() as stack:
        first, *others = [stack.enter_context(opened.connect()) for _ in range(LIMIT)]
        for each in (*others, first):
            each.sendall(request("/health"))
            assert receive(each).status == 200
        assert opened.get("/health").status == 200

        assert is_closed(others[0])
        first.sendall(request("/health"))
        assert receive(first).status == 200


class Gathering:
    """Holds up requests in threads of the server until a test lets them go."""

    def __init__(self, server: Server) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self._rights = server.reader.rights
        server.reader.rights = self.rights  # type: ignore[method-assign]

    def rights(self, repository: str, token: Secret | None) -> Rights:
        self.begun.release()
        self.go.wait(HANG_SECONDS)
        return self._rights(repository, token)


def test_a_new_connection_gets_503_when_all_others_are_busy(
    tmp_path: Path,
) -> None:
    options = ListenOptions(connections=3)
    with serving() as server, port(server.app, tmp_path, "httptools", options) as opened:
        held = Gathering(server)
        with ExitStack() as stack:
            busy = [stack.enter_context(opened.connect()) for _ in range(3)]
            for number, each in enumerate(busy):
                token = basic(f"ghp_token{number}1234567890")
                each.sendall(request("/simple/", f"Authorization: {token}"))
                held.begun.acquire()

            assert opened.get("/health").status == 503
            held.go.set()
            assert [receive(each).status for each in busy] == [401] * 3
            assert opened.get("/health").status == 200


def test_clients_that_owe_a_body_do_not_block_new_connections(tmp_path: Path, kind: str) -> None:
    begun = request("/login", "Content-Length: 5", "Expect: 100-continue", method="POST")
    with ports(tmp_path, kind, ListenOptions(connections=LIMIT)) as opened, ExitStack() as stack:
        owing = [stack.enter_context(opened.connect()) for _ in range(LIMIT)]
        for each in owing:
            each.sendall(begun)
            assert receive(each).status == 100
        answers = [opened.get("/health").status for _ in range(3)]

        assert answers == [200] * 3
        assert is_closed(owing[0])
        owing[-1].sendall(b"form=")
        assert receive(owing[-1]).status == 403
        assert [line for line in opened.errors if "Traceback" in line] == []


def test_clients_that_do_not_read_do_not_block_new_connections(tmp_path: Path) -> None:
    async def large(*_: object, **__: object) -> Response:
        return Response(bytes(64 << 20))

    with (
        serving() as server,
        port(server.app, tmp_path, "httptools", ListenOptions(connections=LIMIT)) as opened,
        ExitStack() as stack,
    ):
        server.app.all_stores.site_pages.forms.sign_in = large  # type: ignore[method-assign]
        for _ in range(2 * LIMIT):
            client = stack.enter_context(opened.connect())
            client.sendall(request("/login"))
            assert client.recv(1)

        assert opened.get("/health").status == 200


class Connection:
    """An open connection, as the table knows it."""

    dropped = False

    def drop(self) -> None:
        self.dropped = True


def test_the_client_that_was_stalled_for_longest_is_dropped_first() -> None:
    full: list[int] = []
    table = ConnectionTable(8, full=lambda: full.append(1))
    made = [Connection() for _ in range(8)]
    assert all(map(table.enter, made))
    answering, sending, stalled, *waiting, silent, _ = made
    for each in (*waiting, sending, stalled, answering):
        table.mark_waiting(each)
    table.mark_busy(answering)
    table.mark_stalled(sending)
    table.mark_stalled(stalled)
    table.mark_stalled(sending)
    table.mark_waiting(waiting[0])
    order = [silent, made[-1], *waiting[1:], waiting[0], stalled, sending]

    for each in order:
        assert not each.dropped
        newer = Connection()
        assert table.enter(newer)
        table.mark_busy(newer)
        assert each.dropped
    assert not answering.dropped
    assert not table.enter(Connection())
    assert (len(table), len(full)) == (8, len(order) + 1)
