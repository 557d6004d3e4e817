"""Bytes from where they are, by the way that costs least, with the token for those it is for."""

import json
from pathlib import Path

import pytest
import requests

from ghpypi.core.model import Asset
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.stores.github.releases import GitHubStore
from ghpypi.stores.github.transfer import Transfer
from tests.emulator import Emulator, Fault
from tests.stores.github.scene import Scene
from tests.support.waiting import HANG_SECONDS

CONTENT = bytes(range(256)) * 4096
HTML = {"Content-Type": "text/html; charset=utf-8"}
API_ASSET = "GET /repos/acme/pypi/releases/assets/"


def stored(scene: Scene, content: bytes = CONTENT) -> tuple[GitHubStore, Asset]:
    """A store, and an asset it has found."""
    scene.repository.add_release("1.0").add_asset("acme_lib-1.0.tar.gz", content)
    store = scene.connect().store()
    (release,) = store.releases()
    scene.github.clear_log()
    return store, release.assets[0]


def whole(store: GitHubStore, asset: Asset) -> bytes:
    with store.stream(asset) as file:
        return file.read()


def secret_shown(github: Emulator, token: str) -> list[str]:
    """The requests to other origins than those that the token is for, that carry it or any."""
    return [
        f"{each.method} {each.origin} {each.target}"
        for each in github.requests
        if each.origin in {"cdn", "web", "pages"}
        and ("authorization" in each.headers or token in f"{each.target}{each.headers}")
    ]


@pytest.fixture
def private(scene: Scene) -> Scene:
    scene.repository.private = True
    return scene


def test_a_public_file_comes_from_its_public_address_without_a_token(
    scene: Scene,
) -> None:
    store, asset = stored(scene)

    assert whole(store, asset) == CONTENT
    assert [each.origin for each in scene.github.requests] == ["web", "cdn"]
    assert secret_shown(scene.github, scene.token) == []


def test_a_private_file_comes_through_the_api(private: Scene) -> None:
    store, asset = stored(private)

    assert whole(store, asset) == CONTENT
    asked, sent_on = private.github.requests
    assert f"{asked.method} {asked.path}".startswith(API_ASSET)
    assert asked.status == 302
    assert asked.headers["accept"] == "application/octet-stream"
    assert asked.headers["authorization"] == f"Bearer {private.token}"
    assert sent_on.origin == "cdn"
    assert secret_shown(private.github, private.token) == []


def test_an_api_that_sends_the_bytes_itself_will_do(private: Scene) -> None:
    private.github.asset_redirects = False
    store, asset = stored(private)

    assert whole(store, asset) == CONTENT
    with store.seekable(asset) as file:
        file.seek(1000)
        assert file.read(24) == CONTENT[1000:1024]
    assert {each.origin for each in private.github.requests} == {"api"}


def test_a_repository_is_detected_as_private_once(private: Scene) -> None:
    # One that is only known from a file of it does not tell whether it is private.
    private.repository.add_release("1.0").add_asset("acme_lib-1.0.tar.gz", CONTENT)
    connection = private.connect()
    connection.read_file("README.md")
    store = connection.store()
    (release,) = store.releases()
    private.github.clear_log()
    for _ in range(3):
        assert whole(store, release.assets[0]) == CONTENT

    assert [each.origin for each in private.github.requests] == ["web", *["api", "cdn"] * 3]
    assert secret_shown(private.github, private.token) == []


def test_a_draft_is_read_through_the_api(scene: Scene) -> None:
    scene.repository.add_release("1.0", draft=True).add_asset("a.zip", CONTENT)
    store = scene.connect().store()
    (release,) = store.releases()

    assert whole(store, release.assets[0]) == CONTENT
    assert secret_shown(scene.github, scene.token) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(200, headers=HTML, body="<!doctype html>", origin="web"),
        Fault.status(404, origin="web"),
        Fault.status(403, origin="web"),
        Fault.status(404, origin="cdn"),
    ],
    ids=["form to sign in", "not found", "forbidden", "signed address that leads nowhere"],
)
def test_a_file_whose_public_address_fails_comes_through_the_api(
    scene: Scene, fault: Fault
) -> None:
    store, asset = stored(scene)
    scene.github.faults.add(fault)

    assert whole(store, asset) == CONTENT
    assert "api" in {each.origin for each in scene.github.requests}


def test_a_redirect_to_a_form_to_sign_in_is_not_found(scene: Scene) -> None:
    _, asset = stored(scene)
    transfer = Transfer(None, scene.backoff())
    to_form = {"Location": f"{scene.github.server_url}/acme/pypi"}
    scene.github.faults.add(Fault.status(302, headers=to_form))
    with pytest.raises(NotFoundError) as caught, transfer.open_public(asset, seekable=False):
        pass

    assert "GHPYPI_TOKEN" in caught.value.hint


def test_a_private_file_without_a_token_is_not_found(private: Scene) -> None:
    _, asset = stored(private)
    private.repository.private = False
    store = private.connect(token="").store()
    private.repository.private = True
    with pytest.raises(NotFoundError, match="not found"):
        whole(store, asset)


