"""Setup of the files that an index repository needs on its default branch.

Source: GitHub documentation, "REST API endpoints for repository contents".
"""

from collections.abc import Callable
from urllib.parse import quote

from ghpypi.core.managed import ManagedFileState, compare_managed
from ghpypi.errors import FailedError, NotAllowedError
from ghpypi.ports import Finding
from ghpypi.stores.github.permissions import CONTENTS, WORKFLOWS
from ghpypi.stores.github.repository_files import (
    FileCommit,
    RepositoryFile,
    find_file,
    find_readme,
    write_file,
)
from ghpypi.stores.github.target import Target

WORKFLOW_FOLDER = ".github/workflows/"

LONGEST_LINK = 6000
"""Characters of an address that pre-fills a file; servers refuse longer ones."""

Text = Callable[[str], str]
"""Returns the content to write, given the present one."""

_FINDINGS = {
    ManagedFileState.CURRENT: Finding(),
    ManagedFileState.OUTDATED: Finding(missing="renewed"),
    ManagedFileState.CHANGED: Finding(left="it was changed by hand, so it is kept"),
    ManagedFileState.FOREIGN: Finding(left="it was not written by ghpypi, so it is kept"),
}


class FileStep:
    """Creates or renews one file of the repository.

    Args:
        target: The repository.
        path: Where the file is.
        text: Returns its content.
        managed: Renew the file unless it was changed by hand; otherwise, an existing file stays.
        needs: The steps that must succeed before.
    """

    def __init__(
        self,
        target: Target,
        path: str,
        text: Text,
        *,
        managed: bool,
        needs: tuple[str, ...] = ("repository",),
    ) -> None:
        self._target = target
        self._path = path
        self._text = text
        self._managed = managed
        self._found: RepositoryFile | None = None
        self.needs = needs

    @property
    def title(self) -> str:
        """Its path."""
        return self._path

    @property
    def page(self) -> str:
        """The page where it can be edited."""
        target = self._target
        if self._found:
            return f"{target.web}/edit/{target.default_branch}/{quote(self._path)}"
        return f"{target.web}/new/{target.default_branch}?filename={quote(self._path)}"

    def check(self) -> Finding:
        """Find out whether it exists, and whether it was changed by hand."""
        if not self._target.exists:
            return Finding(missing="added")
        self._found = self._read()
        return self._judge(self._found)

    def apply(self) -> str:
        """Write it; GitHub refuses that if it was changed since it was read."""
        if self._path.startswith(WORKFLOW_FOLDER):
            self._check_scope()
        self._write(self._found)
        return ""

    def _read(self) -> RepositoryFile | None:
        return find_file(self._path, repository=self._target.name, client=self._target.client)

    def _judge(self, found: RepositoryFile | None) -> Finding:
        if found is None:
            return Finding(missing="added")
        if not self._managed:
            return Finding()
        return _FINDINGS[compare_managed(found.text, self._text(found.text))]

    def _check_scope(self) -> None:
        scopes = self._target.scopes
        if scopes is not None and "workflow" not in scopes:
            raise NotAllowedError(
                "this token lacks the scope workflow, and may not write workflow files",
                hint="run 'gh auth refresh --scopes workflow', or edit the token at "
                f"{self._target.hosts.server}/settings/tokens",
            )

    def _write(self, found: RepositoryFile | None) -> None:
        text = self._text(found.text if found else "")
        commit = FileCommit(
            path=self._path,
            text=text,
            message=f"{'Renew' if found else 'Add'} {self._path}",
            replaces=found.sha if found else "",
            needs=WORKFLOWS if self._path.startswith(WORKFLOW_FOLDER) else CONTENTS,
        )
        try:
            reason = write_file(commit, repository=self._target.name, client=self._target.client)
        except NotAllowedError as error:
            error.hint = self._pull_request_hint(error.hint, text)
            raise
        if reason:
            self._accept_if_written(reason, text)

    def _pull_request_hint(self, hint: str, text: str) -> str:
        """Explain how to commit the file where the token or a rule of the branch forbids it."""
        link = f"{self.page}&value={quote(text)}"
        if self._found or len(link) > LONGEST_LINK:
            link = self.page
        return (
            f"{hint}; or commit it by a pull request: open {link} and propose this "
            f"content for '{self._path}':\n\n{text}"
        )

    def _accept_if_written(self, reason: str, text: str) -> None:
        """Read the file after a conflict, which our own first attempt may have caused."""
        found = self._read()
        if found is None or found.text != text:
            raise FailedError(
                f"'{self._path}' cannot be written: {reason}",
                hint="run the same command again: someone may have changed it just now",
            )


class ReadmeStep(FileStep):
    """Writes the README, unless there is one with content of its own."""

    def _read(self) -> RepositoryFile | None:
        return find_readme(repository=self._target.name, client=self._target.client)

    def _judge(self, found: RepositoryFile | None) -> Finding:
        if found and found.path != self._path:
            return Finding(left=f"there is {found.path}, which is kept")
        if found and self._says_nothing(found.text):
            return Finding(missing="written, as it says nothing yet")
        return super()._judge(found)

    def _says_nothing(self, text: str) -> bool:
        """Recognize the README that GitHub itself writes into a new repository."""
        words = f"# {self._target.name.partition('/')[2]} {self._target.description}"
        return text.split() in (words.split(), words.split()[:2])
