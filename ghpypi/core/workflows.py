"""The workflow files of GitHub Actions that run an index, and publish to one.

They are templates with square brackets as delimiters, so that `${{ }}` stays what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from textwrap import dedent
from typing import Literal, get_args

from ghpypi.core.templates import WORKFLOWS as FOLDER
from ghpypi.core.templates import template

ACTION = "ghpypi/ghpypi"
"""The repository of the Action."""

ACTION_TAG = "v0"
"""The tag that moves with its releases."""

EVENT = "ghpypi"
"""The type of the `repository_dispatch` event that starts index workflows."""

Workflow = Literal["index", "publish", "publish-own", "publish-matrix", "verify"]
WORKFLOWS: tuple[Workflow, ...] = get_args(Workflow)

ANY_STORE = "${{ vars.GHPYPI_STORE }}"
"""The index repository, where the file is written before it is known: a variable says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowOptions:
    """What differs between workflow files.

    Attributes:
        action: The Action, `OWNER/REPO@REVISION`.
        tag: The tag that a revision stands for, if it is a commit.
        store: The index repository.
        default_branch: The branch that pull requests of a package go to.
        url: The address of the index, ending in `/`; empty if GitHub is to be asked for it.
    """

    action: str = f"{ACTION}@{ACTION_TAG}"
    tag: str = ""
    store: str = ANY_STORE
    default_branch: str = "main"
    url: str = ""


def pin(options: WorkflowOptions, commit: str, *, found: str = "") -> WorkflowOptions:
    """Pin the Action to the commit its tag stands for, with the tag beside it.

    Args:
        options: With the tag.
        commit: Its commit; empty if it is not known.
        found: A file written earlier, whose pin is kept in that case.
    """
    name, _, tag = options.action.partition("@")
    if not commit:
        kept = re.search(rf"{re.escape(name)}@([0-9a-f]{{40}}) # {re.escape(tag)}\n", found)
        commit = kept[1] if kept else ""
    if commit in {"", tag}:
        return options
    return replace(options, action=f"{name}@{commit}", tag=tag)


def listens(text: str) -> bool:
    """Tell whether a workflow file is started by the event that asks for a new index.

    This is no YAML parser: a file that is written in an unusual way counts as listening, because
    GitHub has the last word, and the run that does not appear is reported.

    Source: GitHub documentation, "Events that trigger workflows", `repository_dispatch`.
    """
    lines = [re.sub(r"(^|\s)#.*", "", line) for line in text.splitlines()]
    for number, line in enumerate(lines):
        if re.search(r"\brepository_dispatch\b", line):
            block = "\n".join(_block(lines[number:]))
            return "types" not in block or re.search(rf"\b{EVENT}\b", block) is not None
    return False


def _block(lines: list[str]) -> Iterator[str]:
    """Take a key of a YAML mapping with what belongs to it: the lines that are indented deeper."""
    yield lines[0].partition("repository_dispatch")[2]
    indent = len(lines[0]) - len(lines[0].lstrip())
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        yield line


def render(name: Workflow, options: WorkflowOptions) -> str:
    """Write one workflow file."""
    return _render(name, options)


def render_upload(options: WorkflowOptions) -> str:
    """Write the step that a package's own workflow needs to publish what it has built."""
    return dedent(_render("_upload", options))


def _render(name: str, options: WorkflowOptions) -> str:
    values = asdict(options)
    values["action"] = f"{options.action} # {options.tag}" if options.tag else options.action
    return template(f"{FOLDER}{name}.yml").render(values)
