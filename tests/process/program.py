"""`ghpypi` as a process of its own, watched from outside."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.support.waiting import HANG_SECONDS, eventually

# Where the tests are started in the background, SIGINT is ignored, and children inherit that.
START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from ghpypi.__main__ import main; main()"
)


@dataclass(slots=True)
class Program:
    """A process that runs, or has run.

    Attributes:
        process: The process.
        temporary: Its folder for temporary files.
        text: What it wrote so far, on both streams.
    """

    process: "subprocess.Popen[str]"
    temporary: Path
    text: str = ""
    _readers: list[threading.Thread] = field(default_factory=list)

    def says(self, text: str) -> None:
        """Wait until it has written a text."""
        eventually(lambda: text in self.text or self.process.poll() is not None)

        assert text in self.text, self.text

    def send(self, number: int) -> None:
        """Send a signal to this process alone."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end, and give its exit code."""
        code = self.process.wait(HANG_SECONDS)
        for reader in self._readers:
            reader.join(HANG_SECONDS)
        return code

    def left(self) -> list[str]:
        """Name what is left in its temporary folder."""
        return sorted(path.name for path in self.temporary.iterdir())

    def children(self) -> list[str]:
        """List the processes that it started and that still run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                head, _, tail = path.read_text().rpartition(") ")
            except OSError:
                continue  # it has just ended
            state, _, _, session = tail.split()[:4]
            if int(session) == self.process.pid and state != "Z":
                found.append(head)
        return found


@contextmanager
def started(
    folder: Path, environment: Mapping[str, str], *arguments: str | Path, code: str = START
) -> Iterator[Program]:
    """Start a command in a folder, in a session and with a temporary folder of its own."""
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=folder, env={**environment, "TMPDIR": str(temporary)}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    program = Program(process=process, temporary=temporary)

    assert process.stdout is not None

    reader = threading.Thread(target=_read, args=(process.stdout, program))
    program._readers.append(reader)
    reader.start()
    try:
        yield program
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(HANG_SECONDS)
        reader.join(HANG_SECONDS)


def _read(stream: IO[str], program: Program) -> None:
    with stream:
        while piece := stream.read(1):
            program.text += piece