def test_a_file_that_is_gone_is_not_found(scene: Scene) -> None:
    store, asset = stored(scene)
    scene.repository.releases.clear()
    with pytest.raises(NotFoundError, match="not found"):
        whole(store, asset)


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_a_connection_that_breaks_is_taken_up_where_it_broke(scene: Scene, private: bool) -> None:
    scene.repository.private = private
    store, asset = stored(scene)
    scene.github.faults.add(Fault.cut(origin="cdn", times=3))

    assert whole(store, asset) == CONTENT
    ranges = [each.headers.get("range") for each in scene.github.requests_to("cdn")]
    assert len(ranges) == 4
    assert ranges[0] is None
    starts = [int(each.removeprefix("bytes=").removesuffix("-")) for each in ranges if each]
    assert starts == sorted(starts)
    assert starts[0] > 0
    assert secret_shown(scene.github, scene.token) == []


def test_a_signed_address_that_expired_meanwhile_is_asked_for_again(private: Scene) -> None:
    private.github.cdn_lifetime = 2
    store, asset = stored(private)
    private.github.faults.add(Fault.cut(origin="cdn", times=3))

    assert whole(store, asset) == CONTENT
    expiries = [int(each.query["se"]) for each in private.github.requests_to("cdn")]
    assert expiries[-1] >= expiries[0] + 6
    assert [each.status for each in private.github.requests_to("cdn")] == [0, 0, 0, 206]


def test_reading_in_places_outlives_the_signed_address(private: Scene) -> None:
    store, asset = stored(private)
    with store.seekable(asset) as file:
        for start in range(0, len(CONTENT), 100_000):
            private.github.advance(1000)
            file.seek(start)

            assert file.read(16) == CONTENT[start : start + 16]


def test_a_server_without_ranges_is_read_from_the_start(scene: Scene) -> None:
    scene.github.cdn_ranges = False
    store, asset = stored(scene)
    scene.github.faults.add(Fault.cut(origin="cdn", times=2))

    assert whole(store, asset) == CONTENT


def test_a_connection_that_breaks_all_the_time_is_given_up(scene: Scene) -> None:
    store, asset = stored(scene)
    scene.github.faults.add(Fault.cut(origin="cdn", times=10**6))
    began = scene.github.clock.time()
    with pytest.raises(TryLaterError, match=r"GET http.*gave up after \d+ attempts") as caught:
        whole(store, asset)

    assert scene.github.clock.time() - began <= 7200 + 60
    assert "sig=" not in str(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(500, origin="web"),
        Fault.status(503, origin="cdn"),
        Fault.status(429, origin="web"),
        Fault.secondary_limit(retry_after=10, origin="web"),
        Fault.reset_before(origin="cdn"),
    ],
    ids=["500", "503", "429", "limit", "reset"],
)
@pytest.mark.parametrize("way", ["stream", "seekable"])
def test_a_refusal_for_now_is_waited_out(scene: Scene, fault: Fault, way: str) -> None:
    store, asset = stored(scene)
    scene.github.faults.add(fault)
    with (store.stream if way == "stream" else store.seekable)(asset) as file:
        assert file.read() == CONTENT
    assert {each.origin for each in scene.github.requests} == {"web", "cdn"}


def test_going_in_circles_ends(scene: Scene) -> None:
    store, asset = stored(scene)
    scene.github.faults.add(Fault.status(302, headers={"Location": asset.url}, times=100))
    with pytest.raises(FailedError, match="redirected more than 5 times"):
        whole(store, asset)


def test_a_wrong_token_is_reported_as_wrong(private: Scene) -> None:
    url = f"{private.github.api_url}/repos/acme/pypi/contents/README.md"
    transfer = Transfer(Secret("ghp_wrong"), private.backoff())
    with pytest.raises(NotAllowedError, match="does not accept this token"):
        transfer.read(url, {})


def test_a_file_of_the_repository_is_read_with_the_token(private: Scene) -> None:
    private.repository.commit_files({"ghpypi.toml": b"[index]\n"})

    assert private.connect().read_file("ghpypi.toml") == b"[index]\n"
    assert private.connect().read_file("missing.toml") is None


def test_netrc_adds_no_authorization(
    private: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "machine 127.0.0.1 login ann password one\ndefault login bob password two\n"
    (tmp_path / ".netrc").write_text(entries)
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    answer = requests.get(private.github.cdn_url, timeout=HANG_SECONDS)
    assert answer.request.headers["Authorization"].startswith("Basic "), "the file is in force"
    private.github.clear_log()
    private.work()
    private.repository.private = False
    private.connect(token="").read_file("README.md")
    private.index(private.connect(), options=None)
    given = {
        (each.origin, each.headers["authorization"].partition(" ")[0].lower())
        for each in private.github.requests
        if "authorization" in each.headers
    }

    assert given <= {("api", "token"), ("api", "bearer"), ("uploads", "bearer"), ("git", "basic")}
    assert secret_shown(private.github, private.token) == []
    assert not [x for x in private.github.requests if x.origin == "git" and x.status == 401]


def test_compression_is_not_wanted(scene: Scene) -> None:
    store, asset = stored(scene)
    whole(store, asset)

    assert {each.headers["accept-encoding"] for each in scene.github.requests} == {"identity"}


def test_a_json_file_is_as_good_as_any(scene: Scene) -> None:
    content = json.dumps({"message": "Not Found"}).encode()
    store, asset = stored(scene, content)

    assert whole(store, asset) == content
