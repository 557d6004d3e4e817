"""Real git against the emulator."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import Fault
from tests.emulator.gitstore import git_environment
from tests.emulator.scene import Scene, opened_scene

WORKFLOW = ".github/workflows/x.yml"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as opened:
        yield opened


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def git(*arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**git_environment(Path(os.devnull)), "GIT_TERMINAL_PROMPT": "0"}
    identity = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    return subprocess.run(
        ["git", *identity, *arguments],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def url(scene: Scene, token: str | None = "", name: str = "acme/pypi") -> str:
    who = "" if token is None else f"x-access-token:{token or scene.token}@"
    return scene.github.server_url.replace("://", f"://{who}") + f"/{name}.git"


def change(work: Path, path: str, content: bytes) -> None:
    (work / path).parent.mkdir(parents=True, exist_ok=True)
    (work / path).write_bytes(content)
    assert git("add", "--all", at=work).returncode == 0
    assert git("commit", "--quiet", "-m", "change", at=work).returncode == 0


def test_clone_commit_and_push(scene: Scene, work: Path) -> None:
    assert git("clone", "--quiet", url(scene), str(work)).returncode == 0
    change(work, "a/b.txt", b"text")

    pushed = git("push", "--quiet", "origin", "HEAD", at=work)

    assert pushed.returncode == 0, pushed.stderr
    assert scene.repo.read_file("main", "a/b.txt") == b"text"
    assert len(scene.repo.commits("main")) == 2
    assert {request.origin for request in scene.github.requests} == {"git"}


def test_a_shallow_blobless_fetch(scene: Scene, work: Path) -> None:
    scene.repo.commit_files({f"{number}.txt": "x" * 100 for number in range(50)}, "gh-pages")
    options = ("--depth=1", "--filter=blob:none", "--no-checkout", "--branch=gh-pages")

    cloned = git("clone", "--quiet", *options, url(scene, None), str(work))

    assert cloned.returncode == 0, cloned.stderr
    missing = git("rev-list", "--objects", "--all", "--missing=print", at=work).stdout
    assert missing.count("?") >= 1


def test_a_push_that_is_not_a_fast_forward_is_rejected(scene: Scene, work: Path) -> None:
    git("clone", "--quiet", url(scene), str(work))
    scene.repo.commit_files({"theirs": "x"})
    change(work, "ours", b"x")

    pushed = git("push", "origin", "HEAD:main", at=work)

    assert pushed.returncode == 1
    assert "rejected" in pushed.stderr


def test_a_private_repository_asks_for_a_token(scene: Scene, work: Path) -> None:
    scene.repo.private = True
    scene.github.add_user("stranger")
    stranger = scene.github.add_token("stranger")

    assert git("ls-remote", url(scene, None)).returncode == 128
    assert git("ls-remote", url(scene, "ghp_bad")).returncode == 128
    assert "not found" in git("ls-remote", url(scene, stranger)).stderr
    assert git("ls-remote", url(scene)).returncode == 0
    asked = scene.github.requests[0]
    assert (asked.status, asked.answer_headers["WWW-Authenticate"]) == (
        401,
        'Basic realm="GitHub"',
    )


def test_a_user_who_may_not_push_gets_an_error(scene: Scene, work: Path) -> None:
    scene.github.add_user("reader")
    reader = scene.github.add_token("reader")
    git("clone", "--quiet", url(scene, None), str(work))
    change(work, "a", b"x")

    refused = git("push", url(scene, reader), "HEAD:main", at=work)

    assert refused.returncode == 128
    assert "403" in refused.stderr
    assert "Permission to acme/pypi.git denied to reader." in refused.stderr
    assert git("push", url(scene, None), "HEAD:main", at=work).returncode == 128


def test_workflow_files_need_the_scope(scene: Scene, work: Path) -> None:
    scene.repo.commit_files({".github/workflows/there.yml": "on: push"})
    weak = scene.github.add_token("hub-bot", scopes=["repo"])
    git("clone", "--quiet", url(scene), str(work))
    change(work, "harmless", b"x")
    assert git("push", url(scene, weak), "HEAD:new", at=work).returncode == 0
    change(work, WORKFLOW, b"on: push")

    refused = git("push", url(scene, weak), "HEAD:main", at=work)

    assert f"to create or update workflow `{WORKFLOW}` without `workflow` scope" in refused.stderr
    assert git("push", url(scene), "HEAD:main", at=work).returncode == 0


def test_the_tag_of_an_immutable_release_stays(scene: Scene, work: Path) -> None:
    scene.repo.add_release("v1", immutable=True)
    scene.repo.add_release("v2")
    git("clone", "--quiet", url(scene), str(work))

    assert git("push", "origin", ":refs/tags/v1", at=work).returncode == 1
    assert git("push", "origin", ":refs/tags/v2", at=work).returncode == 0
    assert scene.repo.tags() == ["v1"]


def test_a_pushed_pack_is_seen_at_once(scene: Scene, work: Path) -> None:
    """More than a hundred objects stay in a pack, which the open reader has to notice."""
    git("clone", "--quiet", url(scene), str(work))
    assert scene.repo.read_file("main", "README.md") == b"# pypi\n"
    for number in range(150):
        (work / f"{number}.txt").write_text(str(number))
    change(work, "last", b"x")

    assert git("push", "--quiet", "origin", "HEAD", at=work).returncode == 0
    assert scene.repo.read_file("main", "149.txt") == b"149"
    assert list((scene.repo.git.path / "objects" / "pack").glob("*.pack"))


def test_a_large_pack_is_pushed(scene: Scene, work: Path) -> None:
    git("clone", "--quiet", url(scene), str(work))
    change(work, "big", os.urandom(5_000_000))

    pushed = git("push", "--quiet", "origin", "HEAD", at=work)

    assert pushed.returncode == 0, pushed.stderr
    assert len(scene.repo.read_file("main", "big") or b"") == 5_000_000
    sent = scene.github.requests[-1].headers
    assert sent["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        (Fault.reset_before(path="receive-pack$", times=9), False),
        (Fault.cut(path="receive-pack$", times=9), False),
        (Fault.reset_after(path="receive-pack$"), True),
        (Fault.status(503, path="receive-pack$"), False),
    ],
    ids=["before", "cut", "after", "503"],
)
def test_faults_reach_git_too(scene: Scene, work: Path, fault: Fault, *, arrived: bool) -> None:
    """A single reset goes unseen: libcurl asks again when a kept connection was closed."""
    git("clone", "--quiet", url(scene), str(work))
    before = scene.repo.head("main")
    change(work, "a", b"x")
    scene.github.faults.add(fault)

    assert git("push", "origin", "HEAD", at=work).returncode != 0
    assert (scene.repo.head("main") != before) is arrived


def test_a_fetch_can_be_cut(scene: Scene, work: Path) -> None:
    scene.github.faults.add(Fault.cut(path="upload-pack$"))

    assert git("clone", "--quiet", url(scene), str(work)).returncode != 0
    assert git("clone", "--quiet", url(scene), str(work)).returncode == 0


def test_refs_are_seen_after_packing(scene: Scene) -> None:
    scene.repo.add_release("v1")
    head = scene.repo.head("main")
    subprocess.run(
        ["git", "pack-refs", "--all"],
        cwd=scene.repo.git.path,
        env=git_environment(scene.repo.git.path),
        check=True,
    )

    assert scene.repo.head("main") == head
    assert scene.repo.tags() == ["v1"]
    scene.repo.git.set_ref("refs/tags/v1", None)
    assert scene.repo.tags() == []
