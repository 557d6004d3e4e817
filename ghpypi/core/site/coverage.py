"""The table of available wheels: systems in rows, Python versions in columns.

Where a release has many variants, there is a row for each of them, and systems are across.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ghpypi.core.model import File
from ghpypi.core.names import natural_key
from ghpypi.core.site.tags import ANY_SYSTEM, SOURCE, Tags, tags_of

YES = "✓"
NEWER = "newer"
"""The column for newer Python versions: for wheels with the stable ABI."""

FREE_NEWER = "newer t"
"""The same for free-threaded Python."""

PYTHON_3 = "Python 3"
"""The column for wheels without a specific Python version."""

_VERSION = re.compile(r"3\.(\d+)(t?)")

MOST_IN_CELLS = 5
"""Variants that cells can name; with more, each has a row of its own."""

NO_VARIANT = "no variant"

NO = "–"  # noqa: RUF001 - screen readers skip a dash


class Coverage(NamedTuple):
    """The table of a release.

    Attributes:
        columns: The heads of the columns: Pythons, or systems.
        rows: Each a system and its cells: `✓`, `–`, or the variants there are. Or each a variant,
            and its cells are `–` or the Pythons there are.
        source: There is a source distribution besides.
        by_variant: The rows are variants.
    """  # noqa: RUF002

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    source: bool
    by_variant: bool = False


def coverage(files: Iterable[File], variant_of: Callable[[File], str]) -> Coverage | None:
    """Return the table for the files of a release; `None` if all wheels run on any system."""
    wheels: list[tuple[Tags, str]] = []
    source = False
    for file in files:
        tags = tags_of(file.filename)
        if tags is SOURCE:
            source = True
        else:
            wheels.append((tags, variant_of(file)))
    return _table(tuple(wheels), source=source)


@lru_cache(maxsize=128)
def _table(wheels: tuple[tuple[Tags, str], ...], *, source: bool) -> Coverage | None:
    """Return the table for some wheels; most releases of a project have the same ones."""
    if all(tags.systems == (ANY_SYSTEM,) for tags, _ in wheels):
        return None
    if len({variant for _, variant in wheels}) > MOST_IN_CELLS:
        return _by_variant(wheels, source=source)
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


def _by_variant(wheels: Iterable[tuple[Tags, str]], *, source: bool) -> Coverage:
    cells: dict[str, dict[str, list[Tags]]] = {}
    for tags, variant in wheels:
        for system in tags.systems:
            cells.setdefault(variant, {}).setdefault(system, []).append(tags)
    systems = sorted({system for row in cells.values() for system in row})
    rows = [
        (variant or NO_VARIANT, tuple(_spans(row.get(system, ())) for system in systems))
        for variant, row in sorted(cells.items(), key=lambda each: natural_key(each[0]))
    ]
    if len({row for _, row in rows}) == 1:
        rows = [(f"all {len(rows)} variants", rows[0][1])]
    return Coverage(tuple(systems), tuple(rows), source, by_variant=True)


def _spans(wheels: Iterable[Tags]) -> str:
    """Write the Pythons of some wheels: `3.10 to 3.13, 3.14t`; a dash for none."""
    columns = _columns(wheels)
    spans: list[list[str]] = []
    for name in columns:
        if spans and _follows(spans[-1][-1], name):
            spans[-1].append(name)
        else:
            spans.append([name])
    return ", ".join(map(_span, spans)) or NO


def _span(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    if names[-1] in {NEWER, FREE_NEWER}:
        return f"{names[0]} and newer"
    return f"{names[0]} to {names[-1]}"


def _follows(before: str, name: str) -> bool:
    """Return whether a column is of the minor version after another one, or of all newer ones."""
    first, second = _VERSION.fullmatch(before), _VERSION.fullmatch(name)
    if first and second:
        return first[2] == second[2] and int(second[1]) == int(first[1]) + 1
    return bool(first) and name == (FREE_NEWER if before.endswith("t") else NEWER)


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
    named = {*filter(None, variants)}
    return " ".join(sorted(named, key=natural_key)) or YES


def _place(column: str) -> tuple[bool, object]:
    return not column[0].isdigit(), natural_key(column)
