"""How long the Action takes from the start of its step to its first request to GitHub.

Everything is installed from the lock, as in each step. Beside it: a virtual environment made in the
usual way, and the same lock installed into it. Wheels come from pip's own cache or the network, for
both alike.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.child import ROOT
from benchmarks.hub import STORE, hub
from benchmarks.table import Number, Row, note
from tests.emulator import Emulator

TIMES = 3
LOOK_SECONDS = 0.002


def rows(folder: Path) -> Iterator[Row]:
    note(f"the Action: {TIMES} times, {TIMES} times venv and pip")
    ours, usual = [], []
    with hub(folder) as (github, _, environment):
        for number in range(TIMES):
            temp = folder / f"temp-{number}"
            temp.mkdir()
            inputs = {"INPUT_COMMAND": "index", "INPUT_STORE": STORE, "INPUT_ARGS": "--dry-run"}
            step = {**os.environ, **environment, **inputs, "RUNNER_TEMP": str(temp)}
            ours.append(_to_first_request(github, step))
            usual.append(_venv_and_pip(folder / f"usual-{number}"))
            shutil.rmtree(temp)
    yield Row(
        what="the Action: to the first request",
        measured=Number.median(ours, "s"),
        compared=Number.median(usual, "s", "python -m venv, pip install"),
        most=4,
        aim="under 4 s",
    )


def _to_first_request(github: Emulator, environment: Mapping[str, str]) -> float:
    github.clear_log()
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, ROOT / "action" / "start.py"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as step:  # fmt: skip
        while not github.requests:
            assert step.poll() is None, "it ended before it asked anything"
            time.sleep(LOOK_SECONDS)
        return time.perf_counter() - begun


def _venv_and_pip(place: Path) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "venv", place], check=True)
    lock = ROOT / "action" / "requirements.txt"
    subprocess.run(
        [place / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes",
         "--disable-pip-version-check", "--requirement", lock],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - begun
