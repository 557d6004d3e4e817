"""The `gh-pages` branch as a site: each publication is one commit of the pages that differ.

git can push a tree of thousands of pages, which the API cannot. Only the head commit and its trees
are fetched; existing pages are not downloaded.

The catalog is read by the name of the branch, and the API may return an old one, as it may for the
head. So a commit is pushed under two conditions: the catalog in the fetched tree is the one that
the change was computed from, and the fetched commit is the head of the branch, which the push
itself checks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ghpypi.cleanup import temporary_folder
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.digest import digest_of
from ghpypi.core.names import quote_path
from ghpypi.errors import OccupiedError, OutdatedError
from ghpypi.ports import Comparison, Published, SiteChange, SiteLimits
from ghpypi.stores.github.branch_commit import ADDRESS, BranchCommit, blob_id
from ghpypi.stores.github.branch_history import foreign_changes
from ghpypi.stores.github.branch_state import BranchState, resolve
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.file_responses import RAW
from ghpypi.stores.github.git import Git, GitRemote
from ghpypi.stores.github.limits import LIMITS
from ghpypi.stores.github.prefetched_files import PrefetchedFiles
from ghpypi.stores.github.transfer import Transfer


class _Fetched(NamedTuple):
    """A fetched head of the branch.

    Attributes:
        git: The local copy.
        head: The commit; `None` if there is no branch.
        present: All files of the branch: path to blob.
    """

    git: Git
    head: str | None
    present: dict[str, str]


class BranchSite:
    """Pages on a branch.

    Args:
        remote: The repository, for git.
        branch: The branch.
        folder: The folder of the branch that the site is in, ending in `/`; empty for its root.
        history: Number of commits of the branch at most: where there are as many, the next one
            replaces them. 0 for no limit.
        contents: The address of the repository's files in the API.
        transfer: Reads single files.
        client: Reads who changed the branch.
        limits: What GitHub accepts.
        prefetched: Files of the branch that were read already.
    """

    def __init__(  # noqa: PLR0913 - a branch, and three ways to read it
        self,
        remote: GitRemote,
        branch: str,
        folder: str = "",
        *,
        history: int = 0,
        contents: str,
        transfer: Transfer,
        client: Client,
        limits: SiteLimits = LIMITS,
        prefetched: PrefetchedFiles | None = None,
    ) -> None:
        self._remote = remote
        self._branch = branch
        self._folder = folder
        self._history = history
        self._contents = contents
        self._transfer = transfer
        self._client = client
        self._limits = limits
        self._prefetched = prefetched
        self._newer: list[bytes | None] = []
        self._open: _Fetched | None = None
        self._pushed: str | None = None
        self._expected: str | None = None
        self._outdated = False

    @property
    def name(self) -> str:
        """Repository and branch."""
        place = f"{self._branch}, {self._folder}" if self._folder else self._branch
        return f"{self._remote.name} ({place})"

    @property
    def limits(self) -> SiteLimits:
        """What GitHub accepts."""
        return self._limits

    @property
    def reads_cheaply(self) -> bool:
        """A page is a request that counts toward the rate limit, or a fetch."""
        return False

    def catalog(self) -> bytes | None:
        """Read the catalog at the head of the branch."""
        # The catalog that git fetched is newer than the one of the API, which may be cached.
        self._pushed = None
        return self._newer.pop() if self._newer else self._page(CATALOG_PATH)

    def mark(self) -> str:
        """Return a digest of the catalog at the head of the branch."""
        catalog = self._page(CATALOG_PATH)
        return digest_of(catalog) if catalog is not None else ""

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read pages at the head; several pages are fetched by git together."""
        if not paths:
            return {}
        if len(paths) == 1:
            page = self._page(paths[0])
            return {} if page is None else {paths[0]: page}
        with self._fetched() as fetched:
            blobs = {path: fetched.present.get(self._folder + path) for path in paths}
            return fetched.git.read({path: blob for path, blob in blobs.items() if blob})

    def paths(self) -> Collection[str]:
        """List every file of the branch, or of the folder of the branch that the site is in."""
        with self._fetched() as fetched:
            start = len(self._folder)
            return [path[start:] for path in fetched.present if path.startswith(self._folder)]

    def foreign_changes(self) -> tuple[str, ...] | None:
        """Return the paths that commits of others changed since the last commit of ghpypi.

        The trees of git tell whether a page differs, but only commits tell whether to look.
        """
        found = foreign_changes(self._remote.name, self._branch, ADDRESS, self._client)
        self._expected = None if self._outdated else found.head
        if found.paths is None:
            return None
        start = len(self._folder)
        return tuple(path[start:] for path in found.paths if path.startswith(self._folder))

    @contextmanager
    def earlier(self, revision: str) -> Iterator[BranchState]:
        """Open an earlier commit of the branch."""
        with temporary_folder("ghpypi-") as folder:
            commits = Git(self._remote, folder).commits(self._branch)
        commit = resolve(revision, commits, branch=self.name, most=self._history)
        with self._fetched() as fetched:
            fetched.git.fetch_commit(commit)
            yield BranchState(commit, git=fetched.git, present=fetched.present, folder=self._folder)

    def compare(self, change: SiteChange) -> Comparison:
        """Compute what a push of a change would write and remove."""
        with self._fetched() as fetched:
            commit = BranchCommit(fetched.present, self._folder, change)
            for _ in commit.changes(streams=False):
                pass
            return commit.comparison

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Push one commit of all differences."""
        with self._fetched() as fetched:
            self._check_base(fetched, base)
            commit = BranchCommit(fetched.present, self._folder, change)
            script = Path(fetched.git.folder, "import")
            too_long = not change.keep_history and self._is_long(fetched)
            base_tree = fetched.git.tree(fetched.head) if too_long and fetched.head else None
            with script.open("wb") as stream:
                stream.writelines(commit.lines(self._branch, fetched.head, base_tree))
            found = commit.comparison
            if found.occupied:
                raise OccupiedError(self.name, found.occupied)
            if not found.written and not found.removed:
                return Published(written=0, removed=0)
            new = fetched.git.fast_import(script)
            present = {*fetched.present.values()}
            for former in (base, *change.former()):  # so that only what differs from it is pushed
                if former is not None and blob_id(former) in present:
                    fetched.git.add_blob(former)
            if not fetched.git.push(self._branch, fetched.head):
                raise self._changed_by_others()
        self._pushed = new
        return Published(
            written=len(found.written) - commit.files,
            removed=len(found.removed),
            revision=new,
            files=commit.files,
        )

    def _is_long(self, fetched: _Fetched) -> bool:
        """Return whether the branch has as many commits as it may have."""
        if not self._history or fetched.head is None:
            return False
        with temporary_folder("ghpypi-") as folder:
            commits = Git(self._remote, folder).commits(self._branch, self._history)
        return len(commits) >= self._history

    def _check_base(self, fetched: _Fetched, base: bytes | None) -> None:
        """Check that the catalog on the branch is the one that a change was computed from.

        Raises:
            OutdatedError: It is another one.
        """
        found = fetched.present.get(self._folder + CATALOG_PATH)
        if found == (None if base is None else blob_id(base)):
            return
        catalog = fetched.git.read({CATALOG_PATH: found}) if found else {}
        self._newer = [catalog.get(CATALOG_PATH)]
        raise self._changed_by_others()

    def _changed_by_others(self) -> OutdatedError:
        self._outdated = True  # or the API has shown an old head, and may do so again
        return OutdatedError(f"{self.name} was changed by another run")

    def _page(self, path: str) -> bytes | None:
        """Read one file: at the fetched or pushed commit, else at the head of the branch."""
        # The API may not know the branch's new head yet, but it knows each commit.
        head = self._open.head if self._open else self._pushed
        if not head and self._prefetched:
            known = self._prefetched.take(self._branch, self._folder + path)
            if known is not None:
                return known[0] and known[0].content
        # In full, because a tag may have the same name.
        ref = head or f"refs/heads/{self._branch}"
        place = quote_path(self._folder + path)
        return self._transfer.read(f"{self._contents}/{place}?ref={quote(ref)}", {"Accept": RAW})

    @contextmanager
    def _fetched(self) -> Iterator[_Fetched]:
        """Fetch the head and list its pages; nested uses share one fetch."""
        if self._open:
            yield self._open
            return
        with temporary_folder("ghpypi-") as folder:
            git = Git(self._remote, folder)
            expected, self._expected = self._expected, None
            head = git.fetch(self._branch, expected)
            present = git.files(head) if head else {}
            self._open = _Fetched(git=git, head=head, present=present)
            try:
                yield self._open
            finally:
                self._open = None
