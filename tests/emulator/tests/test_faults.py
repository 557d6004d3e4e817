"""The emulator's failures on order, and what they leave behind."""

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.emulator import Emulator, Fault
from tests.emulator.faults import Pause
from tests.emulator.release import Release
from tests.emulator.scene import Scene, opened_scene
from tests.support.waiting import HANG_SECONDS, eventually

REPO = "/repos/acme/pypi"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as opened:
        yield opened


@pytest.fixture
def release(scene: Scene) -> Release:
    return scene.repo.add_release("v1")


def test_a_status_fires_once_on_the_request_it_is_for(scene: Scene) -> None:
    scene.github.faults.add(Fault.status(503, {"Retry-After": "1"}, path="releases$", nth=2))

    statuses = [scene.api("GET", f"{REPO}/releases").status_code for _ in range(3)]

    assert statuses == [200, 503, 200]
    assert scene.api("GET", REPO).status_code == 200
    assert [request.number for request in scene.github.faults.fired] == [2]


def test_origin_method_and_times_narrow_a_fault(scene: Scene, release: Release) -> None:
    scene.github.faults.add(Fault.status(500, origin="uploads", method="POST", times=2))

    assert scene.api("GET", REPO).status_code == 200
    assert [scene.upload(release, "a").status_code for _ in range(3)] == [500, 500, 201]


def test_reset_before_does_nothing(scene: Scene, release: Release) -> None:
    scene.github.faults.add(Fault.reset_before(origin="uploads"))

    with pytest.raises(requests.ConnectionError):
        scene.upload(release, "a")
    assert release.assets == []
    assert scene.github.requests[-1].status == 0


def test_reset_after_has_done_the_work(scene: Scene, release: Release) -> None:
    scene.github.faults.add(Fault.reset_after(origin="uploads"))

    with pytest.raises(requests.ConnectionError):
        scene.upload(release, "a")
    assert release.assets[0].state == "uploaded"
    assert scene.upload(release, "a").json()["errors"][0]["code"] == "already_exists"


@pytest.mark.parametrize("size", [5, 5_000_000])
def test_a_cut_upload_leaves_a_starter(scene: Scene, release: Release, size: int) -> None:
    scene.github.faults.add(Fault.cut(origin="uploads"))

    with pytest.raises(requests.ConnectionError):
        scene.upload(release, "a", b"x" * size)
    left = scene.api("GET", f"{REPO}/releases/{release.id}/assets").json()[0]
    assert (left["state"], left["size"], left["digest"]) == ("starter", 0, None)
    assert scene.upload(release, "a").status_code == 422
    assert scene.api("DELETE", f"{REPO}/releases/assets/{left['id']}").status_code == 204
    assert scene.upload(release, "a").status_code == 201


