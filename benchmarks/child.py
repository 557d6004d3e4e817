"""A measurement in a process of its own.

The parent stays small and reads no data: on Linux the peak memory of a process begins with what
its parent had when it was started.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

Work = Callable[[], Any]
"""What the clock runs for; what it returns has to fit into JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run: seconds on the wall, seconds of the processor, peak memory in bytes."""

    wall: float
    cpu: float
    peak: int
    result: Any


def measure(job: str, *arguments: str | Path) -> Sample:
    """Run `module:function` of this package in a fresh process.

    The function gets the arguments and returns the `Work`; its imports and preparations are
    not measured.
    """
    command = [sys.executable, "-m", "benchmarks.child", job, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


def _main(job: str, *arguments: str) -> None:
    module, _, function = job.partition(":")
    work: Work = getattr(import_module(f"benchmarks.{module}"), function)(*arguments)
    os.sync()  # what others wrote before is not to be waited for now
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak, "result": result}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
