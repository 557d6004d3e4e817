"""Upstream indexes over real HTTP."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from urllib3 import HTTPResponse

from ghpypi.core.names import normalize
from ghpypi.errors import FailedError
from ghpypi.ports import ProjectPage
from ghpypi.stores.upstream import (
    FAILURES,
    LONGEST_RETRY_AFTER,
    PAUSE_SECONDS,
    RETRY,
    HttpPages,
    HttpUpstream,
)

JSON = "application/vnd.pypi.simple.v1+json"
PAGE = json.dumps({"files": [{"filename": "a-1.zip", "url": "../../f/a-1.zip"}]}).encode()
A = normalize("a")


class Script:
    """What a server answers, in turn; the last answer stands. It writes down what it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def next(self) -> tuple[int, dict[str, str], bytes]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def answering(script: Script) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            script.asked.append((self.path, headers))
            status, more, content = script.next()
            self.send_response(status)
            for key, value in {"Content-Length": str(len(content)), **more}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple/"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_of_json_is_asked_for_and_read() -> None:
    script = Script((200, {"Content-Type": JSON}, PAGE))
    with answering(script) as base:
        files = HttpUpstream().files(base, A)

    assert files == [
        {"filename": "a-1.zip", "url": base.replace("simple/", "f/a-1.zip"), "hashes": {}}
    ]
    ((path, headers),) = script.asked
    assert path == "/simple/a/"
    assert headers["accept"].startswith(JSON)
    assert headers["user-agent"].startswith("ghpypi/")


def test_a_page_of_html_is_read_with_its_compression_undone() -> None:
    page = gzip.compress(b'<a href="a-1.zip">a</a>')
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    with answering(Script((200, headers, page))) as base:
        (file,) = HttpUpstream().files(base, A)

    assert file["url"] == f"{base}a/a-1.zip"


def test_links_are_relative_to_where_a_page_was_found_in_the_end() -> None:
    script = Script(
        (301, {"Location": "/other/simple/a/"}, b""), (200, {"Content-Type": JSON}, PAGE)
    )
    with answering(script) as base:
        (file,) = HttpUpstream().files(base, A)

    assert file["url"] == base.replace("simple/", "other/f/a-1.zip")


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_project_that_is_not_there_has_no_files(status: int) -> None:
    with answering(Script((status, {}, b"no"))) as base:
        assert HttpUpstream().files(base, A) == []


SIGN_IN = (200, {"Content-Type": "text/html"}, b"<form action=/login>")


@pytest.mark.parametrize(
    "answer", [(401, {}, b"no"), (403, {}, b"no"), SIGN_IN], ids=["401", "403", "page"]
)
def test_a_demand_to_sign_in_does_not_mean_that_known_files_are_gone(
    answer: tuple[int, dict[str, str], bytes],
) -> None:
    with answering(Script(answer)) as base:
        assert HttpUpstream().files(base, A) == []
        with pytest.raises(FailedError, match=f"{base}a/"):
            HttpUpstream().files(base, A, known=True)


@pytest.mark.parametrize("status", [404, 410])
def test_known_files_may_be_gone(status: int) -> None:
    with answering(Script((status, {}, b"no"))) as base:
        assert HttpUpstream().files(base, A, known=True) == []


def test_no_credentials_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    script = Script((200, {"Content-Type": JSON}, PAGE))
    with answering(script) as base:
        HttpUpstream().files(base, A)

    ((_, headers),) = script.asked
    assert not {"authorization", "cookie"} & headers.keys()


def test_a_temporarily_overloaded_server_is_asked_again() -> None:
    script = Script((503, {}, b""), (429, {}, b""), (200, {"Content-Type": JSON}, PAGE))
    with answering(script) as base:
        assert len(HttpUpstream().files(base, A)) == 1

    assert len(script.asked) == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((418, {}, b""), "418"),
        ((200, {"Content-Type": JSON}, b"{"), "is not a page of the Simple API"),
        ((200, {"Content-Type": JSON, "Content-Encoding": "gzip"}, b"no gzip"), "cannot be read"),
        ((200, {"Content-Type": JSON, "Content-Length": "99999"}, PAGE), "cannot be read"),
    ],
    ids=["a teapot", "nonsense", "badly compressed", "cut short"],
)
def test_an_unreadable_answer_is_an_error_with_its_address(
    answer: tuple[int, dict[str, str], bytes], why: str
) -> None:
    with answering(Script(answer)) as base, pytest.raises(FailedError, match=why) as caught:
        HttpUpstream().files(base, A)

    assert f"{base}a/" in str(caught.value)


def test_a_page_without_end_is_not_read_to_it() -> None:
    with (
        answering(Script((200, {"Content-Type": JSON}, b" " * 101))) as base,
        pytest.raises(FailedError, match="larger than 100 bytes"),
    ):
        HttpUpstream(limit=100).files(base, A)


