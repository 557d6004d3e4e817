import asyncio
from collections.abc import Iterator

import pytest
from httpx2 import Response
from packaging.utils import NormalizedName

from ghpypi.core.secret import Secret
from ghpypi.core.serving import Refusal, Rights
from ghpypi.server.auth.authorizer import AuthorizerOptions
from tests.server import raw_asgi
from tests.server.scene import (
    ANONYMOUS,
    IN_A_FOLDER,
    READER,
    STRANGER,
    WRITER,
    Server,
    basic,
    serving,
    signed_in,
)
from tests.support.packages import publish_files, sidecar_of, wheel

WHEEL = wheel(text="x = 1\n" * 50)
PATH = "/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        publish_files(made.reader.store, [WHEEL, sidecar_of(WHEEL)])
        made.index()
        yield made


@pytest.fixture
def streaming() -> Iterator[Server]:
    with serving(stream=True) as made:
        publish_files(made.reader.store, [WHEEL, sidecar_of(WHEEL)])
        made.index()
        yield made


def test_a_file_is_redirected_to_a_url_signed_for_the_caller(server: Server) -> None:
    response = server.client.get(PATH)

    assert response.status_code == 302
    assert response.headers["location"].startswith(
        "https://signed.example/acme_lib-1.0-py3-none-any.whl?"
    )
    assert response.headers["cache-control"] == "no-store"
    assert ("link", READER) in server.reader.asked


def test_a_signed_url_is_cached_for_its_caller(
    server: Server,
) -> None:
    first = server.client.get(PATH).headers["location"]

    assert server.client.get(PATH).headers["location"] == first
    assert server.reader.count("link") == 1

    server.clock.time += 241
    assert server.client.get(PATH).headers["location"] != first


def test_a_signed_url_is_not_shared_with_other_callers(server: Server) -> None:
    first = server.client.get(PATH).headers["location"]
    second = server.client.get(PATH, auth=signed_in(WRITER)).headers["location"]

    assert second != first
    assert [token for what, token in server.reader.asked if what == "link"] == [READER, WRITER]
    assert server.client.get(PATH, auth=signed_in(STRANGER)).status_code == 403
    assert server.client.get(PATH, auth=ANONYMOUS).status_code == 401


def test_a_revoked_permission_stops_downloads_after_a_minute(server: Server) -> None:
    assert server.client.get(PATH).status_code == 302
    assert server.client.get(f"{PATH}.metadata").status_code == 200
    server.reader.tokens[READER] = Rights(refusal=Refusal.HIDDEN)
    server.clock.time += 61

    assert server.client.get("/simple/").status_code == 200
    assert server.client.get(PATH).status_code == 403
    assert server.client.get(f"{PATH}.metadata").status_code == 403


def test_a_revoked_token_stops_downloads_after_a_minute(server: Server) -> None:
    assert server.client.get(PATH).status_code == 302
    del server.reader.tokens[READER]
    server.clock.time += 61

    assert server.client.get(PATH).status_code == 401
    assert server.client.get("/simple/").status_code == 401


def test_downloads_need_a_fresh_permission_during_an_outage_of_github(server: Server) -> None:
    assert server.client.get(PATH).status_code == 302
    server.reader.down = True
    server.clock.time += 61

    assert server.client.get("/simple/").status_code == 200
    assert server.client.get(PATH).status_code == 503


def test_concurrent_requests_for_a_file_share_one_request_to_github(server: Server) -> None:
    server.client.get("/simple/")

    async def many() -> list[Response]:
        headers = {"authorization": basic(READER)}
        return await asyncio.gather(*(raw_asgi.get(server.app, PATH, headers) for _ in range(20)))

    responses = server.portal.call(many)

    assert len({each.headers["location"] for each in responses}) == 1
    assert server.reader.count("link") == 1


def test_failed_downloads_leave_nothing_in_the_caches(server: Server) -> None:
    server.client.get("/simple/")
    server.reader.down = True
    for number in range(50):
        server.client.get(PATH, auth=signed_in(f"ghp_{number:030}"))
        server.client.get(PATH)
    files = server.app.all_stores.files

    assert len(files._links) == len(files._linking) == len(files._reading) == 0


@pytest.mark.parametrize(("allowed", "status"), [((), 401), (("acme/l*",), 302)])
def test_anonymous_readers_get_files_of_the_repositories_that_were_named(
    allowed: tuple[str, ...], status: int
) -> None:
    told = AuthorizerOptions(anonymous_read=True, anonymous_repositories=allowed)
    with serving(WHEEL, authorizer=told, own_token=READER) as server:
        server.settle()
        file = server.served_store.catalog_view.files(NormalizedName("acme-lib"))[0]
        other = file.url.replace("acme/pypi", "acme/Lib-other")
        server.served_store.catalog_view.add(
            NormalizedName("acme-lib"), file._replace(origin="acme/Lib-other", url=other, key="")
        )

        path = f"/files/acme_lib-1.0/{WHEEL[0]}"
        assert server.client.get(path, auth=ANONYMOUS).status_code == 302
        assert (
            server.client.get(
                f"/files/@acme/Lib-other/acme_lib-1.0/{WHEEL[0]}", auth=ANONYMOUS
            ).status_code
            == status
        )


def test_a_token_that_github_refuses_is_removed_from_the_cache(server: Server) -> None:
    server.client.get("/simple/")
    server.reader.tokens[READER] = Rights(refusal=Refusal.BAD_TOKEN)
    del server.reader.tokens[READER]

    assert server.client.get(PATH).status_code == 401
    assert server.client.get("/simple/").status_code == 401


def test_files_of_a_public_repository_are_redirected_to_their_public_url(server: Server) -> None:
    server.reader.public = True

    response = server.client.get(PATH, auth=ANONYMOUS)

    assert response.status_code == 302
    assert "signed" not in response.headers["location"]
    assert server.reader.count("link") == 0


