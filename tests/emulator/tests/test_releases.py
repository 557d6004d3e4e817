"""The emulator's releases and assets: GitHub's rules, messages and traps."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import github as pygithub
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.names import stored_name
from tests.emulator.scene import Scene, opened_scene
from tests.support.waiting import HANG_SECONDS

RELEASES = "/repos/acme/pypi/releases"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as opened:
        yield opened


def first_error(answer: Any) -> dict[str, str]:
    entry: dict[str, str] = answer.json()["errors"][0]
    return entry


def test_a_release_is_created_and_its_tag_made(scene: Scene) -> None:
    answer = scene.api("POST", RELEASES, json={"tag_name": "v1", "name": "One", "body": "x"})

    assert answer.status_code == 201
    assert answer.json()["upload_url"].endswith("/assets{?name,label}")
    assert scene.repo.tags() == ["v1"]
    assert scene.repo.git.resolve("v1") == scene.repo.head("main")


def test_a_draft_has_no_tag_until_it_is_published(scene: Scene) -> None:
    draft = scene.api("POST", RELEASES, json={"tag_name": "v1", "draft": True}).json()

    assert scene.repo.tags() == []
    assert "/untagged-" in draft["html_url"]
    assert draft["published_at"] is None
    assert scene.api("GET", f"{RELEASES}/tags/v1").status_code == 404

    published = scene.api("PATCH", f"{RELEASES}/{draft['id']}", json={"draft": False}).json()

    assert scene.repo.tags() == ["v1"]
    assert published["html_url"].endswith("/releases/tag/v1")
    assert scene.api("GET", f"{RELEASES}/tags/v1").json()["id"] == draft["id"]


def test_drafts_are_hidden_from_readers(scene: Scene) -> None:
    scene.github.add_user("reader")
    reader = scene.github.add_token("reader")
    draft = scene.repo.add_release("v1", draft=True)
    asset = draft.add_asset("a.whl", b"a")

    assert len(scene.api("GET", RELEASES).json()) == 1
    for token in (reader, None):
        assert scene.api("GET", RELEASES, token).json() == []
        assert scene.api("GET", f"{RELEASES}/{draft.id}", token).status_code == 404
        assert scene.api("GET", f"{RELEASES}/assets/{asset.id}", token).status_code == 404


def test_several_drafts_may_share_a_tag_but_releases_may_not(scene: Scene) -> None:
    for _ in range(2):
        made = scene.api("POST", RELEASES, json={"tag_name": "v1", "draft": True})
        assert made.status_code == 201
    scene.repo.add_release("v2")

    refused = scene.api("POST", RELEASES, json={"tag_name": "v2"})

    assert refused.status_code == 422
    assert first_error(refused)["code"] == "already_exists"


def test_the_second_draft_of_a_tag_cannot_be_published(scene: Scene) -> None:
    first, second = (scene.repo.add_release("v1", draft=True) for _ in range(2))
    assert scene.api("PATCH", f"{RELEASES}/{first.id}", json={"draft": False}).status_code == 200

    refused = scene.api("PATCH", f"{RELEASES}/{second.id}", json={"draft": False})

    assert refused.status_code == 422
    assert first_error(refused) == {
        "resource": "Release",
        "code": "already_exists",
        "field": "tag_name",
    }


def test_a_release_shows_late_where_listings_lag(scene: Scene) -> None:
    scene.github.listing_lag = 10
    made = scene.api("POST", RELEASES, json={"tag_name": "v1"}).json()
    paths = (RELEASES, f"{RELEASES}/tags/v1")
    early = [scene.api("GET", path) for path in paths]
    assert scene.api("GET", f"{RELEASES}/{made['id']}").status_code == 200
    scene.github.advance(10)
    late = [scene.api("GET", path) for path in paths]

    assert (early[0].json(), early[1].status_code) == ([], 404)
    assert [each["id"] for each in (*late[0].json(), late[1].json())] == [made["id"]] * 2


class SlowBody:
    """A body of two halves; something is done between them."""

    def __init__(self, halves: list[bytes], between: Callable[[], None]) -> None:
        self._halves, self._between = halves, between
        self._size = sum(map(len, halves))

    def __len__(self) -> int:
        return self._size

    def read(self, _: int = -1) -> bytes:
        if len(self._halves) == 1:
            self._between()
        return self._halves.pop(0) if self._halves else b""


def test_an_upload_that_goes_on_holds_its_name_as_a_starter(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    seen: list[str] = []

    def upload_another() -> None:
        while not release.assets:
            time.sleep(0.001)
        refused = scene.upload(release, "a.whl", b"other")
        seen.extend([first_error(refused)["code"], release.assets[0].state])

    answer = scene.upload(release, "a.whl", SlowBody([b"x" * 300_000, b"y"], upload_another))

    assert seen == ["already_exists", "starter"]
    assert (answer.status_code, answer.json()["state"]) == (201, "uploaded")
    assert release.assets[0].data == b"x" * 300_000 + b"y"


def test_tags_with_slashes_are_found_when_encoded(scene: Scene) -> None:
    scene.repo.add_release("pkg/v1")

    assert scene.api("GET", f"{RELEASES}/tags/pkg%2Fv1").status_code == 200
    assert scene.api("GET", f"{RELEASES}/tags/pkg/v1").status_code == 404


def test_an_empty_repository_takes_no_release(scene: Scene) -> None:
    scene.github.add_repository("acme/empty", empty=True).grant("hub-bot", "write")

    refused = scene.api("POST", "/repos/acme/empty/releases", json={"tag_name": "v1"})

    assert refused.status_code == 422
    assert first_error(refused)["message"] == "Repository is empty."


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"tag_name": "v1", "body": "x" * 125_001}, "body"),
        ({"tag_name": "bad tag"}, "tag_name"),
        ({"tag_name": "v1", "target_commitish": "nowhere"}, "target_commitish"),
    ],
    ids=["body", "tag", "target"],
)
def test_a_bad_release_is_refused(scene: Scene, document: dict[str, str], field: str) -> None:
    refused = scene.api("POST", RELEASES, json=document)

    assert refused.status_code == 422
    assert first_error(refused)["field"] == field


def test_listing_is_by_the_commits_dates_and_paged(scene: Scene) -> None:
    for day in (2, 3, 1):
        scene.repo.add_release(f"v{day}", created_at=datetime(2025, 1, day, tzinfo=UTC))

    first = scene.api("GET", RELEASES, params={"per_page": 2})

    assert [one["tag_name"] for one in first.json()] == ["v3", "v2"]
    assert set(first.links) == {"next", "last"}
    second = scene.get(first.links["next"]["url"])
    assert [one["tag_name"] for one in second.json()] == ["v1"]
    assert set(second.links) == {"prev", "first"}
    assert scene.api("GET", f"{RELEASES}/latest").json()["tag_name"] == "v3"


def test_listing_ends_at_the_limit(scene: Scene) -> None:
    scene.github.list_limit = 1000

    assert scene.api("GET", RELEASES, params={"per_page": 100, "page": 10}).status_code == 200
    refused = scene.api("GET", RELEASES, params={"per_page": 100, "page": 11})
    assert refused.status_code == 422
    assert refused.json()["message"] == "Only the first 1000 results are available."


def test_a_page_that_is_too_heavy_answers_502(scene: Scene) -> None:
    scene.github.max_listing_assets = 3
    for tag in ("v1", "v2"):
        for name in ("a", "b"):
            scene.repo.add_release(f"{tag}{name}").add_asset("x.whl", b"x")
            scene.repo.releases[-1].add_asset("y.whl", b"y")

    assert scene.api("GET", RELEASES, params={"per_page": 2}).status_code == 502
    assert scene.api("GET", RELEASES, params={"per_page": 1}).status_code == 200


def test_a_kept_rendering_follows_every_change(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    asset = release.add_asset("x.whl", b"x")
    scene.api("GET", RELEASES)

    asset.digest = None
    assert scene.api("GET", RELEASES).json()[0]["assets"][0]["digest"] is None
    release.assets.remove(asset)
    assert scene.api("GET", RELEASES).json()[0]["assets"] == []
    scene.repo.rename("acme/renamed")
    assert "acme/renamed" in scene.api("GET", "/repos/acme/renamed/releases").json()[0]["url"]


# Uploads


def test_an_upload_is_stored_with_its_digest(scene: Scene) -> None:
    release = scene.repo.add_release("v1")

    answer = scene.upload(release, "pkg-1.0.tar.gz", b"bytes")

    assert answer.status_code == 201
    document = answer.json()
    assert (document["size"], document["state"]) == (5, "uploaded")
    assert document["digest"].startswith("sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f7")
    assert document["uploader"]["login"] == "hub-bot"
    assert release.assets[0].data == b"bytes"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("pkg-1.0+cu128-py3-none-any.whl", "pkg-1.0+cu128-py3-none-any.whl"),
        ("pkg-1!2.0.whl", "pkg-1.2.0.whl"),
        ("a b (1)~x.whl", "a.b.1.x.whl"),
        (".hidden", "default.hidden"),
        ("façade.exposé", "facade.expose"),
        ("Hello, দুনিয়া", "default.Hello"),
        ("@scope_x.whl", "@scope_x.whl"),
    ],
)
def test_names_are_rewritten_silently(scene: Scene, sent: str, stored: str) -> None:
    answer = scene.upload(scene.repo.add_release("v1"), sent)

    assert answer.status_code == 201
    assert answer.json()["name"] == stored


@given(st.text(min_size=1).filter(lambda name: stored_name(name) != "default."))
def test_a_stored_name_is_stored_as_it_is(name: str) -> None:
    once = stored_name(name)

    assert stored_name(once) == once


def test_a_bare_plus_is_a_space(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    url = f"{scene.github.uploads_url}{RELEASES}/{release.id}/assets?name=a-1.0+cu1.whl"

    answer = scene.session.post(
        url,
        data=b"x",
        headers={"Content-Type": "application/zip", **scene.sign("")},
        timeout=HANG_SECONDS,
    )

    assert answer.json()["name"] == "a-1.0.cu1.whl"


def test_the_browser_url_spells_a_plus_as_percent(scene: Scene) -> None:
    answer = scene.upload(scene.repo.add_release("v1"), "a-1.0+cu1.whl")

    assert answer.json()["browser_download_url"].endswith("/download/v1/a-1.0%2Bcu1.whl")


def test_the_same_name_twice_is_refused_as_github_words_it(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    scene.upload(release, "a.whl")

    refused = scene.upload(release, "a.whl")

    assert refused.status_code == 422
    document = refused.json()
    assert document.pop("request_id")
    assert document == {
        "message": "Validation Failed",
        "documentation_url": "https://docs.github.com/rest",
        "errors": [{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}],
    }


def test_deleting_and_uploading_again_gives_another_id(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    old = scene.upload(release, "a.whl").json()["id"]

    assert scene.api("DELETE", f"{RELEASES}/assets/{old}").status_code == 204
    assert scene.upload(release, "a.whl").json()["id"] != old


def test_sizes_are_limited_at_both_ends(scene: Scene) -> None:
    scene.github.max_asset_size = 3
    release = scene.repo.add_release("v1")

    assert first_error(scene.upload(release, "a", b""))["field"] == "size"
    over = scene.upload(release, "a", b"1234")
    assert first_error(over)["message"] == "size must be less than or equal to 3"
    chunked = scene.upload(release, "a", iter([b"12"]))
    assert (chunked.status_code, chunked.json()["message"]) == (400, "Bad Content-Length: ")
    assert release.assets == []


def test_the_number_of_assets_is_limited(scene: Scene) -> None:
    scene.github.max_assets = 1
    release = scene.repo.add_release("v1")
    scene.upload(release, "a")

    refused = scene.upload(release, "b")

    assert first_error(refused)["message"] == "file_count limited to 1 assets per release"


def test_a_large_upload_goes_through_the_disk(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    data = bytes(range(256)) * 40_000

    answer = scene.upload(release, "big.whl", data)

    assert answer.status_code == 201
    assert release.assets[0].blob.path is not None
    assert (
        scene.session.get(answer.json()["browser_download_url"], timeout=HANG_SECONDS).content
        == data
    )


def test_assets_are_paged(scene: Scene) -> None:
    release = scene.repo.add_release("v1")
    for number in range(31):
        release.add_asset(f"{number}.whl", b"x", digest=number > 0)

    first = scene.api("GET", f"{RELEASES}/{release.id}/assets")

    assert len(first.json()) == 30
    assert first.json()[0]["digest"] is None
    assert len(scene.get(first.links["next"]["url"]).json()) == 1


def test_an_asset_is_renamed_and_relabeled(scene: Scene) -> None:
    asset = scene.repo.add_release("v1").add_asset("a.whl", b"a")

    answer = scene.api(
        "PATCH", f"{RELEASES}/assets/{asset.id}", json={"name": "b.whl", "label": "B"}
    )

    assert (answer.json()["name"], answer.json()["label"]) == ("b.whl", "B")


# Immutable releases


def test_publication_freezes_the_assets_and_the_tag(scene: Scene) -> None:
    scene.repo.immutable_releases = True
    draft = scene.repo.add_release("v1", draft=True)
    asset = scene.upload(draft, "a.whl").json()

    answer = scene.api("PATCH", f"{RELEASES}/{draft.id}", json={"draft": False})

    assert answer.json()["immutable"] is True
    refused = scene.upload(draft, "b.whl")
    assert refused.status_code == 422
    assert refused.json()["message"] == "Cannot upload assets to an immutable release."
    assert scene.api("DELETE", f"{RELEASES}/assets/{asset['id']}").status_code == 422
    assert scene.api("PATCH", f"{RELEASES}/{draft.id}", json={"tag_name": "w"}).status_code == 422
    assert scene.api("PATCH", f"{RELEASES}/{draft.id}", json={"body": "Yes"}).status_code == 200
    assert scene.api("DELETE", "/repos/acme/pypi/git/refs/tags/v1").status_code == 422


def test_a_tag_of_an_immutable_release_is_burned(scene: Scene) -> None:
    scene.repo.immutable_releases = True
    release = scene.repo.add_release("v1")
    assert scene.api("DELETE", f"{RELEASES}/{release.id}").status_code == 204
    assert scene.repo.tags() == ["v1"]

    refused = scene.api("POST", RELEASES, json={"tag_name": "v1"})

    assert first_error(refused)["message"] == "tag_name was used by an immutable release"


def test_the_switch_asks_for_an_admin(scene: Scene) -> None:
    path = "/repos/acme/pypi/immutable-releases"
    admin = scene.github.add_token("boss")

    assert scene.api("PUT", path).status_code == 404
    assert scene.api("GET", path, admin).status_code == 404
    assert scene.api("PUT", path, admin).status_code == 204
    assert scene.api("GET", path, admin).json() == {"enabled": True, "enforced_by_owner": False}
    assert scene.api("DELETE", path, admin).status_code == 204
    assert not scene.repo.immutable_releases


def test_a_target_that_changes_workflows_needs_the_scope(scene: Scene) -> None:
    scene.repo.commit_files({".github/workflows/x.yml": "on: push"}, branch="side")
    without = scene.github.add_token("hub-bot", scopes=["repo"])
    workflow = scene.github.add_token("hub-bot", installation="acme/pypi")
    document = {"tag_name": "v1", "target_commitish": "side"}

    assert scene.api("POST", RELEASES, without, json=document).status_code == 404
    assert scene.api("POST", RELEASES, workflow, json=document).status_code == 403
    assert scene.api("POST", RELEASES, json=document).status_code == 201


# A real client


def test_pygithub_works_against_it(scene: Scene, tmp_path: Path) -> None:
    for number in range(35):
        scene.repo.add_release(f"v{number}").add_asset("a.whl", b"abc")
    wheel = tmp_path / "b-1.0+x-py3-none-any.whl"
    wheel.write_bytes(b"content")
    client = pygithub.Github(
        auth=pygithub.Auth.Token(scene.token),
        base_url=scene.github.api_url,
        per_page=10,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )

    with client:
        repository = client.get_repo("acme/pypi")
        releases = list(repository.get_releases())
        made = repository.create_git_release("v99", "Name", "Body", draft=True)
        asset = made.upload_asset(str(wheel))
        made.update_release("Name", "Body", draft=False)

    assert len(releases) == 35
    assert (releases[0].assets[0].digest or "").startswith("sha256:")
    assert asset.name == wheel.name
    assert "v99" in scene.repo.tags()
