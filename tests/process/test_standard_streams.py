"""Standard streams that are closed or full do not lead to tracebacks."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.installers import bare_environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")

FULL = "error: no space left on device\nhint: free some space, then run the same command again\n"


@pytest.mark.parametrize(
    ("command", "code", "out", "err"),
    [
        ("--version >&-", 0, "", ""),
        ("whoamy <&- 2>&-", 2, "", ""),
        ("--version >/dev/full", 1, "", FULL),
        ("whoamy 2>/dev/full", 1, "", ""),
    ],
)
def test_a_stream_that_cannot_be_written_ends_in_no_traceback(
    tmp_path: Path, command: str, code: int, out: str, err: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} -m ghpypi {command}"],
        env=bare_environment(tmp_path), check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)


def test_a_file_never_gets_the_number_of_a_closed_stream() -> None:
    check = "import os, sys; from ghpypi.cli.standard_streams import open_missing; open_missing(); "
    check += "sys.exit(os.open('/', os.O_RDONLY))"
    closed = f'exec {sys.executable} -c "{check}" <&- >&- 2>&-'

    assert subprocess.run(["/bin/sh", "-c", closed], check=False).returncode >= 3
