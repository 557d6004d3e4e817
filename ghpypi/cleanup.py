"""Temporary folders and child processes, which must not outlive the process.

Normally, context managers clean up. `clean_up` does it when a signal ends the process while threads
or code that cannot be interrupted are still running.
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
    """Create a temporary folder that is removed at the end of the `with` block or the process."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _folders.add(folder)
    try:
        yield folder
    finally:
        # A thread that is still running may write to it.
        shutil.rmtree(folder, ignore_errors=True)
        _folders.discard(folder)


def run_program(
    command: list[str],
    environment: Mapping[str, str],
    *,
    given: bytes | BinaryIO = b"",
    folder: Path | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run a program and wait for it; it and its children are ended with this process.

    Args:
        command: The program and its arguments.
        environment: All environment variables of the program, see `child_environment`.
        given: Standard input: bytes, or an open file.
        folder: The working directory; by default the current one.
        timeout: Seconds after which the program is ended.

    Raises:
        OSError: The program cannot be started.
        subprocess.TimeoutExpired: The program ran longer than `timeout`.
    """
    data = given if isinstance(given, bytes) else None
    program = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if isinstance(given, bytes) else given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
        # A separate process group, so that its children can be ended with it.
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
    """End all child processes, then remove all temporary folders."""
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
