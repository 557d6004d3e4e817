"""What was measured, against what, and whether the aim was met."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HEADINGS = ("what", "measured", "compared with", "ratio", "aim", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with the unit it is read in, and what it was taken from."""

    value: float
    unit: str
    label: str = ""
    samples: tuple[float, ...] = ()

    @classmethod
    def median(cls, samples: Sequence[float], unit: str, label: str = "") -> "Number":
        return cls(value=statistics.median(samples), unit=unit, label=label, samples=tuple(samples))

    def __str__(self) -> str:
        return f"{_shown(self.value, self.unit)} {self.label}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was done.
        measured: What it took.
        compared: What something else took, if there is such a thing.
        most: The most that it may take, as a number in the unit measured.
        most_ratio: The most that it may take, as a part of what it is compared with.
        least_ratio: The least that it has to be, where more is better.
        aim: The aim in words.
    """

    what: str
    measured: Number
    compared: Number | None = None
    most: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None
    aim: str = ""

    @property
    def ratio(self) -> float | None:
        return self.measured.value / self.compared.value if self.compared else None

    @property
    def met(self) -> bool | None:
        """Tell whether the aim was met; `None` where there is none."""
        verdicts = []
        if self.most is not None:
            verdicts.append(self.measured.value <= self.most)
        if self.most_ratio is not None:
            verdicts.append(self.ratio is not None and self.ratio <= self.most_ratio)
        if self.least_ratio is not None:
            verdicts.append(self.ratio is not None and self.ratio >= self.least_ratio)
        return all(verdicts) if verdicts else None

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            str(self.measured),
            str(self.compared or ""),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            self.aim,
            {True: "yes", False: "NO", None: ""}[self.met],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where and when it was measured."""

    date: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    python: str = field(default_factory=platform.python_version)
    system: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")
    processors: int | None = field(default_factory=os.cpu_count)
    load: tuple[float, ...] = field(default_factory=os.getloadavg)
    ghpypi: str = field(default_factory=lambda: version("ghpypi"))
    dumb_pypi: str = field(default_factory=lambda: _version("dumb-pypi"))


def _version(package: str) -> str:
    """Tell the version of a peer; empty where single pieces are measured without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def print_table(rows: Sequence[Row]) -> None:
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    for line in lines:
        print("  ".join(map(str.ljust, line, widths)).rstrip())


def write_results(rows: Sequence[Row], conditions: Conditions, path: Path) -> None:
    document = {
        "version": 1,
        "conditions": {**asdict(conditions), "load_after": os.getloadavg()},
        "rows": [_plain(row) for row in rows],
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def note(text: str) -> None:
    """Say what is being measured now."""
    print(text, file=sys.stderr, flush=True)


def _plain(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "measured": asdict(row.measured),
        "compared": asdict(row.compared) if row.compared else None,
        "ratio": row.ratio,
        "aim": row.aim,
        "met": row.met,
    }


_FORMATS: dict[str, Callable[[float], str]] = {
    "s": lambda value: f"{value:.2f} s",
    "ms": lambda value: f"{value * 1000:.0f} ms",
    "MiB": lambda value: f"{value / (1 << 20):.0f} MiB",
    "/s": lambda value: f"{value:,.0f}/s",
    "requests": lambda value: f"{value:.0f} requests",
    "pages": lambda value: f"{value:,.0f} pages",
    "downloads": lambda value: f"{value:.0f} downloads",
}


def _shown(value: float, unit: str) -> str:
    return _FORMATS[unit](value)
