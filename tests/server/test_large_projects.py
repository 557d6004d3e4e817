"""Requests for projects of thousands of files do not delay other requests."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context

import pytest
from httpx2 import Response

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.model import UpstreamFile
from ghpypi.server.index.upstream import UpstreamOptions
from ghpypi.server.revision import Record
from tests.server import raw_asgi
from tests.server.large import enlarge
from tests.server.scene import JSON, READER, NoUpstream, Server, basic, serving
from tests.support.packages import wheel

AUTH = {"authorization": basic(READER)}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(wheel("small"), wheel("large")) as made:
        yield made


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """Note the threads that read a line of a catalog."""
    threads: list[threading.Thread] = []
    read = Record.entry

    def entry(record: Record) -> Entry:
        threads.append(threading.current_thread())
        return read(record)

    monkeypatch.setattr(Record, "entry", entry)
    return threads


def loop_thread(server: Server) -> threading.Thread:
    return server.portal.call(threading.current_thread)


def together(server: Server, paths: list[str], **headers: str) -> list[Response]:
    """Make requests that begin in one turn of the event loop."""

    async def all_of_them() -> list[Response]:
        given = {**AUTH, **headers}
        return await asyncio.gather(*(raw_asgi.get(server.app, path, given) for path in paths))

    return server.portal.call(all_of_them)


def test_a_line_of_the_catalog_is_parsed_once_and_not_in_the_event_loop(
    server: Server, readers: list[threading.Thread]
) -> None:
    path = enlarge(server, "large", 3000)
    server.settle()
    readers.clear()
    paths = [path.replace("1.299", f"1.{number}") for number in range(50)]
    responses = together(server, paths)

    assert {each.status_code for each in responses} == {302}
    assert len(readers) == 1
    assert loop_thread(server) not in readers


def test_a_page_is_rendered_once_and_not_in_the_event_loop(
    server: Server, readers: list[threading.Thread]
) -> None:
    enlarge(server, "large", 3000)
    server.settle()
    readers.clear()
    for accept in (JSON, "text/html", "application/vnd.pypi.simple.v1+html"):
        responses = together(server, ["/simple/large/"] * 8, accept=accept)

        assert {each.status_code for each in responses} == {200}
        assert responses[0].text.count("sha256") >= 3000
    assert len(readers) == 2  # JSON, and HTML under both of its names
    assert loop_thread(server) not in readers


def test_a_page_with_files_of_the_upstream_index_is_rendered_once(
    readers: list[threading.Thread],
) -> None:
    theirs: UpstreamFile = {
        "filename": "large-0.1.tar.gz",
        "url": "https://files.example/x",
        "hashes": {},
    }
    upstream = NoUpstream({"large": [theirs]})
    options = UpstreamOptions(url="https://index.example/simple/", merge=("*",))
    with serving(wheel("large"), upstream_index=options, upstream=upstream) as server:
        enlarge(server, "large", 1000)
        server.settle()
        readers.clear()
        responses = together(server, ["/simple/large/"] * 8, accept=JSON)
        responses += together(server, ["/simple/large/"] * 8, accept=JSON)

        assert {len(each.json()["files"]) for each in responses} == {1001}
        assert loop_thread(server) not in readers
        assert len(readers) == 2  # our own page, and the merged one
        assert len(upstream.asked) == 1


def loop_time(server: Server, path: str) -> float:
    """Measure the CPU time of the event loop for a request, in seconds; the least of many."""

    async def measure() -> float:
        begun = time.thread_time()
        response = await raw_asgi.get(server.app, path, AUTH)
        taken = time.thread_time() - begun
        assert response.status_code == 302

        return taken

    return min(server.portal.call(measure) for _ in range(30))


def test_a_file_costs_the_event_loop_no_more_in_a_large_project(server: Server) -> None:
    path = enlarge(server, "large", 5000)
    small = loop_time(server, "/files/small-1.0/small-1.0-py3-none-any.whl")

    assert loop_time(server, path) < 3 * small


def test_a_large_page_is_sent_in_pieces_between_other_responses(server: Server) -> None:
    enlarge(server, "large", 3000)
    server.settle()
    order: list[str] = []

    async def main() -> None:
        async def get(path: str) -> None:
            await raw_asgi.get(server.app, path, {**AUTH, "accept": JSON}, sent=order.append)

        await get("/simple/large/")
        await get("/simple/small/")
        order.clear()
        await asyncio.gather(get("/simple/large/"), get("/simple/small/"))

    server.portal.call(main)

    assert order.index("/simple/small/") < len(order) - 2
    assert order.count("/simple/large/") > 4


class TimedLoop(asyncio.SelectorEventLoop):
    """An event loop that measures the CPU time of each callback, which load does not change."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0

    def call_soon(
        self, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.Handle:
        def timed() -> None:
            begun = time.thread_time()
            try:
                callback(*args)
            finally:
                self.longest = max(self.longest, time.thread_time() - begun)

        return super().call_soon(timed, context=context)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Count no garbage of other tests against a request; `serve` freezes what it starts with."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_no_request_for_a_large_project_blocks_the_event_loop_for_20_milliseconds(
    server: Server,
) -> None:
    path = enlarge(server, "large", 5000)
    server.settle()
    requests = [
        ("/simple/large/", JSON), ("/simple/large/", "text/html"), ("/simple/", JSON),
        (path, "*/*"), (f"{path}.metadata", "*/*"), (path.replace("1.499", "7.0"), "*/*"),
        ("/simple/large", "text/html"), ("/simple/large/", JSON),
    ]  # fmt: skip
    loop = TimedLoop()
    with without_garbage_collection(), asyncio.Runner(loop_factory=lambda: loop) as runner:
        for url, accept in requests:
            headers = {**AUTH, "accept": accept}
            answer = runner.run(raw_asgi.get(server.app, url, headers))

            assert answer.status_code < 500
            assert loop.longest < 0.020, url
