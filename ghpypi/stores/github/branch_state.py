"""An earlier commit of the branch of a site."""

from collections.abc import Mapping, Sequence

from ghpypi.core.config.hold import SHOWN_DIGITS
from ghpypi.core.text_comparison import nearest
from ghpypi.errors import NotFoundError, UsageError
from ghpypi.ports import StateDifference
from ghpypi.stores.github.git import Git

_NEWEST = 3
"""Number of commits that an error names."""


class BranchState:
    """The files of a site at a commit of its branch, whose trees were fetched.

    Args:
        revision: The full ID of the commit.
        git: The local copy of the repository.
        present: All files at the head of the branch: path to blob.
        folder: The folder of the branch that the site is in, ending in `/`; empty for its root.
    """

    def __init__(self, revision: str, *, git: Git, present: Mapping[str, str], folder: str) -> None:
        self.revision = revision
        self._git = git
        self._present = _below(folder, present)
        self._files = _below(folder, git.files(revision))

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Fetch files of the commit, all in one go."""
        return self._git.read({path: self._files[path] for path in paths if path in self._files})

    def difference(self) -> StateDifference:
        """Compare the trees of the two commits."""
        now, then = self._present, self._files
        return StateDifference(
            changed=tuple(path for path, blob in then.items() if now.get(path) != blob),
            added=tuple(path for path in now if path not in then),
        )


def resolve(revision: str, commits: Sequence[str], *, branch: str, most: int) -> str:
    """Return the full ID of a commit of a branch.

    A commit of GitHub can be read by its ID even if it is on no branch, or only in a fork: the
    pages of such a commit must not be published.

    Args:
        revision: The ID, or its beginning, in lower case.
        commits: The IDs of the commits of the branch, newest first.
        branch: The name of the branch, for messages.
        most: Number of commits after which the branch begins again; 0 for no limit.

    Raises:
        UsageError: Several commits have an ID that begins so.
        NotFoundError: The branch has no such commit.
    """
    found = [each for each in commits if each.startswith(revision)]
    if len(found) > 1:
        raise UsageError(
            f"several commits of {branch} begin with {revision}", faults=found, hint="add digits"
        )
    if not found:
        raise NotFoundError(
            f"{branch} has no commit {revision}", hint=_hint(revision, commits, most)
        )
    return found[0]


def _hint(revision: str, commits: Sequence[str], most: int) -> str:
    near = nearest(revision, [each[: len(revision)] for each in commits])
    newest = ", ".join(each[:SHOWN_DIGITS] for each in commits[:_NEWEST])
    hints = [
        f"did you mean {near}" if near else "",
        f"the newest are {newest}" if newest else "nothing has been published there",
        f"older commits are dropped, because history = {most} in [index]" if most else "",
        "'ghpypi history NAME' lists those of a project" if newest else "",
    ]
    return "; ".join(each for each in hints if each)


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    start = len(folder)
    return {path[start:]: blob for path, blob in files.items() if path.startswith(folder)}
