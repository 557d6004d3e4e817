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

COUNT = int(os.environ.get("GHPYPI_KILLS", "2"))
NEVER = 10**9

FILES = (wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0"), wheel("acme_app", "2.0"))
UPLOAD = ("upload", "dist", "--store", "./index")


def run_killed(step: int, folder: Path, *command: str, **more: str) -> tuple[int, str]:
    """Run a command that is killed at a step; return its exit code and its output.

    An index of nothing fails: so ends `index` after an upload that was killed early.
    """
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [sys.executable, str(Path(killing.__file__)), str(step), *command],
        cwd=folder, env={**clean, "HOME": str(folder), **more}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip

    killed_or_done = done.returncode in {0, -signal.SIGKILL}
    assert killed_or_done or "no distribution was found" in done.stdout, done.stdout

    return done.returncode, done.stdout


def count_steps(folder: Path, *command: str, **more: str) -> int:
    """Run a command to its end and return how many steps it takes."""
    code, output = run_killed(NEVER, folder, *command, **more)

    assert code == 0, output

    return int(output.rpartition("steps: ")[2])


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


@pytest.fixture(scope="module")
def steps_in_folder(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps the upload to a folder takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    written(folder / "dist", *FILES)
    return count_steps(folder, *UPLOAD)


@pytest.mark.parametrize("number", range(COUNT))
def test_an_upload_to_a_folder_that_was_killed_is_finished_by_the_same_command(
    number: int, steps_in_folder: int, tmp_path: Path
) -> None:
    step = random.Random(number).randint(1, steps_in_folder)  # noqa: S311 - to be repeated
    written(tmp_path / "dist", *FILES)
    assert run_killed(step, tmp_path, *UPLOAD)[0] == -signal.SIGKILL
    check_folder(tmp_path / "index")

    assert run_killed(NEVER, tmp_path, *UPLOAD)[0] == 0

    check_folder(tmp_path / "index")
    pages = [path.read_text() for path in tmp_path.glob("index/simple/*/index.html")]
    assert {name for name, _ in FILES} == {
        name for page in pages for name in re.findall(r">([^<]+)</a>", page)
    } - {"acme-app", "acme-lib"}
    left = [x for x in (tmp_path / "index").rglob("*") if x.name.endswith(".part")]
    assert left == []


@pytest.mark.parametrize("number", range(COUNT))
def test_a_release_that_was_killed_is_finished_by_the_same_commands(
    number: int, tmp_path: Path
) -> None:
    """Both commands are killed: the second works on what the first has left behind."""
    chance = random.Random(number)  # noqa: S311 - to be repeated
    names = ("GHPYPI_TOKEN", "GHPYPI_STORE", "GITHUB_API_URL", "GITHUB_SERVER_URL")
    (tmp_path / "undisturbed").mkdir()
    with world(tmp_path / "undisturbed", random.Random(number)) as made:  # noqa: S311
        access = {name: os.environ[name] for name in names}
        commands = [("upload", *made.sent, "--no-rebuild"), ("index",)]
        steps = [count_steps(made.folder, *command, **access) for command in commands]
    with world(tmp_path, random.Random(number)) as made:  # noqa: S311
        access = {name: os.environ[name] for name in names}
        for command, count in zip(commands, steps, strict=True):
            run_killed(chance.randint(1, count), tmp_path, *command, **access)
        for command in commands:
            assert run_killed(NEVER, tmp_path, *command, **access)[0] == 0

        check_offered(made)
        assert [x for x in made.repository.releases if x.draft] == []
