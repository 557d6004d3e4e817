"""How long it takes until work begins: `ghpypi --help`, and a step of the Action.

The Action is installed from the lock, as in each step. Beside it: a virtual environment made in
the usual way, and the same lock installed into it. Wheels come from pip's own cache or the
network, for both alike.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.github import STORE, Hub, github
from benchmarks.processes import GHPYPI, ROOT, run
from benchmarks.scale import Scale
from benchmarks.table import WALL, Aim, Numbers, Row, median, note

LOOK_SECONDS = 0.002


def rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure starts."""
    note("start: ghpypi --help")
    helps, nothing = [], []
    for _ in range(10):
        helps.append(run([GHPYPI, "--help"]))
        nothing.append(run([sys.executable, "-c", "pass"]))
    yield Row(
        what="ghpypi --help", includes="the whole process, started before", measured=median(helps),
        against="python -c pass", compared=median(nothing), aims=[Aim(unit=WALL, most=0.08)],
    )  # fmt: skip
    if not scale.quick:
        yield _action(folder, scale)


def _action(folder: Path, scale: Scale) -> Row:
    note("start: the Action, beside venv and pip")
    ours, usual = [], []
    with github(folder / "github") as hub:
        for number in range(scale.rounds):
            temp = folder / f"temp-{number}"
            temp.mkdir()
            ours.append(_to_first_request(hub, temp))
            usual.append(_venv_and_pip(folder / f"usual-{number}"))
    return Row(
        what="the Action: to its first request",
        includes="installing everything from the lock, and starting 'ghpypi index'",
        measured=median(ours), against="python -m venv, pip install", compared=median(usual),
        aims=[Aim(unit=WALL, most=4)],
    )  # fmt: skip


def _to_first_request(hub: Hub, temp: Path) -> Numbers:
    hub.emulator.clear_log()
    inputs = {"INPUT_COMMAND": "index", "INPUT_STORE": STORE, "INPUT_ARGS": "--dry-run"}
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, ROOT / "action" / "start.py"],
        env={**os.environ, **inputs, "RUNNER_TEMP": str(temp)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as step:  # fmt: skip
        while not hub.emulator.requests:
            assert step.poll() is None, "it ended before it asked anything"
            time.sleep(LOOK_SECONDS)
        return {WALL: time.perf_counter() - begun}


def _venv_and_pip(place: Path) -> Numbers:
    made = run([sys.executable, "-m", "venv", place])
    lock = str(ROOT / "action" / "requirements.txt")
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock]
    installed = run([place / "bin" / "python", *install])
    return {WALL: made[WALL] + installed[WALL]}
