"""The head of a branch in two requests; and git, when they are not answered as they should be."""

import logging
from pathlib import Path

import pytest

from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError
from ghpypi.stores.github.git import Git, Remote
from ghpypi.stores.github.packets import PacketError, Packets
from tests.emulator import Fault
from tests.stores.github.scene import Scene

UPLOAD_PACK = "/git-upload-pack$"
ODD = {
    "nothing": b"",
    "half a length": b"00",
    "no length": b"<html><body>",
    "cut in a packet": b"003f1234",
    "an error": b"001bERR upload-pack: no way0000",
    "a part that is empty": b"00010000",
    "refs without names": b"000eversion 2\n0000",
    "no text": b"0006\xff\xfe0000",
    "no pack": b"000dpackfile\n000b\x01garbage0000",
    "a pack and no more": b"000dpackfile\n",
    "an error instead of the rest": b"000dpackfile\n000c\x03too bad0000",
}


@pytest.fixture
def head(scene: Scene) -> str:
    """The head of a branch that holds a file in a folder."""
    scene.repository.commit_files({"n": b"0"}, "gh-pages")
    scene.repository.commit_files({"n": b"1", "simple/x/index.html": b"x"}, "gh-pages")
    return str(scene.repository.head("gh-pages"))


def opened(scene: Scene, folder: Path, *, token: str | None = None, max_wait: float = 0) -> Git:
    folder.mkdir()
    text = scene.token if token is None else token
    remote = Remote(
        name="acme/pypi",
        server=scene.github.server_url,
        token=Secret(text) if text else None,
        patience=scene.patience(max_wait),
    )
    return Git(remote, folder)


def packets(scene: Scene) -> Packets:
    return Packets(f"{scene.github.server_url}/acme/pypi.git", Secret(scene.token))


def test_a_head_and_its_trees_are_two_requests(scene: Scene, head: str, tmp_path: Path) -> None:
    git = opened(scene, tmp_path / "own")

    assert git.fetch("gh-pages") == head
    assert git.files(head).keys() == {"n", "simple/x/index.html"}
    assert [each.query for each in scene.github.requests] == [{}, {}]
    assert git.read(git.files(head)) == {"n": b"1", "simple/x/index.html": b"x"}


def test_no_other_branch_is_taken_for_it(scene: Scene, head: str) -> None:
    scene.repository.commit_files({"n": b"2"}, "gh-pages-old")
    asked = packets(scene)

    assert asked.head("refs/heads/gh-pages") == head
    assert asked.head("refs/heads/gh-pages-old") == scene.repository.head("gh-pages-old")
    assert asked.head("refs/heads/gh") is None


def test_a_head_without_a_past_is_fetched(scene: Scene, tmp_path: Path) -> None:
    git = opened(scene, tmp_path / "own")

    assert git.fetch("main") == scene.repository.head("main")
    assert git.files(str(scene.repository.head("main"))).keys() == {"README.md"}
    assert len(scene.github.requests) == 2


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("nth", [1, 2], ids=["for the branch", "for the commit"])
def test_git_is_asked_upon_an_odd_answer(
    scene: Scene, head: str, tmp_path: Path, body: bytes, nth: int
) -> None:
    scene.github.faults.add(Fault.status(200, body=body, path=UPLOAD_PACK, nth=nth))
    git = opened(scene, tmp_path / "own")

    assert git.fetch("gh-pages") == head
    assert git.files(head).keys() == {"n", "simple/x/index.html"}
    assert [each.query for each in scene.github.requests[nth:]] == [
        {"service": "git-upload-pack"},
        {},
        {},
    ]


@pytest.mark.parametrize("code", [301, 400, 403, 404, 429, 500, 503])
def test_git_is_asked_upon_an_error(scene: Scene, head: str, tmp_path: Path, code: int) -> None:
    elsewhere = {"Location": scene.github.cdn_url} if code == 301 else {}
    scene.github.faults.add(Fault.status(code, elsewhere, path=UPLOAD_PACK))

    assert opened(scene, tmp_path / "own").fetch("gh-pages") == head
    assert {each.origin for each in scene.github.requests} == {"git"}


@pytest.mark.parametrize("odd", [True, False], ids=["by git", "by us"])
@pytest.mark.parametrize("name", ["acme/pypi", "acme/empty"])
def test_a_branch_that_is_not_there_is_not_fetched(
    scene: Scene, tmp_path: Path, name: str, odd: bool
) -> None:
    scene.github.add_repository("acme/empty", empty=True)
    if odd:
        scene.github.faults.add(Fault.status(500, path=UPLOAD_PACK))
    folder = tmp_path / "own"
    folder.mkdir()
    remote = Remote(
        name=name,
        server=scene.github.server_url,
        token=Secret(scene.token),
        patience=scene.patience(0),
    )

    assert Git(remote, folder).fetch("gh-pages") is None


def test_what_is_wrong_is_said_by_git(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError, match="git fetch of acme/pypi: not allowed"):
        opened(scene, tmp_path / "own", token="ghp_wrong").fetch("gh-pages")


@pytest.mark.parametrize("token", ["the bot's", ""], ids=["token", "none"])
def test_requests_are_signed_with_the_token_or_with_nothing(
    scene: Scene, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    (tmp_path / ".netrc").write_text("default login bob password two\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    git = opened(scene, tmp_path / "own", token=scene.token if token else "")

    assert git.fetch("gh-pages") == head
    given = [each.headers.get("authorization", "") for each in scene.github.requests]
    assert len(given) == 2
    assert all(each.startswith("Basic ") for each in given) is bool(token)
    assert any(given) is bool(token)


def test_a_log_tells_the_requests_and_not_the_token(
    scene: Scene, head: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ghpypi")
    opened(scene, tmp_path / "own").fetch("gh-pages")

    assert "/acme/pypi.git/git-upload-pack (ls-refs) -> 200" in caplog.text
    assert "/acme/pypi.git/git-upload-pack (fetch) -> 200" in caplog.text
    assert scene.token not in caplog.text


def test_why_no_pack_comes_is_in_the_error(scene: Scene, head: str, tmp_path: Path) -> None:
    body = ODD["an error instead of the rest"]
    scene.github.faults.add(Fault.status(200, body=body, path=UPLOAD_PACK))
    with pytest.raises(PacketError, match="too bad"):
        packets(scene).save(head, tmp_path / "pack")


def test_the_pack_is_all_that_is_saved(scene: Scene, head: str, tmp_path: Path) -> None:
    told = b"0011shallow-info\n0010shallow 123\n0001"
    sent = b"000dpackfile\n000c\x02counted0007\x01ab0005\x010006\x01c0000"
    scene.github.faults.add(Fault.status(200, body=told + sent, path=UPLOAD_PACK))
    shallow = packets(scene).save(head, tmp_path / "pack")

    assert shallow == ["123"]
    assert (tmp_path / "pack").read_bytes() == b"abc"
