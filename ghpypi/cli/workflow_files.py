"""Outputs and job summaries of GitHub Actions.

Source: GitHub documentation, "Workflow commands for GitHub Actions" (environment files).
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ghpypi.cli.findings import IndexFinding, findings
from ghpypi.cli.hold import hold_notice
from ghpypi.cli.output import json_text, print_json
from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.indexes.unlisted import SharedName
from ghpypi.core.names import Filename
from ghpypi.core.quantities import count_of, number
from ghpypi.errors import GhpypiError
from ghpypi.jobs.index import IndexReport
from ghpypi.report import in_workflow, printable

_MARKUP = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#&"}

SUMMARY_ROWS = 300
"""Maximum number of rows in a summary, which is limited to 1 MiB."""


class StepOutputs(NamedTuple):
    """The outputs of a workflow step.

    Attributes:
        index_url: The value for pip's `--index-url`; empty if unknown.
        run_url: The page of the started workflow run, or of its workflow; empty if no run was
            started.
        changed: Whether the command changed anything; `None` if it cannot.
        projects: The number of projects; `None` if not applicable.
        files: The number of files; `None` if not applicable.
        remaining: How many files are still to be read by other runs; `None` if it reads none.
    """

    index_url: str = ""
    run_url: str = ""
    changed: bool | None = None
    projects: int | None = None
    files: int | None = None
    remaining: int | None = None

    def items(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values of known outputs."""
        yield "index-url", self.index_url
        yield "run-url", self.run_url
        if self.changed is not None:
            yield "changed", str(self.changed).lower()
        if self.projects is not None:
            yield "projects", str(self.projects)
        if self.files is not None:
            yield "files", str(self.files)
        if self.remaining is not None:
            yield "remaining", str(self.remaining)


def deliver(
    document: Mapping[str, Any],
    outputs: Callable[[], StepOutputs],
    *,
    as_json: bool,
    summary: Iterable[str] = (),
) -> None:
    """Print the results of a command with `--json`; in a workflow, also write outputs and summary.

    Args:
        document: The results as a JSON document.
        outputs: Returns the outputs; only called in a workflow.
        as_json: Print the document; otherwise, the command has already printed text.
        summary: Lines of Markdown for the job summary.
    """
    if as_json:
        print_json(document)
    if in_workflow(os.environ):
        write_outputs(document, outputs(), os.environ, summary=summary)


def write_outputs(
    document: Mapping[str, Any],
    outputs: StepOutputs,
    environment: Mapping[str, str],
    *,
    summary: Iterable[str] = (),
) -> None:
    """Write report, outputs and summary to the files that the runner provides.

    Args:
        document: The results as a JSON document.
        outputs: The outputs of the step.
        environment: Environment variables with the paths of the runner's files.
        summary: Lines of Markdown for the job summary.
    """
    found = dict(outputs.items())
    if folder := environment.get("RUNNER_TEMP"):
        # A separate file per step, so that later steps of the job do not overwrite it.
        path = Path(folder) / f"ghpypi-report-{secrets.token_hex(4)}.json"
        path.write_text(json_text(document), encoding="utf-8")
        found["report"] = str(path)
    if target := environment.get("GITHUB_OUTPUT"):
        _append(target, "".join(_output(key, value) for key, value in found.items()))
    text = "".join(f"{printable(line)}\n" for line in summary)
    if text and (target := environment.get("GITHUB_STEP_SUMMARY")):
        _append(target, text)


def index_outputs(report: IndexReport, url: str) -> StepOutputs:
    """Say what later steps may need to know of an index that was built.

    Args:
        report: What was done.
        url: The address of the main index; empty if it is not known.
    """
    return StepOutputs(
        index_url=url,
        changed=bool(report.published and report.published.changed),
        projects=report.projects,
        files=report.files,
        remaining=report.remaining,
    )


def known_address(settings: Settings) -> str:
    """Return the URL of a site, ending in `/`; empty if it is unknown for any reason."""
    with suppress(GhpypiError):
        return settings.public_address()
    return ""


def index_url(settings: Settings, index: str = MAIN_FOLDER) -> str:
    """Give the address of an index; empty if that of the site is not known."""
    address = known_address(settings)
    return f"{address}{settings.config.index.paths.folder(index)}" if address else ""


def summary(report: IndexReport, address: str) -> Iterator[str]:
    """Tell a run in Markdown.

    Args:
        report: What was done.
        address: The address of the main index; empty if it is not known.
    """
    title = f"[Index]({address})" if address else "Index"
    yield f"### {title}: {count_of(report.projects, 'project')}, {count_of(report.files, 'file')}\n"
    if report.hold:
        yield f"**{_cell(hold_notice(report.hold, report.site))}**\n"
    if report.remaining:
        yield f"{count_of(report.remaining, 'file')} are still to be read by the next run.\n"
    if report.expired:
        yield f"{count_of(len(report.expired), 'release')} not listed any more: `[retention]`.\n"
    yield from _changes(report.differences, address)
    if report.overtaken:
        yield "\n#### Higher versions on the public index\n"
        yield "Installers that ask both indexes may take those.\n"
        yield from _table(("project", "here", "there"), report.overtaken[:SUMMARY_ROWS])
    if report.shared_names:
        yield "\n#### One name, several variants\n"
        names = [_shared_name(each) for each in report.shared_names[:SUMMARY_ROWS]]
        yield from _table(("file", "variants", "the main index has"), names)
    if found := list(findings(report)):
        yield "\n#### To look into\n"
        yield from _table(("what", "files or projects", "", "why"), map(_finding, found))


def _changes(differences: Differences, address: str) -> Iterator[str]:
    """Yield the changes of a run: yanks and statuses, then files."""
    changes = [
        *(("added", name) for name in differences.added),
        *(("changed", name) for name in differences.changed),
        *(("removed", name) for name in differences.removed),
    ]
    if not changes and not differences.marks:
        yield "Nothing changed.\n"
    if differences.marks:
        yield from (f"- {_cell(mark)}" for mark in differences.marks[:SUMMARY_ROWS])
        yield ""
    if changes:
        yield from _table(("project", "version", "file", ""), _rows(changes, address))
        if len(changes) > SUMMARY_ROWS:
            yield f"\nand {len(changes) - SUMMARY_ROWS} more.\n"


def _finding(finding: IndexFinding) -> tuple[str, ...]:
    why = f"{finding.reason}; {finding.hint}" if finding.hint else finding.reason
    count = number(finding.count)
    return finding.outcome, count, _cell(finding.shown_names), _cell(why)


def _rows(changes: list[tuple[str, str]], address: str) -> Iterator[tuple[str, ...]]:
    for verb, name in changes[:SUMMARY_ROWS]:
        filename = Filename.parse(name)
        project = filename.project
        link = f"[{project}]({address}{project}/)" if address else project
        yield link, str(filename.version), f"`{name}`", verb


def _shared_name(name: SharedName) -> tuple[str, ...]:
    variants = ", ".join(variant or "none" for variant in name.variants)
    main = "none of them" if name.main_variant is None else name.main_variant or "the one without"
    return _cell(name.filename), _cell(variants), _cell(main)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _cell(text: str) -> str:
    """Escape text for a table cell: markup, column separators and newlines."""
    return " ".join(text.translate(_MARKUP).split())


def _output(key: str, value: str) -> str:
    """Format an output with a random delimiter, which a value cannot contain by intent."""
    mark = f"end-{secrets.token_hex(8)}"
    return f"{key}<<{mark}\n{value}\n{mark}\n"


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
