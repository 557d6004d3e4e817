"""How long `ghpypi --help` takes, beside Python that does nothing and Python that imports click."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Number, Row, note

TIMES = 20
COMMANDS = {
    "ghpypi": [str(Path(sys.executable).with_name("ghpypi")), "--help"],
    "python": [sys.executable, "-c", "pass"],
    "click": [sys.executable, "-c", "import click"],
}


def rows(_: Path) -> Iterator[Row]:
    note(f"start: {TIMES} times each")
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        _seconds(command)  # whatever is compiled or cached on the first run
    for _round in range(TIMES):
        for name, command in COMMANDS.items():
            taken[name].append(_seconds(command))
    help_text = Number.median(taken["ghpypi"], "ms")
    yield Row(
        what="ghpypi --help",
        measured=help_text,
        compared=Number.median(taken["python"], "ms", "python -c pass"),
        most=0.080,
        aim="80 ms",
    )
    yield Row(
        what="ghpypi --help",
        measured=help_text,
        compared=Number.median(taken["click"], "ms", "python -c 'import click'"),
    )


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
