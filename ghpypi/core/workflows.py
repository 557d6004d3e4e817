"""Workflow files of GitHub Actions, for indexes and for publishing.

The templates have square brackets as delimiters, so that `${{ }}` needs no escaping.
"""

import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Literal, NamedTuple, get_args

from ghpypi.core.project import ACTION
from ghpypi.core.templates import WORKFLOWS as FOLDER
from ghpypi.core.templates import template

EVENT = "ghpypi"
"""The type of the `repository_dispatch` event that starts index workflows."""

Workflow = Literal["index", "publish", "publish-own", "publish-matrix", "verify"]
WORKFLOWS: tuple[Workflow, ...] = get_args(Workflow)

ANY_STORE = "${{ vars.GHPYPI_STORE }}"
"""Placeholder for the index repository: a variable of GitHub Actions."""


class WorkflowOptions(NamedTuple):
    """The variable parts of workflow files.

    Attributes:
        action: The Action, `OWNER/REPO@REVISION`, and with a commit its tag as a comment.
        store: The index repository.
        default_branch: The branch that pull requests of a package go to.
        url: The URL of the index, ending in `/`; empty to request it from GitHub.
        runs_on: The label of the runners of the index workflow.
    """

    action: str = ACTION
    store: str = ANY_STORE
    default_branch: str = "main"
    url: str = ""
    runs_on: str = "ubuntu-latest"


def listens(text: str) -> bool:
    """Return whether a workflow file is triggered by the event for index runs.

    This is not a YAML parser: a file in an unusual format counts as triggered, because a run that
    does not start is reported anyway.

    Source: GitHub documentation, "Events that trigger workflows", `repository_dispatch`.
    """
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines()]
    for number, line in enumerate(lines):
        if re.search(r"\brepository_dispatch\b", line):
            block = "\n".join(_block(lines[number:]))
            return "types" not in block or re.search(rf"\b{EVENT}\b", block) is not None
    return False


def _block(lines: list[str]) -> Iterator[str]:
    """Yield a key of a YAML mapping with its more deeply indented lines."""
    yield lines[0].partition("repository_dispatch")[2]
    indent = len(lines[0]) - len(lines[0].lstrip())
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        yield line


def render(name: Workflow, options: WorkflowOptions) -> str:
    """Render a workflow file."""
    return _render(name, options)


def render_upload(options: WorkflowOptions) -> str:
    """Render the publishing step for the workflow of a package."""
    return dedent(_render("_upload", options))


def _render(name: str, options: WorkflowOptions) -> str:
    return template(f"{FOLDER}{name}.yml").render(options._asdict())
