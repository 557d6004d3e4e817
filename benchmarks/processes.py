"""Whole processes: seconds on the wall and of the processor, and peak memory.

`pyperf command` was considered: it measures commands on the wall only, and many times, which a
minute of work does not need. Linux counts the rest for every process; what a process starts counts
as its own, memory included.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.table import CPU, PEAK, SYSTEM, WALL, Numbers, median

ROOT = Path(__file__).resolve().parents[1]
GHPYPI = str(Path(sys.executable).with_name("ghpypi"))

SERVER_CORE, CLIENT_CORE = 0, 1

SAMPLE_SECONDS = 0.2
"""Interval at which the memory of processes with children is looked at, in seconds."""

_TICKS = os.sysconf("SC_CLK_TCK")

Command = Sequence["str | Path"]


def run(command: Command) -> Numbers:
    """Run a command to its end.

    It is started by a process of its own: on Linux the peak memory of a process begins with what
    its parent had when it was started, and this one may hold the emulator of GitHub.

    Raises:
        AssertionError: It failed; with what it printed.
    """
    starter = [*python("processes"), *command]
    done = subprocess.run(
        starter, cwd=ROOT, env=_as_installed(), stdout=subprocess.PIPE, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["code"] == 0, result["printed"]
    numbers: dict[str, float] = result["numbers"]
    return numbers


def run_again(command: Command, rounds: int, prepare: Callable[[int], object]) -> Numbers:
    """Run a command several times; return the median of each number.

    Args:
        command: The command.
        rounds: How often.
        prepare: Called with the number of the round before each.
    """
    samples = []
    for number in range(rounds):
        prepare(number)
        samples.append(run(command))
    return median(samples)


def _as_installed() -> dict[str, str]:
    """Let Python keep compiled modules, as those of an installed program are."""
    return {name: x for name, x in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run_here(command: Command) -> dict[str, Any]:
    os.sync()  # what was written before is not to be waited for now
    with tempfile.TemporaryFile() as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=printed, stderr=printed)
        with _peak_of_all(process.pid) as together:
            _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read().decode(errors="replace")[-2000:]
    numbers = {
        WALL: wall,
        CPU: used.ru_utime + used.ru_stime,
        SYSTEM: used.ru_stime,
        PEAK: max(used.ru_maxrss << 10, *together),
    }
    return {"code": process.returncode, "printed": text, "numbers": numbers}


def python(module: str, *arguments: "str | Path") -> list["str | Path"]:
    """Return the command that runs a module of this package."""
    return [sys.executable, "-m", f"benchmarks.{module}", *arguments]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        url: The address of its Simple API, ending in `/`.
        pid: Its process, which may have started others.
    """

    url: str
    pid: int

    def cpu(self) -> float:
        """Return the seconds of the processor that it has used so far."""
        return sum(_cpu(pid) for pid in self._processes())

    def peak(self) -> int:
        """Return its peak memory so far, in bytes."""
        return sum(_peak(pid) for pid in self._processes())

    def _processes(self) -> list[int]:
        return [self.pid, *_children(self.pid)]


@contextmanager
def serving(command: Command, port: int, path: str = "/simple/") -> Iterator[Server]:
    """Run a server on its core from when it listens until the block ends.

    Raises:
        OSError: It does not start.
    """
    process = subprocess.Popen(
        [*on_core(SERVER_CORE), *command],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"{command[0]} does not start")
            time.sleep(0.01)
        yield Server(f"http://127.0.0.1:{port}{path}", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """Find a port."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def on_core(number: int) -> list[str]:
    """Return what runs a command on one core, where there are several."""
    program = shutil.which("taskset")
    return [program, "-c", str(number)] if program and (os.cpu_count() or 1) > 1 else []


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _children(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started."""
    found = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for children in found for child in children.split()]


@contextmanager
def _peak_of_all(pid: int) -> Iterator[list[int]]:
    """Provide the peak memory that a process and its children have together, in bytes.

    Linux keeps the peak of each process alone, so their sum is looked at again and again; memory
    that several share counts once.
    """
    peak, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            with suppress(OSError):  # one has ended
                peak[0] = max(peak[0], sum(map(_share, [pid, *_children(pid)])))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield peak
    finally:
        ended.set()
        looking.join()


def _share(pid: int) -> int:
    """Return the memory of a process, in bytes: of what n processes share, one n-th."""
    with suppress(OSError):  # it has ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS  # utime, stime: proc(5)


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0


if __name__ == "__main__":
    print(json.dumps(_run_here(sys.argv[1:])))
