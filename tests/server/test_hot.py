from collections.abc import Iterator

import pytest

from ghpypi.core.config import Config
from ghpypi.core.serving import Refusal, Rights
from tests.server.scene import JSON, READER, STRANGER, WRITER, Server, serving
from tests.support.packages import shelve, wheel

PAGE = "/simple/acme-lib/"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(wheel()) as made:
        made.get(PAGE)
        made.get(PAGE, WRITER)
        yield made


def test_an_answer_that_is_repeated_is_the_same(server: Server) -> None:
    first = server.get(PAGE, accept=JSON, accept_encoding="gzip")
    again = server.get(PAGE, accept=JSON, accept_encoding="gzip")

    assert (again.status, again.headers, again.body) == (first.status, first.headers, first.body)
    assert server.app.hot._kept


def test_other_words_get_another_answer(server: Server) -> None:
    kinds = [JSON, "text/html", "application/vnd.pypi.simple.v1+html"]
    for _ in range(2):
        for kind in kinds:
            assert server.get(PAGE, accept=kind).headers["content-type"].startswith(kind)


def test_who_may_not_read_is_not_given_what_others_got(server: Server) -> None:
    assert server.get(PAGE, STRANGER).status == 403
    assert server.get(PAGE, token=None).status == 401
    assert server.get(PAGE, f"{READER}x").status == 401


def test_a_new_revision_ends_what_was_kept(server: Server) -> None:
    shelve(server.hub.store, [wheel(version="2.0")], tag="acme_lib-2.0")
    server.index()
    server.settle()

    assert "acme_lib-2.0" in server.get(PAGE).text
    assert "acme_lib-2.0" in server.get(PAGE).text


def test_who_was_let_in_is_looked_at_again_after_some_seconds(server: Server) -> None:
    assert server.get(PAGE).status == 200
    server.hub.tokens[READER] = Rights(refusal=Refusal.HIDDEN)
    server.clock.time += 3601

    assert server.get(PAGE).status == 403


def test_a_token_that_github_refused_is_forgotten_at_once(server: Server) -> None:
    assert server.get(PAGE).status == 200
    del server.hub.tokens[READER]
    server.get("/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl")

    assert server.get(PAGE).status == 401
    assert server.get(PAGE, WRITER).status == 200


def test_repeated_answers_are_counted_and_noted(server: Server) -> None:
    for _ in range(5):
        server.get(PAGE)
    server.app.log.flush()

    assert server.app.metrics.requests["project", 200] == 7
    assert "".join(server.log).count('"path":"/simple/acme-lib/"') == 7
    assert "".join(server.log).count('"user":"someone"') == 7


def test_settings_of_the_store_count_at_once(server: Server) -> None:
    server.hub.configured = Config.parse('[yanked]\nacme-lib = { "1.0" = "no" }')
    server.settle()

    assert 'data-yanked="no"' in server.get(PAGE).text
