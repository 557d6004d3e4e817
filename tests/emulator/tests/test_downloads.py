"""The emulator's ways to the bytes: API, browser URL, signed URL, and the Pages origin."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.release import Asset
from tests.emulator.scene import Scene, opened_scene
from tests.support.waiting import HANG_SECONDS

BINARY = {"Accept": "application/octet-stream"}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as opened:
        yield opened


@pytest.fixture
def asset(scene: Scene) -> Asset:
    return scene.repo.add_release("v1").add_asset("a+b.whl", b"0123456789")


def signed(scene: Scene, asset: Asset) -> str:
    answer = scene.api("GET", f"/repos/acme/pypi/releases/assets/{asset.id}", headers=BINARY)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_the_api_redirects_to_a_signed_url(scene: Scene, asset: Asset) -> None:
    url = signed(scene, asset)

    assert url.startswith(scene.github.cdn_url)
    answer = scene.get(url)
    assert answer.content == b"0123456789"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=a+b.whl"
    assert scene.api("GET", f"/repos/acme/pypi/releases/assets/{asset.id}").json()["size"] == 10


def test_the_api_may_also_answer_with_the_bytes(scene: Scene, asset: Asset) -> None:
    scene.github.asset_redirects = False

    answer = scene.api("GET", f"/repos/acme/pypi/releases/assets/{asset.id}", headers=BINARY)

    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_a_signed_url_refuses_credentials(scene: Scene, asset: Asset) -> None:
    answer = scene.get(signed(scene, asset), headers={"Authorization": "Bearer x"})

    assert answer.status_code == 400
    assert "Only one auth mechanism allowed" in answer.text


def test_a_signed_url_expires(scene: Scene, asset: Asset) -> None:
    url = signed(scene, asset)
    scene.github.advance(scene.github.cdn_lifetime + 2)

    assert scene.get(url).status_code == 403
    assert scene.get(signed(scene, asset)).status_code == 200


def test_a_signature_cannot_be_made_up(scene: Scene, asset: Asset) -> None:
    assert scene.get(signed(scene, asset).replace("sig=", "sig=0")).status_code == 403
    assert scene.get(f"{scene.github.cdn_url}/nothing").status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
    ],
)
def test_ranges(scene: Scene, asset: Asset, asked: str, status: int, content: bytes) -> None:
    answer = scene.get(signed(scene, asset), headers={"Range": asked})

    assert (answer.status_code, answer.content) == (status, content)


def test_ranges_and_head_can_be_switched_off(scene: Scene, asset: Asset) -> None:
    url = signed(scene, asset)
    assert scene.session.head(url, timeout=HANG_SECONDS).headers["Content-Length"] == "10"

    scene.github.cdn_head = scene.github.cdn_ranges = False

    assert scene.session.head(url, timeout=HANG_SECONDS).status_code == 403
    assert scene.get(url, headers={"Range": "bytes=2-4"}).status_code == 200


def test_a_public_browser_url_redirects_and_counts(scene: Scene, asset: Asset) -> None:
    url = f"{scene.github.server_url}/acme/pypi/releases/download/v1/a%2Bb.whl"

    answer = scene.get(url)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-cache")
    assert scene.get(answer.headers["Location"]).content == b"0123456789"
    assert asset.download_count == 1
    latest = f"{scene.github.server_url}/acme/pypi/releases/latest/download/a%2Bb.whl"
    assert scene.get(latest).headers["Location"] == url


def test_a_private_browser_url_is_not_found_whatever_the_token(scene: Scene, asset: Asset) -> None:
    scene.repo.private = True
    url = f"{scene.github.server_url}/acme/pypi/releases/download/v1/a%2Bb.whl"

    assert scene.get(url).status_code == 404
    assert scene.get(url, headers=scene.sign("")).status_code == 404


def test_drafts_and_starters_have_no_bytes(scene: Scene, asset: Asset) -> None:
    asset.state = "starter"
    draft = scene.repo.add_release("v2", draft=True)
    draft.add_asset("c.whl", b"c")
    base = f"{scene.github.server_url}/acme/pypi/releases/download"

    assert scene.get(f"{base}/v1/a%2Bb.whl").status_code == 404
    assert scene.get(f"{base}/v2/c.whl").status_code == 404
    path = f"/repos/acme/pypi/releases/assets/{asset.id}"
    assert scene.api("GET", path, headers=BINARY).status_code == 404


# Pages


@pytest.fixture
def site(scene: Scene) -> str:
    files = {
        ".nojekyll": "",
        "404.html": "custom",
        "index.html": "root",
        "simple/index.html": "simple",
        "simple/index.json": "{}",
        "page.html": "page",
        "both.html": "file",
        "both/index.html": "folder",
        "bare": "bare",
        "a.whl": "wheel",
        "_x/y.txt": "hidden without .nojekyll",
    }
    scene.repo.commit_files(files, branch="gh-pages")
    return f"{scene.github.pages_url}/acme/pypi"


@pytest.mark.parametrize(
    ("path", "kind", "content"),
    [
        ("/", "text/html; charset=utf-8", "root"),
        ("/simple/", "text/html; charset=utf-8", "simple"),
        ("/simple/index.json", "application/json; charset=utf-8", "{}"),
        ("/page", "text/html; charset=utf-8", "page"),
        ("/bare", "application/octet-stream", "bare"),
        ("/a.whl", "application/octet-stream", "wheel"),
        ("/_x/y.txt", "text/plain; charset=utf-8", "hidden without .nojekyll"),
    ],
)
def test_pages_serves_files(scene: Scene, site: str, path: str, kind: str, content: str) -> None:
    answer = scene.get(site + path)

    assert (answer.status_code, answer.text) == (200, content)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "max-age=600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = scene.get(site + path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_pages_redirects_folders_and_has_a_page_for_the_missing(scene: Scene, site: str) -> None:
    for path in ("", "/simple", "/both"):
        answer = scene.get(site + path)
        assert (answer.status_code, answer.headers["Location"]) == (301, site + path + "/")
    for path in ("/nothing", "/page.html/", "/simple/x/"):
        missing = scene.get(site + path)
        assert (missing.status_code, missing.text) == (404, "custom")


def test_without_nojekyll_some_names_are_not_served(scene: Scene, site: str) -> None:
    scene.repo.commit_files({".nojekyll": None}, branch="gh-pages")

    assert scene.get(f"{site}/_x/y.txt").status_code == 404
    assert scene.get(f"{site}/simple/").status_code == 200


def test_pages_follows_the_branch_or_the_builds(scene: Scene, site: str) -> None:
    boss = scene.github.add_token("boss")
    path = "/repos/acme/pypi/pages"
    source = {"source": {"branch": "gh-pages", "path": "/"}}
    assert scene.api("GET", path).status_code == 404
    assert scene.api("POST", path, json=source).status_code == 404
    assert scene.api("POST", path, boss, json=source).status_code == 201
    assert scene.api("POST", path, boss, json=source).status_code == 409
    assert scene.api("GET", "/repos/acme/pypi").json()["has_pages"] is True
    assert scene.api("PUT", path, boss, json=source).status_code == 204

    scene.repo.commit_files({"index.html": "second"}, branch="gh-pages")
    assert scene.get(f"{site}/").text == "second"
    built = scene.api("GET", f"{path}/builds/latest").json()
    assert built["commit"] == scene.repo.head("gh-pages")

    scene.github.pages_builds_on_push = False
    scene.repo.commit_files({"index.html": "third"}, branch="gh-pages")
    assert scene.get(f"{site}/").text == "second"
    assert scene.api("POST", f"{path}/builds").status_code == 201
    assert scene.get(f"{site}/").text == "third"
    assert len(scene.api("GET", f"{path}/builds").json()) == 3


def test_a_workflows_token_cannot_set_pages_up(scene: Scene, site: str) -> None:
    token = scene.github.add_token("hub-bot", installation="acme/pypi")

    answer = scene.api("POST", "/repos/acme/pypi/pages", token, json={"build_type": "workflow"})

    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by integration"
