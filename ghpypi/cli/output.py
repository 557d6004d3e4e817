"""Results on standard output: as text, or as one JSON document with a version; questions.

Standard output is often the terminal that shows the progress line, so each function clears it.
"""

import io
import json
from collections.abc import Mapping
from typing import Any

import click

from ghpypi.progress_output import clear_progress, end_progress
from ghpypi.report import printable, printable_json

JSON_VERSION = 1
"""Version of all JSON documents; incremented when a key is removed or changes its meaning."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print a JSON document."""
    _print(json_text(document))


def json_text(document: Mapping[str, Any]) -> str:
    """Return a JSON document as text, with its version."""
    versioned = {"version": JSON_VERSION, **document}
    return printable_json(json.dumps(versioned, indent=2, ensure_ascii=False))


def say(line: str) -> None:
    """Print a line."""
    _print(printable(line, keep=""))


def say_text(text: str) -> None:
    """Print text unchanged, such as a diff or settings."""
    _print(printable(text, keep="\n\t"), newline=False)


def say_error(error: click.ClickException) -> None:
    """Print a click error, which may quote arguments, on standard error.

    Click separates the choices of an argument by tabs.
    """
    text = io.StringIO()
    error.show(file=text)
    click.echo(printable(text.getvalue(), keep="\n\t"), err=True, nl=False)


def ask(question: str, **options: Any) -> Any:
    """Ask a question on standard error; the options are those of `click.prompt`."""
    end_progress()
    return click.prompt(question, err=True, **options)


def confirm(question: str) -> bool:
    """Ask a question with the answers yes and no on standard error."""
    end_progress()
    return click.confirm(question, err=True)


def _print(text: str, *, newline: bool = True) -> None:
    clear_progress()
    click.echo(text, nl=newline)


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows with aligned columns."""
    if not rows:
        return
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say("  ".join(cells).rstrip())
