"""Of a store that indexes several repositories, each caller sees what that caller may read."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.secret import Secret
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.server.auth.authorizer import AuthorizerOptions
from ghpypi.server.index.upstream import UpstreamOptions
from tests.server.scene import (
    ANONYMOUS,
    JSON,
    READER,
    STRANGER,
    WRITER,
    Server,
    serving,
    signed_in,
)
from tests.support.packages import publish_files, sdist, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import RemoteStore, Several

OPEN, BOTH, HIDDEN = "open", "both", "hidden"
OURS, THEIRS = wheel(BOTH, "1.0"), wheel(BOTH, "2.0")


@contextmanager
def aggregated(**more: Any) -> Iterator[Server]:
    """Serve files of the store, and of a repository that only the writer may read."""
    with serving(**more) as server:
        store, other = RemoteStore("acme/pypi"), RemoteStore("acme/secret")
        publish_files(store, [sdist(OPEN, "1.0")], "open-1.0")
        publish_files(store, [OURS], "both-1.0")
        publish_files(other, [THEIRS], "both-2.0")
        publish_files(other, [sdist(HIDDEN, "1.0")], "hidden-1.0")
        site_settings = SiteSettings(
            config=Config(), address="https://acme.example/", store="acme/pypi"
        )
        source = Several(store, other)
        build_index(source, server.reader.site, site_settings, MemoryReporter(), IndexOptions())
        server.reader.readers["acme/secret"] = (WRITER,)
        server.settle()
        yield server


@pytest.fixture
def server() -> Iterator[Server]:
    with aggregated() as server:
        yield server


def projects(server: Server, token: str | None) -> list[str]:
    return [
        each["name"]
        for each in server.client.get(
            "/simple/", auth=signed_in(token), headers={"accept": JSON}
        ).json()["projects"]
    ]


def files(server: Server, name: str, token: str | None) -> list[str]:
    response = server.client.get(
        f"/simple/{name}/", auth=signed_in(token), headers={"accept": JSON}
    )
    return (
        [each["filename"] for each in response.json()["files"]]
        if response.status_code == 200
        else []
    )


def test_project_lists_contain_what_the_caller_may_read(server: Server) -> None:
    for _ in range(2):  # the second time from the cache
        assert projects(server, WRITER) == [BOTH, HIDDEN, OPEN]
        assert projects(server, READER) == [BOTH, OPEN]


def test_a_project_page_has_the_files_that_the_caller_may_read(server: Server) -> None:
    for _ in range(2):
        assert files(server, BOTH, WRITER) == [OURS[0], THEIRS[0]]
        assert files(server, BOTH, READER) == [OURS[0]]
        assert files(server, HIDDEN, WRITER) != []
    page = server.client.get(f"/simple/{BOTH}/", headers={"accept": JSON})
    assert page.json()["versions"] == ["1.0"]
    assert "secret" not in page.text


def test_a_project_that_the_caller_may_not_read_is_not_found(server: Server) -> None:
    hidden, missing = (server.client.get(f"/simple/{name}/") for name in (HIDDEN, "never"))

    assert hidden.status_code == missing.status_code == 404
    assert hidden.text.replace(HIDDEN, "x") == missing.text.replace("never", "x")


def test_a_hidden_name_is_never_sent_to_the_upstream_index() -> None:
    """Anyone could publish it there."""
    upstream = UpstreamOptions(url="https://pypi.example/simple/", merge=("*",))
    with aggregated(upstream_index=upstream) as server:
        assert server.client.get(f"/simple/{HIDDEN}/").status_code == 404
        assert files(server, BOTH, READER) == [OURS[0]]


@pytest.mark.parametrize("path", ["/", "/projects/", "/index.html"])
def test_pages_about_all_projects_need_access_to_all_repositories(
    server: Server, path: str
) -> None:
    assert server.client.get(path, auth=signed_in(WRITER)).status_code == 200
    refused = server.client.get(path)
    assert refused.status_code == 403
    assert "use simple/" in refused.text


@pytest.mark.parametrize("page", ["", "feed.xml", "about.json", "badge.svg", "1.0/"])
def test_the_page_of_a_project_needs_access_to_all_its_repositories(
    server: Server, page: str
) -> None:
    for name, status in ((OPEN, 200), (BOTH, 403), (HIDDEN, 403)):
        assert server.client.get(f"/project/{name}/{page}").status_code == status
        assert (
            server.client.get(f"/project/{name}/{page}", auth=signed_in(WRITER)).status_code == 200
        )
    assert server.client.get("/assets/site.css").status_code == 200


def found_by_search(server: Server, token: str | None) -> list[str]:
    response = server.client.get("/search.json", auth=signed_in(token))

    assert response.status_code == 200
    assert response.headers["cache-control"].startswith("private")
    return [row[0] for row in response.json()["projects"]]


def test_the_search_has_only_projects_that_the_caller_may_read(server: Server) -> None:
    for _ in range(2):  # the second time from the cache
        assert found_by_search(server, WRITER) == [BOTH, HIDDEN, OPEN]
        assert found_by_search(server, READER) == [OPEN]
    full, part = (
        server.client.get("/search.json", auth=signed_in(token)) for token in (WRITER, READER)
    )
    seen = {"if-none-match": full.headers["etag"]}

    assert HIDDEN not in part.text
    assert "2.0" not in part.text  # of a project of which the caller may read another version
    assert server.client.get("/search.json", headers=seen).status_code == 200
    assert server.client.get("/search.json", auth=signed_in(STRANGER)).status_code == 403
    assert server.client.get("/search.json", auth=ANONYMOUS).status_code == 401


def test_the_search_has_no_project_that_is_in_no_catalog(server: Server) -> None:
    published = b'{"format":1,"projects":[["open","1.0","",""],["unknown","1.0","",""]]}'
    server.reader.site.pages["search.json"] = published

    assert found_by_search(server, READER) == [OPEN]


DAMAGED = [
    ("search.json", [b"", b"[]", b"{}", b'{"projects":[[]]}', b'{"projects":1}']),
    ("downloads.json", [b"", b"[]", b"{}", b'{"projects":1}']),
    ("feed.xml", [b"<entry>\n", b"<entry>\n</feed>\n", b"<entry>\n</entry>\n</entry>\n</feed>\n"]),
]


@pytest.mark.parametrize(
    ("path", "published"), [(path, each) for path, several in DAMAGED for each in several]
)
def test_damaged_data_are_never_sent_to_a_caller_who_may_not_read_all(
    server: Server, path: str, published: bytes
) -> None:
    server.reader.site.pages[path] = published
    answer = server.client.get(f"/{path}")

    assert answer.status_code == 502
    assert f"the published {path} is damaged" in answer.text


def test_the_feed_has_only_projects_that_the_caller_may_read(server: Server) -> None:
    full, part = (server.client.get("/feed.xml", auth=signed_in(x)) for x in (WRITER, READER))
    every, some = (ET.fromstring(answer.text) for answer in (full, part))  # noqa: S314 - ours
    titles = [each.findtext("{*}title") for each in some.iterfind("{*}entry")]

    assert len(every.findall("{*}entry")) == 3
    assert titles == ["open 1.0"]
    assert some.findtext("{*}updated") == some.findtext("{*}entry/{*}updated")
    assert some.findtext("{*}title") == every.findtext("{*}title")
    assert HIDDEN not in part.text
    assert part.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert server.client.get("/feed.xml", auth=signed_in(STRANGER)).status_code == 403


def test_a_feed_of_which_the_caller_may_read_nothing_is_empty(server: Server) -> None:
    pages = server.reader.site.pages
    hidden = pages["feed.xml"].replace(b"/project/open/#", b"/project/hidden/#")
    pages["feed.xml"] = hidden.replace(b"/project/both/#", b"/projects/#")
    answer = server.client.get("/feed.xml", auth=signed_in(READER))
    feed = ET.fromstring(answer.text)  # noqa: S314 - ours

    assert feed.findall("{*}entry") == []
    assert feed.findtext("{*}updated") == "1970-01-01T00:00:00Z"


def test_the_downloads_have_only_projects_that_the_caller_may_read(server: Server) -> None:
    published = b'{"format":1,"weeks":["2026-W47"],"projects":{"hidden":[7],"open":[9]}}'
    server.reader.site.pages["downloads.json"] = published
    answer = server.client.get("/downloads.json", auth=signed_in(READER))

    assert answer.json() == {"format": 1, "weeks": ["2026-W47"], "projects": {"open": [9]}}


def test_a_browser_that_may_not_read_all_projects_gets_the_search_of_the_others(
    server: Server,
) -> None:
    refused = server.client.get("/", headers={"accept": "text/html", "user-agent": "Mozilla/5.0"})

    assert refused.status_code == 403
    assert "<div data-find></div>" in refused.text
    assert '<script src="/assets/site.js" defer>' in refused.text
    assert "script-src 'self'; connect-src 'self'" in refused.headers["content-security-policy"]
    assert "secret" not in refused.text


def test_anonymous_callers_see_public_repositories() -> None:
    with aggregated(own_token=WRITER) as server:
        server.reader.public = True

        assert projects(server, None) == [BOTH, OPEN]
        assert files(server, BOTH, None) == [OURS[0]]
        assert server.client.get(f"/simple/{HIDDEN}/", auth=ANONYMOUS).status_code == 404
        assert server.client.get(f"/project/{HIDDEN}/", auth=ANONYMOUS).status_code == 401


@pytest.mark.parametrize(
    ("patterns", "seen"), [((), [BOTH, OPEN]), (("acme/*",), [BOTH, HIDDEN, OPEN])]
)
def test_anonymous_reads_cover_the_store_and_configured_repositories(
    patterns: tuple[str, ...], seen: list[str]
) -> None:
    authorizer = AuthorizerOptions(anonymous_read=True, anonymous_repositories=patterns)
    with aggregated(own_token=WRITER, authorizer=authorizer) as server:
        assert projects(server, None) == seen


def test_the_password_of_the_server_grants_access_to_all_repositories() -> None:
    authorizer = AuthorizerOptions(password=Secret("open sesame"))
    with aggregated(own_token=WRITER, authorizer=authorizer) as server:
        assert projects(server, "open sesame") == [BOTH, HIDDEN, OPEN]


def test_a_store_of_one_repository_needs_one_permission_check() -> None:
    with serving(sdist(OPEN, "1.0")) as server:
        projects(server, READER)
        files(server, OPEN, READER)

        assert server.reader.count("rights") == 1


def test_pages_that_differ_between_callers_are_not_cached_by_nginx(server: Server) -> None:
    for path, expires in ((f"/simple/{OPEN}/", None), (f"/simple/{BOTH}/", "0"), ("/simple/", "0")):
        assert server.client.get(path).headers.get("x-accel-expires") == expires


@pytest.mark.parametrize(
    "path",
    [
        f"/project/{OPEN}/../{HIDDEN}/index.html",
        f"/project/{OPEN}/%2e%2e/{HIDDEN}/index.html",
        f"/project/{OPEN}/..%2f{HIDDEN}/index.html",
        f"/project/./{HIDDEN}/index.html",
        f"/project//{HIDDEN}/index.html",
        "/assets/../search.json",
        "/assets/%2e%2e/search.json",
        "/project/never/../../search.json",
    ],
)
def test_no_other_path_leads_to_pages_of_hidden_repositories(server: Server, path: str) -> None:
    response = server.get_verbatim(path)

    assert response.status_code in {400, 403, 404}
    assert HIDDEN not in response.text
