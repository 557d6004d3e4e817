"""Reading any index: redirects, ranges, limits, and where credentials go."""

from pathlib import Path

import pytest
import requests
from urllib3 import HTTPResponse

from ghpypi.core.distribution.examine import glance
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.stores.fetcher.folder import FolderFetcher, folder_url
from ghpypi.stores.fetcher.web import MOST_REDIRECTS, WebFetcher, retry
from tests.jobs.verify.sites import redirect
from tests.support.archives import WHEEL_NAME, wheel_of
from tests.support.canned_site import BINARY, Canned, CannedSite, Pages

INDEX = "https://pypi.example/simple/"
FILE = "https://files.example/f.whl"


def fetching(pages: Pages) -> tuple[WebFetcher, CannedSite]:
    site = CannedSite(pages)
    return WebFetcher(INDEX, ("bot", Secret("hunter22")), adapter=lambda: site), site


def signed(request: requests.PreparedRequest) -> bool:
    return "Authorization" in request.headers


def test_credentials_are_sent_to_the_origin_of_the_index_only() -> None:
    places = [
        INDEX, "https://pypi.example/files/a", "https://pypi.example:8443/simple/", FILE,
        "https://pypi.example.evil.example/simple/",
    ]  # fmt: skip
    fetcher, site = fetching({})
    for place in places:
        fetcher.get(place)
        fetcher.hash(place, "sha256")

    assert [signed(request) for request in site.seen] == [True] * 4 + [False] * 6


def test_credentials_are_not_sent_to_the_target_of_a_redirect() -> None:
    fetcher, site = fetching({INDEX: redirect(FILE), FILE: redirect(f"{INDEX}b/")})
    fetched = fetcher.get(INDEX)

    assert fetched.hops == (FILE, f"{INDEX}b/")
    assert fetched.url == f"{INDEX}b/"
    assert [signed(request) for request in site.seen] == [True, False, True]


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    fetcher, site = fetching({INDEX: redirect("http://pypi.example/simple/")})

    assert fetcher.get(INDEX).insecure == "http://pypi.example/simple/"
    assert len(site.seen) == 1


def test_redirects_without_an_end_are_given_up() -> None:
    fetcher, site = fetching({INDEX: redirect(INDEX)})

    assert fetcher.get(INDEX).looping
    assert len(site.seen) == MOST_REDIRECTS + 1


def test_a_host_cannot_delay_requests_for_hours() -> None:
    response = HTTPResponse(headers={"Retry-After": "3600"})

    assert retry(90).get_retry_after(response) == 30


def test_a_page_is_read_up_to_a_limit() -> None:
    fetcher, _ = fetching({INDEX: Canned(body=b"x" * 100)})
    fetched = fetcher.get(INDEX, limit=10)

    assert (fetched.body, fetched.too_large) == (b"x" * 10, True)
    assert not fetcher.get(INDEX, limit=100).too_large


@pytest.mark.parametrize("ranges", [True, False])
def test_the_metadata_of_a_large_wheel_takes_two_ranges(ranges: bool) -> None:
    content = wheel_of({"big.py": bytes(number * 7 % 251 for number in range(1 << 19))})
    fetcher, site = fetching({FILE: Canned(type=BINARY, body=content, ranges=ranges)})
    with fetcher.open(FILE) as remote:
        assert remote.file
        found = glance(remote.file, Filename.parse(WHEEL_NAME))

    assert found.metadata
    assert remote.ranges is ranges
    assert not remote.problem
    assert len(site.seen) <= 2


def test_an_empty_file_has_no_range() -> None:
    fetcher, _ = fetching({FILE: Canned(type=BINARY)})
    with fetcher.open(FILE) as remote:
        assert remote.fetched.found
        assert remote.fetched.length == 0


def test_a_hash_is_of_the_whole_file() -> None:
    fetcher, _ = fetching({FILE: Canned(type=BINARY, body=b"x" * 3)})

    assert fetcher.hash(FILE, "md5").value == "f561aaf6ef0bf14d4208bb46a4ccb3ad"
    assert fetcher.hash(f"{FILE}x", "md5").problem == "HTTP 404"


def test_a_download_that_ends_early_says_nothing_about_the_file() -> None:
    fetcher, _ = fetching({FILE: Canned(type=BINARY, body=b"x" * 30, cut=3)})

    assert fetcher.hash(FILE, "sha256").problem


def test_a_folder_has_nothing_outside_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "site/simple").mkdir(parents=True)
    (tmp_path / "site/simple/index.html").write_text("page")
    (tmp_path / "site/link").symlink_to(tmp_path / "secret")
    fetcher, url = FolderFetcher(tmp_path / "site"), folder_url(tmp_path / "site")

    assert fetcher.get(f"{url}simple/").body == b"page"
    assert fetcher.get(f"{url}simple/").media_type == "text/html"
    for path in ("../secret", "%2e%2e/secret", "link", "simple/no", "simple/%00", "a" * 5000):
        assert fetcher.get(f"{url}{path}").status == 404
        assert fetcher.hash(f"{url}{path}", "sha256").problem


def test_a_failed_connection_is_described_without_the_texts_of_the_library() -> None:
    url = "http://127.0.0.1:1/simple/"
    fetched = WebFetcher(max_wait=0).get(url)

    assert (fetched.status, fetched.reason) == (0, "'127.0.0.1' refused the connection")
    assert WebFetcher(max_wait=0).hash(url, "sha256").problem == fetched.reason