def test_a_client_that_hangs_up_leaves_a_starter_too(scene: Scene, release: Release) -> None:
    host, _, port = scene.github.server_url.rpartition("/")[2].partition(":")
    head = (
        f"POST /api/uploads{REPO}/releases/{release.id}/assets?name=a HTTP/1.1",
        f"Host: {host}",
        "User-Agent: test",
        "Content-Type: application/zip",
        "Content-Length: 2000",
        f"Authorization: token {scene.token}",
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall("\r\n".join((*head, "", "")).encode() + b"x" * 1000)
    eventually(lambda: release.assets)
    assert [asset.state for asset in release.assets] == ["starter"]


def test_a_502_may_leave_a_starter(scene: Scene, release: Release) -> None:
    scene.github.faults.add(Fault.starter_502(origin="uploads"), Fault.starter_502(origin="api"))

    assert scene.upload(release, "a").status_code == 502
    assert [asset.state for asset in release.assets] == ["starter"]
    assert scene.api("GET", REPO).status_code == 502


def test_a_cut_download_is_half(scene: Scene, release: Release) -> None:
    release.add_asset("small", b"x" * 100)
    release.add_asset("large", b"x" * 200_000)
    scene.github.faults.add(Fault.cut(origin="cdn", times=2))
    base = f"{scene.github.server_url}/acme/pypi/releases/download/v1"

    for name in ("small", "large"):
        with pytest.raises(BROKEN):
            scene.session.get(f"{base}/{name}", timeout=HANG_SECONDS)
    assert len(scene.session.get(f"{base}/large", timeout=HANG_SECONDS).content) == 200_000


def test_a_cut_answer_of_the_api(scene: Scene) -> None:
    scene.github.faults.add(Fault.cut(method="GET"))

    with pytest.raises(BROKEN):
        scene.api("GET", REPO)


def test_slow_waits(scene: Scene) -> None:
    scene.github.faults.add(Fault.slow(0.2))
    start = time.monotonic()

    assert scene.api("GET", REPO).status_code == 200
    assert time.monotonic() - start >= 0.2


def test_stopping_does_not_wait_for_the_slow(tmp_path: Path) -> None:
    with Emulator(tmp_path) as github:
        github.faults.add(Fault.slow(HANG_SECONDS))
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{github.api_url}/rate_limit", timeout=0.2)


def test_a_held_request_waits_for_its_release(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(scene.api, "GET", REPO)
        pause.wait()
        before = answer.done()
        pause.open()

        assert not before
        assert answer.result().status_code == 200


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "cut", "starter_502", 500])
def test_a_run_is_replayed_with_a_fault_at_each_request(scene: Scene, kind: str | int) -> None:
    def run(tag: str) -> None:
        made = scene.api("POST", f"{REPO}/releases", json={"tag_name": tag})
        scene.upload(scene.repo.releases[-1], "a")
        scene.api("GET", f"{REPO}/releases/{made.json()['id']}")

    scene.github.clear_log()
    run("whole")
    count = len(scene.github.requests)
    for number in range(1, count + 1):
        scene.github.clear_log()
        scene.github.faults.clear()
        scene.github.faults.add(Fault.at(number, kind))
        with contextlib.suppress(*BROKEN, KeyError):
            run(f"v{number}")
        assert [request.number for request in scene.github.faults.fired] == [number]
    assert count == 3


def test_a_fault_can_represent_its_kind(scene: Scene) -> None:
    scene.github.clear_log()
    scene.github.faults.add(Fault.at(2, Fault.secondary_limit(retry_after=7)))

    assert scene.api("GET", REPO).status_code == 200
    assert scene.api("GET", REPO).headers["Retry-After"] == "7"


def test_the_record_has_what_was_sent(scene: Scene) -> None:
    scene.api("POST", f"{REPO}/dispatches", json={"event_type": "x"})
    scene.get(f"{scene.github.pages_url}/acme/pypi/?a=b+c")

    sent = scene.github.requests_to("api")[-1]
    assert (sent.method, sent.path, sent.status) == ("POST", f"{REPO}/dispatches", 204)
    assert sent.json == {"event_type": "x"}
    assert sent.headers["authorization"] == f"Bearer {scene.token}"
    assert scene.github.requests_to("pages")[0].query == {"a": "b c"}
    scene.github.clear_log()
    assert scene.github.requests == []


def test_many_threads_at_once(scene: Scene, release: Release) -> None:
    def work(number: int) -> set[int]:
        headers = {"Content-Type": "a/b", **scene.sign("")}
        with requests.Session() as session:
            session.trust_env = False
            statuses = set()
            for name in ("same", f"own-{number}"):
                answer = session.post(
                    f"{scene.github.uploads_url}{REPO}/releases/{release.id}/assets",
                    params={"name": name},
                    data=b"x" * 70_000,
                    headers=headers,
                    timeout=HANG_SECONDS,
                )
                statuses.add(answer.status_code)
            listing = f"{scene.github.api_url}{REPO}/releases"
            statuses.add(session.get(listing, timeout=HANG_SECONDS).status_code)
            return statuses

    with ThreadPoolExecutor(16) as pool:
        seen = set().union(*pool.map(work, range(24)))

    assert seen == {200, 201, 422}
    assert len(release.assets) == 25
