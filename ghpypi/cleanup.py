"""What must not outlive the process: temporary folders, and programs that it has started.

Context managers remove both in the usual case. `clean_up` does it when a signal ends the process
while threads, or code that cannot be interrupted, are still at work.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

Finished = subprocess.CompletedProcess[bytes]

_folders: set[Path] = set()
_programs: set["subprocess.Popen[bytes]"] = set()


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Make a temporary folder that is removed when the block, or the process, ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _folders.add(folder)
    try:
        yield folder
    finally:
        # A thread that was left behind may still write to it.
        shutil.rmtree(folder, ignore_errors=True)
        _folders.discard(folder)


def run_program(
    command: list[str],
    *,
    given: bytes | BinaryIO = b"",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run a program to its end; it ends with us, and so do all that it has started.

    Args:
        command: The program and its arguments.
        given: Its standard input: bytes, or an open file.
        folder: Where it runs; by default here.
        environment: All of its variables; by default ours.
        timeout: Seconds after which it is ended.

    Raises:
        OSError: It cannot be started.
        subprocess.TimeoutExpired: It took too long.
    """
    data = given if isinstance(given, bytes) else None
    program = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if isinstance(given, bytes) else given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
        # A group of its own, so that its children can be ended with it.
        process_group=None if sys.platform == "win32" else 0,
    )
    _programs.add(program)
    try:
        out, err = program.communicate(data, timeout)
    except BaseException:
        _end(program)
        raise
    finally:
        _programs.discard(program)
    return Finished(command, program.returncode, out, err)


def clean_up() -> None:
    """End all programs, then remove all folders."""
    for program in list(_programs):
        _end(program)
    for folder in list(_folders):
        shutil.rmtree(folder, ignore_errors=True)


def _end(program: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            program.kill()
        else:
            os.killpg(program.pid, signal.SIGKILL)
    program.wait()
