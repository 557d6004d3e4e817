"""Outputs and job summaries of GitHub Actions.

Source: GitHub documentation, "Workflow commands for GitHub Actions" (environment files).
"""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ghpypi.cli.output import json_text, print_json
from ghpypi.cli.settings import Settings
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.errors import GhpypiError
from ghpypi.report import in_workflow, printable


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


def known_address(settings: Settings) -> str:
    """Return the URL of a site, ending in `/`; empty if it is unknown for any reason."""
    with suppress(GhpypiError):
        return settings.public_address()
    return ""


def index_url(settings: Settings, index: str = MAIN_FOLDER) -> str:
    """Give the address of an index; empty if that of the site is not known."""
    address = known_address(settings)
    return f"{address}{settings.config.index.paths.folder(index)}" if address else ""


def _output(key: str, value: str) -> str:
    """Format an output with a random delimiter, which a value cannot contain by intent."""
    mark = f"end-{secrets.token_hex(8)}"
    return f"{key}<<{mark}\n{value}\n{mark}\n"


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)
