"""What a run of GitHub Actions hands on: outputs for later steps, and a summary for people.

Source: GitHub documentation, "Workflow commands for GitHub Actions" (environment files).
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ghpypi.cli.output import JSON_VERSION
from ghpypi.core.differences import count_files, count_projects
from ghpypi.core.names import Filename
from ghpypi.core.unlisted import Apart
from ghpypi.jobs.index import IndexReport

_MARKUP = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#&"}

SUMMARY_ROWS = 300
"""Rows of a summary at most: it may have 1 MiB, and people read less."""


def hand_on(
    report: IndexReport, document: Mapping[str, Any], address: str, environment: Mapping[str, str]
) -> None:
    """Write outputs, summary and report of an index run, where a workflow asks for them."""
    outputs = {
        "index-url": f"{address}simple/" if address else "",
        "changed": str(bool(report.published and report.published.changed)).lower(),
        "projects": str(report.projects),
        "files": str(report.files),
    }
    if folder := environment.get("RUNNER_TEMP"):
        path = Path(folder) / "ghpypi-report.json"
        path.write_text(json.dumps({"version": JSON_VERSION, "index": document}, indent=2))
        outputs["report"] = str(path)
    if target := environment.get("GITHUB_OUTPUT"):
        _append(target, "".join(_output(key, value) for key, value in outputs.items()))
    if target := environment.get("GITHUB_STEP_SUMMARY"):
        _append(target, "\n".join(summary(report, address)) + "\n")


def summary(report: IndexReport, address: str) -> Iterator[str]:
    """Tell a run in Markdown."""
    title = f"[Index]({address}simple/)" if address else "Index"
    yield f"### {title}: {count_projects(report.projects)}, {count_files(report.files)}\n"
    changes = [
        *(("added", name) for name in report.differences.added),
        *(("changed", name) for name in report.differences.changed),
        *(("removed", name) for name in report.differences.removed),
    ]
    if not changes:
        yield "Nothing changed.\n"
    else:
        yield from _table(("project", "version", "file", ""), _rows(changes, address))
        if len(changes) > SUMMARY_ROWS:
            yield f"\nand {len(changes) - SUMMARY_ROWS} more.\n"
    if report.overtaken:
        yield "\n#### Higher versions on the public index\n"
        yield "Installers that ask both indexes may take those.\n"
        yield from _table(("project", "here", "there"), report.overtaken[:SUMMARY_ROWS])
    if report.apart:
        yield "\n#### One name, several variants\n"
        apart = [_apart(each) for each in report.apart[:SUMMARY_ROWS]]
        yield from _table(("file", "variants", "the main index has"), apart)
    if left_out := [*report.unread, *report.refused]:
        yield "\n#### Left out\n"
        rows = ((_cell(x.filename), _cell(x.where), _cell(x.reason)) for x in left_out)
        yield from _table(("file", "where", "why"), list(rows)[:SUMMARY_ROWS])


def _rows(changes: list[tuple[str, str]], address: str) -> Iterator[tuple[str, ...]]:
    for verb, name in changes[:SUMMARY_ROWS]:
        filename = Filename.parse(name)
        project = filename.project
        link = f"[{project}]({address}simple/{project}/)" if address else project
        yield link, str(filename.version), f"`{name}`", verb


def _apart(apart: Apart) -> tuple[str, ...]:
    variants = ", ".join(variant or "none" for variant in apart.variants)
    taken = "none of them" if apart.taken is None else apart.taken or "the one without"
    return _cell(apart.filename), _cell(variants), _cell(taken)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _cell(text: str) -> str:
    """Keep text from others in its cell: no markup, no new cells, no new lines."""
    return " ".join(text.translate(_MARKUP).split())


def _output(key: str, value: str) -> str:
    """Write one output; the delimiter is one that no value can know."""
    mark = f"end-{secrets.token_hex(8)}"
    return f"{key}<<{mark}\n{value}\n{mark}\n"


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
