"""Files of branches that were read together with the repository, before each is needed."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

FRESH_SECONDS = 10.0
"""How long such a file may be used, in seconds: from the first request of an upload to its plan."""


class PrefetchedText(NamedTuple):
    """A file.

    Attributes:
        content: The bytes; `None` if they are not known.
        sha: The git blob.
    """

    content: bytes | None
    sha: str


class PrefetchedFiles:
    """Files that may be used by one reader, for some seconds.

    A file that is requested again is requested by a second reader, who wants a newer state, and
    the files of a state belong together: the parts of a catalog to the catalog. So all others are
    dropped then.

    Args:
        files: The files by branch and path; `None` for those that do not exist. The default branch
            has an empty name.
        now: Returns the time in seconds.
    """

    def __init__(
        self, files: Mapping[tuple[str, str], PrefetchedText | None], now: Callable[[], float]
    ) -> None:
        self._files = dict(files)
        self._taken: set[tuple[str, str]] = set()
        self._now = now
        self._until = now() + FRESH_SECONDS

    def take(self, branch: str, path: str) -> tuple[PrefetchedText | None] | None:
        """Return a file, as a tuple of one; `None` if it must be requested.

        Args:
            branch: The branch; empty for the default branch.
            path: The path of the file.
        """
        key = branch, path
        if key in self._taken:
            self._files.clear()
        if key not in self._files:
            return None
        found = self._files.pop(key)
        self._taken.add(key)
        if self._now() > self._until or (found and found.content is None):
            return None
        return (found,)
