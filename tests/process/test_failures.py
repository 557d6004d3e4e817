"""Failures of the operating system are reported as messages, and lose nothing."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ghpypi.cli.failures import explain
from tests.process import failing
from tests.support.nightly import nightly
from tests.support.packages import sdist, wheel, written

FILES = (wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0"))
NO_SPACE, NOT_ALLOWED = errno.ENOSPC, errno.EACCES


def run(folder: Path, number: int, step: int) -> tuple[int, str]:
    clean = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    done = subprocess.run(
        [
            sys.executable, str(Path(failing.__file__)), str(number), str(step),
            "upload", "dist", "--store", "./index",
        ],
        cwd=folder, env={**clean, "HOME": str(folder)}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("number", [NO_SPACE, NOT_ALLOWED], ids=["full", "forbidden"])
@pytest.mark.parametrize("step", [*map(nightly, (1, 2, 4, 9, 14, 30)), 3, 6, 20, 36])
def test_a_place_that_cannot_be_written_is_reported_and_the_same_command_finishes_the_work(
    tmp_path: Path, step: int, number: int
) -> None:
    written(tmp_path / "dist", *FILES)
    code, text = run(tmp_path, number, step)

    assert code == 1, text
    assert os.strerror(number).lower() in text.lower()
    assert "Traceback" not in text
    assert "bug" not in text

    assert run(tmp_path, number, 10**9)[0] == 0

    page = (tmp_path / "index/simple/acme-lib/index.html").read_text()
    assert [name for name, _ in FILES if f">{name}</a>" not in page] == []


def test_a_bug_says_so_and_how_to_report_it() -> None:
    error = explain(RuntimeError("oh"))

    assert error.exit_code == 1
    assert error.message.startswith("bug in ghpypi ")
    assert error.message.endswith(": RuntimeError: oh")
    assert "report it at https://" in error.hint


def test_a_failure_of_the_system_names_the_file_and_what_to_do() -> None:
    error = explain(OSError(errno.ENOSPC, "No space left on device", "a.whl"))

    assert error.message == "'a.whl': no space left on device"
    assert error.hint.startswith("free some space")