def test_a_file_that_is_not_in_the_index_is_not_found(server: Server) -> None:
    for path in (
        "/files/acme-lib-1.0/acme_lib-2.0-py3-none-any.whl",
        "/files/other-tag/acme_lib-1.0-py3-none-any.whl",
        "/files/acme-lib-1.0/README.md",
        "/files/../../etc/passwd",
        "/files/acme-lib-1.0/..%2f..%2fetc%2fpasswd",
    ):
        assert server.get_verbatim(path).status_code == 404


def test_metadata_files_are_cached_and_match_the_index(server: Server) -> None:
    first, again = (
        server.client.get(f"{PATH}.metadata"),
        server.client.get(f"{PATH}.metadata", auth=signed_in(WRITER)),
    )

    assert (first.status_code, first.content) == (200, sidecar_of(WHEEL)[1])
    assert again.content == first.content
    assert server.reader.count("open") == 1
    assert (
        server.client.get(
            f"{PATH}.metadata", headers={"if-none-match": first.headers["etag"]}
        ).status_code
        == 304
    )
    assert server.client.get(f"{PATH}.metadata", auth=signed_in(STRANGER)).status_code == 403


def test_metadata_files_that_differ_from_the_index_are_not_served(server: Server) -> None:
    server.client.get("/simple/")
    (release,) = server.reader.store.releases()
    (sidecar,) = (x for x in release.assets if x.name.endswith(".metadata"))
    server.reader.store._contents[sidecar.key] = b"Name: other\n"

    assert server.client.get(f"{PATH}.metadata").status_code == 502


def test_metadata_that_the_index_does_not_advertise_is_not_served() -> None:
    with serving() as server:
        publish_files(server.reader.store, [WHEEL, (sidecar_of(WHEEL)[0], b"of another wheel")])
        server.index()

        assert server.client.get(PATH).status_code == 302
        assert server.client.get(f"{PATH}.metadata").status_code == 404


def test_a_name_with_a_plus_is_found_however_it_is_quoted() -> None:
    with serving(wheel(version="1.0+cu128")) as server:
        for plus in ("+", "%2B", "%2b"):
            path = f"/files/acme_lib-1.0{plus}cu128/acme_lib-1.0{plus}cu128-py3-none-any.whl"

            assert server.client.get(path).status_code == 302


def test_a_tag_with_a_slash_is_found_however_it_is_quoted() -> None:
    with serving() as server:
        publish_files(server.reader.store, [WHEEL], tag="lib/v1.0")
        server.index()

        assert server.client.get(f"/files/lib/v1.0/{WHEEL[0]}").status_code == 302
        assert server.client.get(f"/files/lib%2Fv1.0/{WHEEL[0]}").status_code == 302


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=100-", 100, None), ("bytes=-10", -10, None)],
)
def test_a_range_of_a_file_is_passed_through(
    streaming: Server, wanted: str, first: int, last: int | None
) -> None:
    content = WHEEL[1]
    part = content[first : last + 1] if last is not None else content[first:]

    response = streaming.client.get(PATH, headers={"range": wanted})

    assert (response.status_code, response.content) == (206, part)
    begin = first % len(content)
    assert response.headers["content-range"] == (
        f"bytes {begin}-{begin + len(part) - 1}/{len(content)}"
    )
    assert response.headers["content-length"] == str(len(part))


def test_a_whole_file_is_passed_through(streaming: Server) -> None:
    response = streaming.client.get(PATH)
    head = streaming.client.head(PATH)

    assert (response.status_code, response.content) == (200, WHEEL[1])
    assert response.headers["accept-ranges"] == "bytes"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == response.headers


def test_a_range_beyond_the_file_is_refused(streaming: Server) -> None:
    response = streaming.client.get(PATH, headers={"range": "bytes=999999-"})

    assert (response.status_code, response.headers["content-range"]) == (
        416,
        f"bytes */{len(WHEEL[1])}",
    )


def test_head_ignores_ranges(streaming: Server) -> None:
    response = streaming.client.head(PATH, headers={"range": "bytes=0-9"})

    assert (response.status_code, response.headers["content-length"]) == (200, str(len(WHEEL[1])))
    assert "content-range" not in response.headers


def test_a_file_with_a_known_etag_is_not_sent_again(streaming: Server) -> None:
    tag = streaming.client.get(PATH).headers["etag"]
    before = streaming.reader.count("open")
    response = streaming.client.get(PATH, headers={"if-none-match": f'"other", W/{tag}'})

    assert (response.status_code, response.headers["etag"]) == (304, tag)
    assert streaming.reader.count("open") == before


def test_a_range_of_a_changed_file_is_the_whole_file(streaming: Server) -> None:
    assert (
        streaming.client.get(
            PATH, headers={"range": "bytes=0-9", "if-range": '"other"'}
        ).status_code
        == 200
    )


def test_files_of_a_folder_are_passed_through_to_everyone() -> None:
    with serving(WHEEL, capabilities=IN_A_FOLDER) as server:
        path = "/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl"

        assert server.client.get(path, auth=ANONYMOUS).content == WHEEL[1]


def test_files_are_fetched_with_the_token_of_the_server_if_configured() -> None:
    told = AuthorizerOptions(password=Secret("one-time"))
    with serving(WHEEL, authorizer=told, own_token=WRITER) as server:
        path = "/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl"

        assert server.client.get(path, auth=signed_in("one-time")).status_code == 302
        assert ("link", WRITER) in server.reader.asked


def test_failures_of_a_store_are_reported_with_retry_after(server: Server) -> None:
    server.client.get("/simple/")
    server.reader.down = True

    response = server.client.get(PATH)

    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
