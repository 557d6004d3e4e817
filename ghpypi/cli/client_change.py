"""Changes to the files of installers: planned, shown and made."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ghpypi.cli.client_places import default_place
from ghpypi.core.clients.bots import edit_dependabot, edit_renovate
from ghpypi.core.clients.files import EDITORS, Edited
from ghpypi.core.clients.snippets import ClientOptions
from ghpypi.core.text_comparison import diff
from ghpypi.errors import NotFoundError, UsageError
from ghpypi.text_files import find_text, write_text

PATTERNS = ("pdm", "renovate")
"""Tools that understand `acme-*`."""

Editor = Callable[[str, ClientOptions], Edited]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What becomes of a file.

    Attributes:
        path: The file.
        before: What it is; `None` if there is none.
        edited: What it is to be.
    """

    path: Path
    before: str | None
    edited: Edited

    @property
    def changed(self) -> bool:
        """Tell whether there is anything to write."""
        return self.edited.text != (self.before or "")

    def diff(self) -> str:
        """Show what is different, as `diff -u` does."""
        source = None if self.before is not None else os.devnull
        lines = diff(self.before or "", self.edited.text, str(self.path), source=source)
        return "".join(f"{line}\n" for line in lines)

    def write(self) -> None:
        """Write the file, and make the folders on the way to it.

        Raises:
            UsageError: It cannot be written.
        """
        try:
            self.path.resolve().parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, self.edited.text)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be changed: {error}") from error


def editor_of(tool: str) -> Editor:
    """Choose what changes the file of a tool."""
    if tool == "dependabot":
        return partial(edit_dependabot, ecosystem="uv" if Path("uv.lock").exists() else "pip")
    return edit_renovate if tool == "renovate" else EDITORS[tool]


def plan_change(tool: str, options: ClientOptions, file: Path | None) -> FileChange:
    """Read the file of a tool, and say what it is to be.

    Raises:
        UsageError: It cannot be read, or more has to be said.
        NotFoundError: There is none, and it is not ours to make.
    """
    if tool == "conda":
        raise UsageError(
            "environment.yml is not changed",
            hint="'ghpypi client conda' without --write prints what has to be in it",
        )
    named = options.packages or (tool == "pdm" and (options.projects or options.complete))
    if tool in PATTERNS and not named and not (tool == "renovate" and options.private):
        raise UsageError(
            f"{tool} has to be told which packages come from the index",
            hint=f"name them, or a pattern: ghpypi client {tool} 'acme-*' --write",
        )
    path = file or default_place(tool, os.environ, Path())
    before = find_text(path)
    if before is None and tool in {"uv", "poetry", "pdm"}:
        raise NotFoundError(
            f"there is no {path}", hint=f"'{tool} init' makes one; or name it with --file"
        )
    return FileChange(path=path, before=before, edited=editor_of(tool)(before or "", options))
