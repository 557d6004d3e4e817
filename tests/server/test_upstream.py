from datetime import timedelta

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.config.minimum_age import MinimumAge
from ghpypi.core.model import UpstreamFile
from ghpypi.server.index.upstream import UpstreamOptions
from tests.server.scene import (
    ANONYMOUS,
    JSON,
    READER,
    NoUpstream,
    Server,
    serving,
)
from tests.support.packages import wheel

URL = "https://index.example/simple/"
OLD, NEW = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"


def theirs(name: str, version: str, time: str = OLD) -> UpstreamFile:
    filename = f"{name}-{version}-py3-none-any.whl"
    return {
        "filename": filename,
        "url": f"https://files.example/{filename}",
        "hashes": {"sha256": "0" * 64},
        "upload-time": time,
        "core-metadata": {"sha256": "1" * 64},
    }


def test_unknown_names_are_not_found_by_default() -> None:
    with serving(wheel()) as server:
        assert server.client.get("/simple/other/").status_code == 404


def test_unknown_names_are_redirected_if_configured() -> None:
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL)) as server:
        response = server.client.get("/simple/other/?format=text/html")

        assert (response.status_code, response.headers["location"]) == (
            302,
            f"{URL}other/?format=text/html",
        )
        assert "authorization" not in response.headers


def test_names_of_the_store_are_never_redirected() -> None:
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL)) as server:
        assert server.client.get("/simple/acme-lib/").status_code == 200


def test_names_of_another_index_of_the_store_are_never_redirected() -> None:
    with serving(wheel(version="1.0+cu128"), upstream_index=UpstreamOptions(url=URL)) as server:
        server.index(Config.parse('[variants]\nfrom = "local-version"\nshared = false'))
        server.settle()

        assert server.client.get("/cu128/simple/acme-lib/").status_code == 200


def test_reserved_names_are_never_redirected() -> None:
    options = UpstreamOptions(url=URL, reserved=("acme-*", "secret"))
    with serving(wheel(), upstream_index=options) as server:
        assert server.client.get("/simple/acme-unknown/").status_code == 404
        assert server.client.get("/simple/secret/").status_code == 404
        assert server.client.get("/simple/acmeother/").status_code == 302


def test_anonymous_callers_are_not_redirected_to_the_upstream_index() -> None:
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL)) as server:
        assert server.client.get("/simple/other/", auth=ANONYMOUS).status_code == 401


def test_files_below_the_minimum_age_are_left_out() -> None:
    upstream = NoUpstream({"other": [theirs("other", "1.0"), theirs("other", "2.0", NEW)]})
    options = UpstreamOptions(url=URL, age=MinimumAge(usual=timedelta(days=7)))
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        page = server.client.get("/simple/other/", headers={"accept": JSON}).json()

        assert page["versions"] == ["1.0"]
        assert [each["url"] for each in page["files"]] == [
            "https://files.example/other-1.0-py3-none-any.whl"
        ]
        assert "2.0" not in server.client.get("/simple/other/").text


def test_a_project_can_be_exempt_from_the_minimum_age() -> None:
    upstream = NoUpstream({"other": [theirs("other", "2.0", NEW)]})
    age = MinimumAge(usual=timedelta(days=7), exceptions={"other": timedelta()})
    with serving(upstream_index=UpstreamOptions(url=URL, age=age), upstream=upstream) as server:
        assert server.client.get("/simple/other/").status_code == 302


def test_a_file_without_an_upload_time_is_too_new() -> None:
    file = theirs("other", "1.0")
    del file["upload-time"]
    upstream = NoUpstream({"other": [file]})
    options = UpstreamOptions(url=URL, age=MinimumAge(usual=timedelta(days=7)))
    with serving(upstream_index=options, upstream=upstream) as server:
        assert server.client.get("/simple/other/").status_code == 404


def test_merged_projects_list_files_of_both_indexes_and_prefer_those_of_the_store() -> None:
    upstream = NoUpstream({"acme-lib": [theirs("acme_lib", "1.0"), theirs("acme_lib", "0.9")]})
    options = UpstreamOptions(url=URL, merge=("acme-lib",))
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        page = server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()

        assert page["versions"] == ["0.9", "1.0"]
        assert [each["url"].rpartition("/acme_lib")[0] for each in page["files"]] == [
            "../../files/acme_lib-1.0",
            "https://files.example",
        ]


