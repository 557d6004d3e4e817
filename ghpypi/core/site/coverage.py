"""The grid that answers "is there a wheel for me?": systems down, Pythons across."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ghpypi.core.model import File
from ghpypi.core.site.tags import ANY_SYSTEM, SOURCE, Tags, tags_of

YES = "✓"
NEWER = "newer"
"""The column of Pythons after those that are named: for wheels with the stable interface."""

FREE_NEWER = "newer t"
"""The same for free-threaded Pythons."""

PYTHON_3 = "Python 3"
"""The column where no Python is named."""

_VERSION = re.compile(r"3\.(\d+)(t?)")

NO = "–"  # noqa: RUF001 - a dash is read out as nothing, a minus as a number


class Coverage(NamedTuple):
    """A grid.

    Attributes:
        pythons: The heads of the columns.
        rows: Each a system and its cells: `✓`, `–`, or the variants there are.
        source: There is a source distribution besides.
    """  # noqa: RUF002

    pythons: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    source: bool


def coverage(files: Iterable[File], variant_of: Callable[[File], str]) -> Coverage | None:
    """Draw the grid of the files of a release; none if every wheel runs on any system."""
    wheels: list[tuple[Tags, str]] = []
    source = False
    for file in files:
        tags = tags_of(file.filename)
        if tags is SOURCE:
            source = True
        else:
            wheels.append((tags, variant_of(file)))
    if all(tags.systems == (ANY_SYSTEM,) for tags, _ in wheels):
        return None
    columns = _columns(tags for tags, _ in wheels)
    cells: dict[str, dict[str, list[str]]] = {}
    for tags, variant in wheels:
        filled = [name for name in columns if _fills(tags, name)]
        for system in tags.systems:
            row = cells.setdefault(system, {})
            for name in filled:
                row.setdefault(name, []).append(variant)
    rows = [
        (system, tuple(_cell(row.get(name)) for name in columns))
        for system, row in sorted(cells.items())
    ]
    return Coverage(tuple(columns), tuple(rows), source)


def _columns(wheels: Iterable[Tags]) -> list[str]:
    names: set[str] = set()
    lasting = free = False
    for tags in wheels:
        names.update(tags.pythons)
        if tags.since is not None:
            lasting = True
            names.update([f"3.{tags.since}"] if tags.since else [])
        elif tags.free_since is not None:
            free = True
            names.add(f"3.{tags.free_since}t")
    columns = sorted(names, key=_place)
    plain = sum(name[0].isdigit() for name in columns)
    newer = [NEWER] * lasting + [FREE_NEWER] * free
    columns[plain:plain] = newer if columns else [PYTHON_3] * lasting
    return columns


def _fills(tags: Tags, column: str) -> bool:
    if column in tags.pythons:
        return True
    if column in {NEWER, PYTHON_3}:
        return tags.since is not None
    if column == FREE_NEWER:
        return tags.free_since is not None
    number = _VERSION.fullmatch(column)
    if not number:
        return tags.since == 0  # `py3` runs on every interpreter
    since = tags.free_since if number[2] else tags.since
    return since is not None and int(number[1]) >= since


def _cell(variants: list[str] | None) -> str:
    if variants is None:
        return NO
    named = dict.fromkeys(filter(None, variants))
    return " ".join(named) or YES


def _place(column: str) -> tuple[bool, list[int], str]:
    return not column[0].isdigit(), [int(each) for each in re.findall(r"\d+", column)], column
