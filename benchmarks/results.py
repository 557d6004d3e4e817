"""The results that are kept: rows by piece, with the conditions of the run that made them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.table import Row, speed

RESULTS = Path(__file__).with_name("results.json")

VERSION = 4


def write_results(piece: str, rows: Sequence[Row], begun: Mapping[str, Any], path: Path) -> None:
    """Replace the rows of a piece; those of others stay, as they take long to measure.

    Args:
        piece: The name of the piece.
        rows: Its rows, all of one run.
        begun: The conditions at the beginning of the run.
        path: The file.
    """
    measured = {
        "conditions": {**begun, "after": speed()},
        "rows": [row.document() for row in rows],
    }
    pieces = {**_pieces(path), piece: measured}
    document = {"version": VERSION, "pieces": pieces}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def rows_of(path: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """Read the rows of pieces, as far as these were measured."""
    pieces = _pieces(path)
    return [row for name in names if name in pieces for row in pieces[name]["rows"]]


def _pieces(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    pieces: dict[str, Any] = found.get("pieces", {})
    return pieces
