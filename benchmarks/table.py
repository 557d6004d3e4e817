"""Rows of the result: what was measured, what that includes, against what, and the aims.

Each number is stored under its unit, such as `CPU s` or `peak bytes`. `CPU s` is the processor time
of the program and of the system for it; `system s` is the latter part, which depends on the file
system.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

WALL, CPU, SYSTEM, PEAK = "wall s", "CPU s", "system s", "peak bytes"
RATE, P99, PER_REQUEST = "requests/CPU s", "p99 ms", "CPU ms/request"

Numbers = Mapping[str, float]
"""Unit to number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A limit of one number, or of its ratio to what the row is compared with.

    Attributes:
        unit: Which number.
        most: It is at most this.
        least: It is at least this.
        ratio: The limit is one of the ratio.
    """

    unit: str
    most: float | None = None
    least: float | None = None
    ratio: bool = False

    def __str__(self) -> str:
        sign, limit = ("<=", self.most) if self.most is not None else (">=", self.least)
        assert limit is not None
        unit, *_ = self.unit.partition(" ")
        shown = f"{limit:g}x" if self.ratio else human(limit, self.unit)
        return f"{unit} {sign} {shown}" if self.unit in {WALL, CPU, PEAK} else f"{sign} {shown}"

    def met(self, row: "Row") -> bool:
        """Compare a row with the limit."""
        value = row.ratios[self.unit] if self.ratio else row.measured[self.unit]
        above = self.most is None or value <= self.most
        return above and (self.least is None or value >= self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was measured.

    Attributes:
        what: The work.
        includes: What the numbers include.
        measured: What it took.
        against: What did the same work, or a part of it, in the same run; may be empty.
        compared: What that took.
        aims: What the numbers are to be.
        files: How many files were indexed, for the plot of growth; 0 if that is something else.
    """

    what: str
    includes: str
    measured: Numbers
    against: str = ""
    compared: Numbers = field(default_factory=dict)
    aims: Sequence[Aim] = ()
    files: int = 0

    @property
    def ratios(self) -> Numbers:
        """Each number as a part of the one that it is compared with."""
        both = self.measured.keys() & self.compared.keys()
        return {x: self.measured[x] / self.compared[x] for x in sorted(both) if self.compared[x]}

    def document(self) -> dict[str, Any]:
        """Describe it for `results.json`."""
        aims = [{"aim": f"{x} ({x.unit})", "met": x.met(self)} for x in self.aims]
        return asdict(self) | {"ratios": self.ratios, "aims": aims}

    def cells(self) -> Iterator[str]:
        """Write it for people."""
        yield self.what
        yield ", ".join(human(value, unit) for unit, value in self.measured.items())
        ratios = ", ".join(f"{x:.2f}x {unit.partition(' ')[0]}" for unit, x in self.ratios.items())
        yield f"{ratios} of {self.against}" if ratios else self.against
        yield ", ".join(f"{x} {'met' if x.met(self) else 'MISSED'}" for x in self.aims)


def median(samples: Sequence[Numbers]) -> Numbers:
    """Return the median of each number; more than one sample per row evens out disturbances."""
    return {unit: statistics.median(x[unit] for x in samples) for unit in samples[0]}


def human(value: float, unit: str) -> str:
    """Write a number as people read it."""
    word = unit.partition(" ")[0]
    if unit == PEAK:
        return f"{value / (1 << 20):.0f} MiB"
    if unit in {WALL, CPU, SYSTEM}:
        return f"{value:.2f} s {word}" if value >= 0.1 else f"{value * 1000:.1f} ms {word}"
    return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.2f} {unit}"


def conditions() -> dict[str, Any]:
    """Describe the machine, and how busy it is with other work."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "ghpypi": version("ghpypi"),
        **speed(),
    }


def speed() -> dict[str, Any]:
    """Describe how fast the machine is now: runs are compared by the seconds of the same loop."""
    return {"load": os.getloadavg(), "loop CPU s": statistics.median(_loop() for _ in range(5))}


def _loop() -> float:
    """Return the processor time of a fixed amount of work in plain Python, in seconds."""
    begun, found = time.process_time(), dict[str, int]()
    for number in range(200_000):
        found[str(number % 1000)] = len(f"{number}-{number}".split("-"))
    return time.process_time() - begun


def file_system(folder: Path) -> str:
    """Return the type of the file system of a folder, such as ext4 or tmpfs."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    above = {place: kind for _, place, kind, *_ in mounts if folder.is_relative_to(place)}
    return above[max(above, key=len)]


def print_table(rows: Sequence[Row]) -> None:
    """Print all rows, in columns."""
    lines = [("what", "measured", "compared", "aim"), *(tuple(row.cells()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(map(str.ljust, line, widths)).rstrip())


def note(text: str) -> None:
    """Say what is being measured now."""
    print(text, file=sys.stderr, flush=True)
