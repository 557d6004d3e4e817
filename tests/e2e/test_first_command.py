"""A new user clones the repository and runs the first command of the README."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.skipif(sys.platform == "win32", reason="the Makefile is for systems with make")
def test_make_demo_works_in_a_fresh_copy(tmp_path: Path) -> None:
    _copy_checkout(tmp_path)

    done = subprocess.run(
        ["make", "demo", "ARGS=--once"],
        cwd=tmp_path, env=_environment(), check=False, capture_output=True, text=True,
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
