"""Results on standard output: as text, or as one JSON document with a version."""

import io
import json
from collections.abc import Mapping
from typing import Any

import click

from ghpypi.report import printable, printable_json

JSON_VERSION = 1
"""Version of all JSON documents; incremented when a key is removed or changes its meaning."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document."""
    click.echo(json_text(document))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a JSON document as text, with its version."""
    versioned = {"version": JSON_VERSION, **document}
    return printable_json(json.dumps(versioned, indent=2, ensure_ascii=False))


def say(line: str) -> None:
    """Print a line."""
    click.echo(printable(line, keep=""))


def say_text(text: str) -> None:
    """Print text unchanged, such as a diff or settings."""
    click.echo(printable(text, keep="\n\t"), nl=False)


def say_error(error: click.ClickException) -> None:
    """Print a click error, which may quote arguments, on standard error."""
    text = io.StringIO()
    error.show(file=text)
    click.echo(printable(text.getvalue()), err=True, nl=False)


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows with aligned columns."""
    if not rows:
        return
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
