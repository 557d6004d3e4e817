"""The `gh-pages` branch as a site: one commit of the pages that differ.

git does what the API cannot: a tree of thousands of pages in one push. Only what is needed is
fetched, the head commit and its trees; no page that is there already is ever downloaded. Reading
fixes the head, writing builds upon it, and a push that is rejected is the compare-and-swap.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path

from ghpypi.core.catalog import CATALOG_PATH
from ghpypi.core.names import quote_path
from ghpypi.errors import OutdatedError
from ghpypi.ports import Published, SiteChange
from ghpypi.stores.github.git import Git, Remote
from ghpypi.stores.github.web import Web

AUTHOR = "ghpypi <ghpypi@localhost>"
"""Of the commits; an address that belongs to nobody."""

RAW = {"Accept": "application/vnd.github.raw+json"}
"""Asks the contents API for the bytes of a file, up to 100 MB."""


class BranchSite:
    """Pages on a branch.

    Args:
        remote: The repository, for git.
        branch: Its branch.
        find_head: Asks for the commit the branch is at; `None` if there is no branch.
        contents: The address of the repository's files in the API.
        web: For the catalog.
    """

    def __init__(
        self,
        remote: Remote,
        branch: str,
        *,
        find_head: Callable[[], str | None],
        contents: str,
        web: Web,
    ) -> None:
        self._remote = remote
        self._branch = branch
        self._find_head = find_head
        self._contents = contents
        self._web = web
        self._known = False
        self._head: str | None = None
        self._catalog: bytes | None = None
        self._open: tuple[Git, dict[str, str]] | None = None

    @property
    def name(self) -> str:
        """Repository and branch."""
        return f"{self._remote.name} ({self._branch})"

    def catalog(self) -> bytes | None:
        """Read the catalog at the head of the branch."""
        self._head = self._find_head()
        self._known = True
        self._catalog = None
        if self._head:
            self._catalog = self._web.read(f"{self._contents}/{CATALOG_PATH}?ref={self._head}", RAW)
        return self._catalog

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read pages at the head; several are fetched by git together."""
        if not self._head:
            return {}
        if len(paths) == 1:
            page = self._web.read(f"{self._contents}/{quote_path(paths[0])}?ref={self._head}", RAW)
            return {} if page is None else {paths[0]: page}
        with self._fetched() as (git, present):
            return git.read({path: present[path] for path in paths if path in present})

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Push one commit of all that differs."""
        current = self._catalog if self._known else self.catalog()
        if current != base:
            raise OutdatedError(f"{self.name} was changed by another run")
        with self._fetched() as (git, present):
            folder = git.folder
            commit = _Commit(present, change)
            script = Path(folder, "import")
            with script.open("wb") as stream:
                stream.writelines(commit.lines(self._branch, self._head))
            if not commit.written and not commit.removed:
                return Published(written=0, removed=0)
            git.fast_import(script)
            pushed = git.push(self._branch)
        if not pushed:
            raise OutdatedError(f"{self.name} was changed by another run")
        return Published(written=commit.written, removed=commit.removed, revision=pushed)

    @contextmanager
    def _fetched(self) -> Iterator[tuple[Git, dict[str, str]]]:
        """Fetch the head, once for all who read and write at the same time; list its pages."""
        if self._open:
            yield self._open
            return
        with tempfile.TemporaryDirectory(prefix="ghpypi-") as folder:
            git = Git(self._remote, Path(folder))
            if self._head:
                git.fetch(self._head)
            self._open = git, git.files(self._head) if self._head else {}
            try:
                yield self._open
            finally:
                self._open = None


class _Commit:
    """A commit in the language of `git fast-import`, of the paths that differ."""

    def __init__(self, present: dict[str, str], change: SiteChange) -> None:
        self._present = present
        self._change = change
        self.written = 0
        self.removed = 0

    def lines(self, branch: str, head: str | None) -> Iterator[bytes]:
        message = self._change.message.encode()
        yield f"commit refs/heads/{branch}\n".encode()
        yield f"committer {AUTHOR} {int(time.time())} +0000\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        if head:
            yield f"from {head}\n".encode()
        paths: set[str] = set()
        for path, page in self._change.pages():
            paths.add(path)
            if self._present.get(path) != blob_id(page):
                self.written += 1
                yield f"M 100644 inline {_quoted(path)}\ndata {len(page)}\n".encode()
                yield page + b"\n"
        for path in self._gone(paths):
            self.removed += 1
            yield f"D {_quoted(path)}\n".encode()

    def _gone(self, paths: set[str]) -> list[str]:
        gone = [x for x in self._change.removed if x in self._present]
        if self._change.complete:
            gone += [x for x in self._present if x.startswith(self._change.owned)]
        return [x for x in dict.fromkeys(gone) if x not in paths]


def blob_id(content: bytes) -> str:
    """Name content as git does, so that what is there need not be fetched to be compared."""
    digest = sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