@pytest.mark.parametrize("index", ["nosuch", "stable"])
def test_an_index_without_files_of_a_project_does_not_list_upstream_files_of_it(
    index: str,
) -> None:
    upstream = NoUpstream({"acme-lib": [theirs("acme_lib", "99")]})
    options = UpstreamOptions(url=URL, merge=("acme-lib",))
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        server.index(Config.parse('[indexes.stable]\nexclude = ["acme-lib"]'))
        server.settle()

        assert server.client.get(f"/{index}/simple/acme-lib/").status_code == 404
        assert server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()[
            "versions"
        ] == ["1.0", "99"]


def test_an_unknown_index_redirects_nothing() -> None:
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL)) as server:
        assert server.client.get("/nosuch/simple/other/").status_code == 404


def test_files_of_the_store_are_served_during_an_outage_of_the_upstream_index() -> None:
    upstream = NoUpstream(down="HTTP 503")
    options = UpstreamOptions(url=URL, merge=("*",))
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        assert server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()[
            "versions"
        ] == ["1.0"]
        assert server.client.get("/simple/other/").status_code == 502


@pytest.mark.parametrize("damage", ["missing", "older", "damaged"])
def test_no_name_is_redirected_without_a_catalog(damage: str) -> None:
    """The names that are ours are not known then, and the public index may have them, too."""
    damaged = {"missing": None, "older": b'{"format": 0}\n', "damaged": b"x"}[damage]
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL)) as server:
        good = server.reader.site.pages[CATALOG_PATH]
        spoil(server, damaged)

        for name in ("acme-lib", "other"):
            assert server.client.get(f"/simple/{name}/").status_code == 503
        assert server.client.get("/ready").status_code == 503
        spoil(server, good)
        server.clock.time += 60
        assert server.client.get("/simple/acme-lib/").status_code == 200
        assert server.client.get("/simple/other/").status_code == 302


@pytest.mark.parametrize("damage", ["missing", "older", "damaged"])
def test_the_last_catalog_stays_in_use_if_loading_fails(damage: str) -> None:
    damaged = {"missing": None, "older": b'{"format": 0}\n', "damaged": b"x"}[damage]
    with serving(wheel(), upstream_index=UpstreamOptions(url=URL), own_token=READER) as server:
        assert server.client.get("/simple/acme-lib/").status_code == 200
        spoil(server, damaged)
        server.clock.time += 60
        server.portal.call(server.served_store.try_refresh, None)

        assert server.client.get("/simple/acme-lib/").status_code == 200
        assert server.client.get("/simple/other/").status_code == 302
        assert "stale" in server.client.get("/ready").text


def spoil(server: Server, catalog: bytes | None) -> None:
    """Replace what is published as the catalog."""
    server.reader.site.pages.pop(CATALOG_PATH, None)
    if catalog is not None:
        server.reader.site.pages[CATALOG_PATH] = catalog


def test_reserved_names_are_never_merged() -> None:
    upstream = NoUpstream({"acme-lib": [theirs("acme_lib", "99")]})
    options = UpstreamOptions(url=URL, merge=("*",), reserved=("acme-*",))
    with serving(wheel(), upstream_index=options, upstream=upstream) as server:
        assert server.client.get("/simple/acme-lib/", headers={"accept": JSON}).json()[
            "versions"
        ] == ["1.0"]
        assert upstream.asked == []


def test_the_upstream_index_is_requested_once_a_minute() -> None:
    upstream = NoUpstream({"other": [theirs("other", "1.0")]})
    options = UpstreamOptions(url=URL, age=MinimumAge(usual=timedelta(days=7)))
    with serving(upstream_index=options, upstream=upstream) as server:
        for _ in range(5):
            assert server.client.get("/simple/other/").status_code == 200
        assert upstream.asked == [f"{URL}other/"]

        server.clock.time += 61
        server.client.get("/simple/other/")
        assert len(upstream.asked) == 2