def test_a_host_that_fails_again_and_again_is_left_alone_and_then_tried_by_one_request() -> None:
    clock = [0.0]
    cut = (200, {"Content-Type": JSON, "Content-Length": "99999"}, PAGE)
    script, upstream = Script(cut), HttpUpstream(now=lambda: clock[0])
    with answering(script) as base:
        for _ in range(FAILURES):
            with pytest.raises(FailedError, match="cannot be read"):
                upstream.files(base, A)
        with pytest.raises(
            FailedError, match=r"failed 3 times in a row and is asked again in 30 s"
        ):
            upstream.files(base, A)
        asked = len(script.asked)
        clock[0] = PAUSE_SECONDS
        with pytest.raises(FailedError, match="cannot be read"):
            upstream.files(base, A)
        with pytest.raises(FailedError, match="is asked again"):
            upstream.files(base, A)

        assert len(script.asked) == asked + 1
        clock[0] = 2 * PAUSE_SECONDS
        script.answers = [(404, {}, b"")]

        assert upstream.files(base, A) == []
        assert upstream.files(base, A) == []


def test_refusals_of_single_projects_are_not_held_against_the_host() -> None:
    script, upstream = Script((403, {}, b"")), HttpUpstream()
    with answering(script) as base:
        for _ in range(2 * FAILURES):
            with pytest.raises(FailedError, match="403"):
                upstream.files(base, A, known=True)
        script.answers = [(200, {"Content-Type": JSON}, PAGE)]

        assert len(upstream.files(base, A)) == 1


def test_a_name_that_does_not_resolve_fails_at_once() -> None:
    with pytest.raises(FailedError, match=r"https://index.invalid/simple/a/ cannot be read"):
        HttpUpstream().files("https://index.invalid/simple/", A)


# Pages that were published just now

HTML = {"Content-Type": "text/html"}
DIGEST = "ab" * 32
LISTED = f'<a href="../../f/a-1.zip#sha256={DIGEST}">a-1.zip</a><a href="b-1.zip">b-1.zip</a>'
EMPTY = b'<meta name="pypi:repository-version" content="1.4">'


def test_a_page_lists_names_and_digests_and_is_asked_for_past_caches() -> None:
    script = Script((200, HTML, LISTED.encode()))
    with answering(script) as base:
        page = HttpPages().read(f"{base}a/")

    assert page == ProjectPage(digests={"a-1.zip": DIGEST, "b-1.zip": None})
    ((path, headers),) = script.asked
    assert path == "/simple/a/"
    assert (headers["cache-control"], headers["pragma"]) == ("no-cache", "no-cache")
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("status", "headers", "content", "page"),
    [
        (200, HTML, EMPTY, ProjectPage()),
        (404, HTML, b"", ProjectPage()),
        (
            200,
            HTML,
            EMPTY + b'<meta name="pypi:project-status" content="quarantined">',
            ProjectPage(status="quarantined"),
        ),
        (503, {}, b"", ProjectPage(problem="responds with HTTP 503")),
        (403, {}, b"", ProjectPage(problem="responds with HTTP 403", closed=True)),
        (401, {}, b"", ProjectPage(problem="responds with HTTP 401", closed=True)),
        (200, HTML, b"<p>Hello", ProjectPage(problem="is not a page of an index")),
    ],
)
def test_a_page_that_lists_nothing(
    status: int, headers: dict[str, str], content: bytes, page: ProjectPage
) -> None:
    with answering(Script((status, headers, content))) as base:
        assert HttpPages().read(f"{base}a/") == page


def test_a_page_behind_a_sign_in_is_not_public() -> None:
    with answering(Script((200, HTML, b"<form>Sign in</form>"))) as other:
        elsewhere = {"Location": f"{other}login"}
        with answering(Script((302, elsewhere, b""))) as base:
            assert HttpPages().read(f"{base}a/").closed


def test_a_site_may_have_moved_to_a_domain_of_its_own() -> None:
    with answering(Script((200, HTML, LISTED.encode()))) as other:
        elsewhere = {"Location": f"{other}a/"}
        with answering(Script((301, elsewhere, b""))) as base:
            page = HttpPages().read(f"{base}a/")

    assert (page.digests["a-1.zip"], page.closed) == (DIGEST, False)


def test_a_page_that_cannot_be_reached_is_a_problem() -> None:
    page = HttpPages().read("http://127.0.0.1:1/simple/a/")

    assert page.problem.startswith("cannot be read (")
    assert not page.closed


def test_an_index_cannot_delay_requests_for_hours() -> None:
    response = HTTPResponse(headers={"Retry-After": "3600"})

    assert RETRY.get_retry_after(response) == LONGEST_RETRY_AFTER
