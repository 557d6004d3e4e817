"""Answers that are sent again, over real connections."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import uvicorn

from ghpypi.core.config import Config
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Refusal, Rights
from ghpypi.server.app import App
from ghpypi.server.hot import KEPT, LARGEST
from ghpypi.server.listening import Background, Listen, listen
from ghpypi.server.quick import QuickProtocol
from tests.server.scene import JSON, READER, STRANGER, WRITER, Server, basic, serving
from tests.support.packages import shelve, wheel

PAGE = "/simple/acme-lib/"


@dataclass
class Reply:
    """What came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Wire:
    """A connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._got = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> Reply:
        line = self._got.readline().decode()
        if not line:
            raise ConnectionError("hung up")
        headers = {}
        while field := self._got.readline().decode().strip():
            name, _, value = field.partition(": ")
            headers[name] = value
        body = self._got.read(int(headers.get("content-length", "0")))
        return Reply(int(line.split()[1]), headers, body)

    def get(self, path: str = PAGE, token: str | None = READER, **headers: str) -> Reply:
        self.send(request(path, token, **headers))
        return self.reply()

    def ended(self) -> bool:
        return self._got.read(1) == b""

    def close(self) -> None:
        self._got.close()
        self.socket.close()


def request(path: str = PAGE, token: str | None = READER, **headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "host: acme.example"]
    lines += [f"authorization: {basic(token)}"] if token else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Scene:
    """A server behind a port."""

    server: Server
    port: int
    ends: ExitStack

    def wire(self) -> Wire:
        wire = Wire(self.port)
        self.ends.callback(wire.close)
        return wire

    def break_down(self) -> None:
        """From now on whatever is not answered again fails."""
        self.app.rooms = replace(self.app.rooms, reading=Broken())  # type: ignore[arg-type]

    @property
    def app(self) -> App:
        return self.server.app

    def look(self) -> None:
        """See what was published."""
        self.server.stall.look(Secret(READER))


class Broken:
    """Cannot answer."""

    async def answer(self, *_: Any) -> None:
        raise RuntimeError("this way leads nowhere")


@contextmanager
def scene_of(server: Server, *, patience: int = 65) -> Iterator[Scene]:
    opened = listen(Listen())
    config = uvicorn.Config(
        server.app,
        http=QuickProtocol,
        log_config=None,
        server_header=False,
        timeout_keep_alive=patience,
        timeout_graceful_shutdown=1,
    )
    with Background(config).running(opened), ExitStack() as ends:
        yield Scene(server, opened.getsockname()[1], ends)


@pytest.fixture
def scene() -> Iterator[Scene]:
    with serving(wheel()) as server, scene_of(server) as made:
        yield made


def test_the_same_request_gets_the_same_bytes_without_being_looked_at(scene: Scene) -> None:
    first = scene.wire().get(accept=JSON, accept_encoding="gzip")
    scene.break_down()
    again = scene.wire().get(accept=JSON, accept_encoding="gzip")

    assert scene.wire().get(accept=JSON).status == 500
    assert (again.status, again.body) == (200, first.body)
    assert list(again.headers) == list(first.headers)
    assert {**again.headers, "date": ""} == {**first.headers, "date": ""}


def test_one_connection_is_used_again_and_again(scene: Scene) -> None:
    wire = scene.wire()

    for _ in range(3):
        assert wire.get().status == wire.get(token=WRITER).status == 200
        assert wire.get("/simple/nothing/").status == 404
        assert wire.get("/").status == 200


def test_other_words_get_another_answer(scene: Scene) -> None:
    wire = scene.wire()
    for _ in range(2):
        for kind in (JSON, "text/html", "application/vnd.pypi.simple.v1+html"):
            assert wire.get(accept=kind).headers["content-type"].startswith(kind)


def test_who_may_not_read_is_not_given_what_others_got(scene: Scene) -> None:
    wire = scene.wire()
    for _ in range(2):
        assert wire.get().status == 200
        assert wire.get(token=STRANGER).status == 403
        assert wire.get(token=None).status == 401
        assert wire.get(token=f"{READER}x").status == 401


def test_a_new_revision_ends_what_was_kept(scene: Scene) -> None:
    wire = scene.wire()
    assert wire.get().status == wire.get().status == 200
    shelve(scene.server.hub.store, [wheel(version="2.0")], tag="acme_lib-2.0")
    scene.server.index()
    scene.look()

    assert "acme_lib-2.0" in wire.get().text
    assert "acme_lib-2.0" in wire.get().text


def test_settings_of_the_store_count_at_once(scene: Scene) -> None:
    wire = scene.wire()
    assert "data-yanked" not in wire.get().text + wire.get().text
    scene.server.hub.configured = Config.parse('[yanked]\nacme-lib = { "1.0" = "no" }')
    scene.look()

    assert 'data-yanked="no"' in wire.get().text


def test_who_was_let_in_is_looked_at_again_after_some_seconds(scene: Scene) -> None:
    wire = scene.wire()
    assert wire.get().status == wire.get().status == 200
    scene.server.hub.tokens[READER] = Rights(refusal=Refusal.HIDDEN)
    scene.server.clock.time += 3601

    assert wire.get().status == 403


def test_a_token_that_github_refused_is_forgotten_at_once(scene: Scene) -> None:
    wire = scene.wire()
    assert wire.get().status == wire.get().status == 200
    del scene.server.hub.tokens[READER]
    wire.get("/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl")

    assert wire.get().status == 401
    assert wire.get(token=WRITER).status == 200


def test_repeated_answers_are_counted_and_noted(scene: Scene) -> None:
    wire = scene.wire()
    for _ in range(7):
        wire.get(user_agent="pip/26")
    wire.get("/health")  # what came before it is done with
    scene.app.log.flush()
    log = "".join(scene.server.log)

    told = '"address":"127.0.0.1","user":"someone","method":"GET","path":"/simple/acme-lib/"'
    assert scene.app.metrics.requests["project", 200] == 7
    assert log.count(told) == log.count('"agent":"pip/26"') == 7
    assert READER not in log


@pytest.mark.parametrize(
    "more",
    [{"if_none_match": "*"}, {"cookie": "a=b"}, {"range": "bytes=0-1"}, {"content_length": "5"}],
)
def test_what_asks_for_more_is_looked_at(scene: Scene, more: dict[str, str]) -> None:
    for _ in range(2):
        wire = scene.wire()
        wire.send(request(**more) + b"hello" * ("content_length" in more))
        assert wire.reply().status in {200, 304}
    scene.break_down()
    wire = scene.wire()
    wire.send(request(**more) + b"hello" * ("content_length" in more))

    assert wire.reply().status == 500


def test_a_query_is_looked_at(scene: Scene) -> None:
    wire = scene.wire()
    assert wire.get(f"{PAGE}?format={JSON}").headers["content-type"] == JSON
    scene.break_down()

    assert wire.get(f"{PAGE}?format={JSON}").status == 500


def test_a_request_in_pieces_is_one_request(scene: Scene) -> None:
    whole = scene.wire().get()
    for cut in range(1, len(request()), 7):
        wire = scene.wire()
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.send(request()[:cut])
        wire.send(request()[cut:])

        assert wire.reply().body == whole.body
        assert wire.get().body == whole.body


def test_requests_sent_without_waiting_are_answered_in_their_order(scene: Scene) -> None:
    wire = scene.wire()
    wire.get()
    wire.send(request() + request("/simple/nothing/") + request())
    wire.send(request())

    assert [wire.reply().status for _ in range(4)] == [200, 404, 200, 200]


def test_a_body_that_reads_like_a_request_is_a_body(scene: Scene) -> None:
    wire = scene.wire()
    page = wire.get().body
    inner = request()
    wire.send(b"POST /simple/ HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(inner))
    wire.send(inner)

    assert wire.reply().status == 405
    assert wire.get().body == page
    wire.socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        wire.socket.recv(1)


def test_who_says_twice_what_becomes_of_the_connection_is_understood_each_time(
    scene: Scene,
) -> None:
    said = request(connection="close").replace(b"\r\n\r\n", b"\r\nconnection: keep-alive\r\n\r\n")
    for _ in range(3):
        wire = scene.wire()
        wire.send(said)

        assert wire.reply().status == 200
        assert wire.ended()


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_who_wants_to_be_hung_up_on_is(scene: Scene, version: str) -> None:
    for _ in range(3):
        wire = scene.wire()
        said = request(connection="close").replace(b"HTTP/1.1", f"HTTP/{version}".encode())
        wire.send(said)

        assert wire.reply().status == 200
        assert wire.ended()


def test_who_reads_late_gets_everything(scene: Scene) -> None:
    wire, times = scene.wire(), 3000
    page = wire.get().body

    def send() -> None:
        for _ in range(times):
            wire.send(request())

    sending = threading.Thread(target=send)
    sending.start()
    sending.join(1)

    assert all(wire.reply().body == page for _ in range(times))
    sending.join()


def test_a_connection_that_is_quiet_for_long_ends_and_no_other() -> None:
    with serving(wheel()) as server, scene_of(server, patience=1) as scene:
        scene.wire().get()
        busy, quiet = scene.wire(), scene.wire()
        quiet.get()
        ended = threading.Event()
        threading.Thread(target=lambda: ended.set() if quiet.ended() else None).start()
        rounds = 0
        while not ended.wait(0.1):
            assert busy.get().status == 200
            rounds += 1

        assert rounds >= 9


def test_more_than_fits_is_forgotten_oldest_first(scene: Scene) -> None:
    wire = scene.wire()
    for number in range(KEPT // len(wire.get().body)):
        wire.get(user_agent=f"a{number}")
    scene.break_down()

    assert wire.get(user_agent=f"a{number}").status == 200
    assert wire.get(user_agent="a0").status == 500


def test_a_very_large_page_pushes_nothing_out() -> None:
    large = [wheel(f"acme_{'x' * 90}_{number:05}") for number in range(2600)]
    with serving(*large, wheel()) as server, scene_of(server) as scene:
        wire = scene.wire()
        wire.get()
        assert len(wire.get("/simple/").body) > LARGEST
        scene.break_down()

        assert wire.get().status == 200
        assert wire.get("/simple/").status == 500


def test_no_part_of_an_answer_waits_for_word_that_the_one_before_it_came() -> None:
    with listen(Listen()) as opened:
        assert opened.proto == socket.IPPROTO_TCP  # or asyncio leaves Nagle's algorithm on
