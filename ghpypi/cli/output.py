"""Results on standard output: lines for people, or one JSON document with a version."""

import json
from collections.abc import Mapping
from typing import Any

import click

from ghpypi.report import printable

JSON_VERSION = 1
"""Of all documents printed; raised when a key changes its meaning or goes."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print one document."""
    click.echo(json.dumps({"version": JSON_VERSION, **document}, indent=2, ensure_ascii=False))


def say(line: str) -> None:
    """Print one line."""
    click.echo(printable(line))


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows with aligned columns."""
    if not rows:
        return
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
