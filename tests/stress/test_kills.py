"""Uploads and index runs that are killed at any moment, in a folder and on GitHub.

Readers never find half a file or page, and the same command again finishes the work.
`GHPYPI_KILLS` sets how many moments are tried of each.
"""

import os
import random
import re
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.stress import killing
from tests.stress.schedules import check_offered, offered_by, world
from tests.support.packages import sdist, wheel, written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

COUNT = int(os.environ.get("GHPYPI_KILLS", "6"))
LAST = 80
"""The last step at which a command is killed; most have fewer."""

FILES = (wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0"), wheel("acme_app", "2.0"))


def moments() -> list[int]:
    """Choose moments; the same in each run, and spread over all steps."""
    chance = random.Random(7)  # noqa: S311 - to be repeated
    return sorted(chance.sample(range(1, LAST + 1), k=min(COUNT, LAST)))


def run_killed(step: int, folder: Path, *command: str, **more: str) -> int:
    """Run a command that is killed at a step; return its exit code."""
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [sys.executable, str(Path(killing.__file__)), str(step), *command],
        cwd=folder, env={**clean, "HOME": str(folder), **more}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip

    assert done.returncode in {0, -signal.SIGKILL}, done.stdout

    return done.returncode


def check_folder(root: Path) -> None:
    """Whatever can be fetched is whole: files, and the pages that link to them."""
    contents = dict(FILES)
    for path in root.glob("files/*/*"):
        if not path.name.startswith(".") and path.name in contents:
            assert path.read_bytes() == contents[path.name], path
    pages = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.glob("simple/*/index.html")
    }
    for page in pages.values():
        assert page.rstrip().endswith(b"</html>")
    for name, digest in offered_by(pages):
        assert sha256(contents[name]).hexdigest() == digest
        assert list(root.glob(f"files/*/{name}"))


@pytest.mark.parametrize("step", moments())
def test_an_upload_to_a_folder_that_was_killed_is_finished_by_the_same_command(
    step: int, tmp_path: Path
) -> None:
    written(tmp_path / "dist", *FILES)
    command = ("upload", "dist", "--store", "./index")
    run_killed(step, tmp_path, *command)
    check_folder(tmp_path / "index")

    assert run_killed(10**9, tmp_path, *command) == 0

    check_folder(tmp_path / "index")
    pages = [path.read_text() for path in tmp_path.glob("index/simple/*/index.html")]
    assert {name for name, _ in FILES} == {
        name for page in pages for name in re.findall(r">([^<]+)</a>", page)
    } - {"acme-app", "acme-lib"}
    left = [x for x in (tmp_path / "index").rglob("*") if x.name.endswith(".part")]
    assert left == []


@pytest.mark.parametrize("step", moments())
def test_a_release_that_was_killed_is_finished_by_the_same_commands(
    step: int, tmp_path: Path
) -> None:
    with world(tmp_path, random.Random(step)) as made:  # noqa: S311
        names = ("GHPYPI_TOKEN", "GHPYPI_STORE", "GITHUB_API_URL", "GITHUB_SERVER_URL")
        access = {name: os.environ[name] for name in names}
        commands = [("upload", *made.sent, "--no-index"), ("index",)]
        for command in commands:
            run_killed(step, tmp_path, *command, **access)
        for command in commands:
            assert run_killed(10**9, tmp_path, *command, **access) == 0

        check_offered(made)
        assert [x for x in made.repository.releases if x.draft] == []
