"""Planning, showing and writing changes to configuration files of installers."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ghpypi.cli.client_paths import default_path
from ghpypi.core.clients.bots import edit_dependabot, edit_renovate
from ghpypi.core.clients.files import EDITORS, Edited
from ghpypi.core.clients.options import ClientOptions
from ghpypi.core.text_comparison import diff_text
from ghpypi.errors import NotFoundError, UsageError
from ghpypi.text_files import find_text, write_text

PATTERNS = ("pdm", "renovate")
"""Tools that support patterns such as `acme-*`."""

Editor = Callable[[str, ClientOptions], Edited]


class FileChange(NamedTuple):
    """A planned change of a file.

    Attributes:
        path: The file.
        before: Its current text; `None` if it does not exist.
        edited: Its new text.
    """

    path: Path
    before: str | None
    edited: Edited

    @property
    def changed(self) -> bool:
        """Return whether the text differs."""
        return self.edited.text != (self.before or "")

    def diff(self) -> str:
        """Return the difference in the format of `diff -u`."""
        source = None if self.before is not None else os.devnull
        return diff_text(self.before or "", self.edited.text, str(self.path), source=source)

    def write(self) -> None:
        """Write the file; create its folder if needed.

        Raises:
            UsageError: The file cannot be written.
        """
        try:
            self.path.resolve().parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, self.edited.text)
        except OSError as error:
            raise UsageError(f"cannot write {self.path}: {error}") from error


def editor_of(tool: str) -> Editor:
    """Return the function that edits the file of a tool."""
    if tool == "dependabot":
        return partial(edit_dependabot, ecosystem="uv" if Path("uv.lock").exists() else "pip")
    return edit_renovate if tool == "renovate" else EDITORS[tool]


def plan_change(tool: str, options: ClientOptions, file: Path | None) -> FileChange:
    """Read the file of a tool, and say what it is to be.

    Raises:
        UsageError: The file cannot be read, or options are missing.
        NotFoundError: The file does not exist, and only the tool itself can create it.
    """
    if tool == "conda":
        raise UsageError(
            "ghpypi cannot edit environment.yml",
            hint="add the lines that 'ghpypi client conda' prints without --write",
        )
    named = options.packages or (tool == "pdm" and (options.projects or options.complete))
    if tool in PATTERNS and not named and not (tool == "renovate" and options.private):
        raise UsageError(
            f"{tool} needs a list of the packages that come from the index",
            hint=f"add their names or a pattern: ghpypi client {tool} 'acme-*' --write",
        )
    path = file or default_path(tool, os.environ, Path())
    before = find_text(path)
    if before is None and tool in {"uv", "poetry", "pdm"}:
        raise NotFoundError(
            f"{path} not found",
            hint=f"create it with '{tool} init', or specify another file with --file",
        )
    try:
        edited = editor_of(tool)(before or "", options)
    except UsageError as error:  # the editors get a text, and do not know whose it is
        error.message = f"{path}: {error.message}"
        raise
    return FileChange(path=path, before=before, edited=edited)
