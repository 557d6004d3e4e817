"""Nothing that a client may make long is kept as it was sent."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.requests import Request

from ghpypi.core import names
from ghpypi.core.model import UpstreamFile
from ghpypi.core.names import LONGEST_FILENAME, normalize
from ghpypi.core.simple import negotiation as negotiate
from ghpypi.server import access_log
from ghpypi.server.access_log import LONGEST_TEXT
from ghpypi.server.index import page_response
from ghpypi.server.index.upstream import UpstreamOptions
from ghpypi.server.requests import LONGEST_HOST, host_of
from tests.server.scene import NoUpstream, serving, signed_in
from tests.support.packages import wheel

LONG = "a" * 50_000


@contextmanager
def no_growth() -> Iterator[None]:
    """Check that no cache of a function grows in the meantime."""
    caches = (names._normalized, negotiate.choose, page_response._takes_gzip, access_log._encoded)
    for each in caches:
        each.cache_clear()
    yield
    assert names._normalized.cache_info().currsize < 10


@pytest.mark.parametrize(
    "path",
    [
        f"/simple/{LONG}/",
        f"/{LONG}/simple/x/",
        f"/files/1.0/{LONG}-1.0-py3-none-any.whl",
        f"/files/{LONG}/acme_lib-1.0-py3-none-any.whl",
        f"/project/{LONG}/",
        f"/{LONG}",
    ],
)
def test_an_overlong_name_is_refused_without_a_lookup(path: str) -> None:
    upstream = NoUpstream()
    options = UpstreamOptions(url="https://upstream.example/simple/", merge=("*",))
    with serving(wheel(), upstream=upstream, upstream_index=options) as server, no_growth():
        asked = server.reader.count("snapshot")
        response = server.client.get(path)

        assert response.status_code == 404
        assert upstream.asked == []
        assert server.reader.count("snapshot") == asked


def test_the_cache_of_normalized_names_excludes_long_ones() -> None:
    names._normalized.cache_clear()
    normalize(LONG)
    normalize("A" * LONGEST_FILENAME)

    assert names._normalized.cache_info().currsize == 1


def test_lines_of_the_access_log_are_limited_in_length() -> None:
    with serving(wheel()) as server:
        server.client.get(
            f"/{LONG}",
            headers={"user-agent": LONG, "accept": LONG, "accept-encoding": LONG, "cookie": LONG},
        )
        server.client.get(f"/simple/{'/x' * 20_000}", auth=signed_in(f"user{LONG}"))
        server.app.log.flush()

    assert max(map(len, "".join(server.log).splitlines())) < 6 * LONGEST_TEXT


def test_an_overlong_host_is_ignored() -> None:
    def host(text: str) -> str:
        scope = {"type": "http", "method": "GET", "headers": [(b"host", text.encode())]}
        return host_of(Request(scope))

    assert host(f"{'a' * (LONGEST_HOST - 5)}:8080")
    assert not host("a" * (LONGEST_HOST + 1))


def test_texts_of_an_upstream_index_count_in_its_cache() -> None:
    upstream = NoUpstream({f"p{number}": [_file(number)] for number in range(40)})
    options = UpstreamOptions(url="https://upstream.example/simple/", merge=("*",))
    with serving(wheel(), upstream=upstream, upstream_index=options) as server:
        for number in range(40):
            server.client.get(f"/simple/p{number}/")
        cache = server.app.all_stores.simple_api._upstream_index._known

        assert 0 < len(cache) < 40


def _file(number: int) -> UpstreamFile:
    return {
        "filename": f"p{number}-1.0.tar.gz",
        "url": "https://upstream.example/" + "x" * (4 << 20),
        "hashes": {},
    }


def test_the_path_of_a_failed_request_is_truncated_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(wheel()) as server, caplog.at_level(logging.ERROR):
        server.app.all_stores = None  # type: ignore[assignment] # so that it fails
        server.client.get("/x" * 20_000)

    assert max(len(record.getMessage()) for record in caplog.records) < 2 * LONGEST_TEXT
