"""A new user runs the first command of the README, in a clone or without one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]

STORY = r"""1\. building two packages in \S+
   sample_greeting-1\.0-py3-none-any\.whl
   sample_hello-2\.1-py3-none-any\.whl
2\. uploading them:  ghpypi upload \S+ --store \S+
3\. indexing:        ghpypi index --store \S+
4\. installing sample-hello from http://127\.0\.0\.1:\d+/simple/ into a fresh environment
5\. running it: Hello, packagers!
   done
"""


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="the Makefile is for systems with make")
def test_make_demo_works_in_a_fresh_copy(tmp_path: Path) -> None:
    _copy_checkout(tmp_path)

    done = subprocess.run(
        ["make", "demo", "ARGS=--once"],
        cwd=tmp_path, env=_environment(), check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"(?m)^{STORY}\Z", done.stdout)


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="the story has paths of other systems")
@pytest.mark.parametrize(
    "command", [("--from",), ("pipx", "run", "--spec")], ids=["uvx", "pipx run"]
)
def test_the_demo_runs_from_a_wheel_with_an_empty_home(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    """`uvx ghpypi demo` and `pipx run ghpypi demo`, with the wheel of this checkout."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT]
    subprocess.run([str(each) for each in build], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "home"
    home.mkdir()
    environment = {**_environment(), "HOME": str(home)}
    for name in [name for name in environment if name.startswith(("XDG_", "UV_CACHE", "GHPYPI_"))]:
        del environment[name]

    done = subprocess.run(
        [find_uv_bin(), "tool", "run", *command, str(wheel), "ghpypi", "demo", "--once"],
        cwd=home, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"(?m)^{STORY}\Z", done.stdout)


def _copy_checkout(target: Path) -> None:
    """Copy what a commit of everything here would hold."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listing.split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def _environment() -> dict[str, str]:
    """Leave out what the make around these tests would tell the one in here."""
    ours = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "ARGS", "VIRTUAL_ENV"}
    return {key: value for key, value in os.environ.items() if key not in ours}
