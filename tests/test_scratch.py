"""Tests write to a folder of their own, in memory or below the checkout, and nowhere else."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.scratch import ROOT, RUNS


def test_folders_of_tests_are_below_that_of_their_run(tmp_path: Path) -> None:
    places = [tmp_path, Path(tempfile.gettempdir()), Path.home(), Path("~").expanduser()]

    assert [each for each in places if not each.is_relative_to(RUNS)] == []


@pytest.mark.parametrize("tool", ["pip cache dir", "uv cache dir"])
def test_downloads_are_kept_below_the_checkout(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *tool.split()], check=True, capture_output=True, text=True
    )

    assert Path(done.stdout.strip()).is_relative_to(ROOT)


def test_the_checkout_is_not_the_repository_of_a_test(tmp_path: Path) -> None:
    done = subprocess.run(
        ["git", "rev-parse", "--git-dir"], cwd=tmp_path, check=False, capture_output=True
    )

    assert done.returncode != 0


@pytest.mark.parametrize(("code", "left"), [("assert True", 0), ("assert False", 1)])
def test_a_run_leaves_its_folder_only_when_it_failed(tmp_path: Path, code: str, left: int) -> None:
    runs_folder = "from tests.support import scratch\nscratch.RUNS = scratch.Path({!r})\n"
    conftest = (ROOT / "tests/conftest.py").read_text(encoding="utf-8")
    runs = tmp_path / "runs"
    (tmp_path / "conftest.py").write_text(runs_folder.format(str(runs)) + conftest)
    (tmp_path / "test_it.py").write_text(f"def test_it(tmp_path):\n    {code}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(tmp_path)],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True,
    )  # fmt: skip

    assert len(list(runs.glob("*"))) == left
