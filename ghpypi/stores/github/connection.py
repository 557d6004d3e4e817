"""A repository on GitHub with one token: its store, site, files, workflow and Pages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ghpypi.core.locator import Hosts
from ghpypi.core.names import Filename, quote_path
from ghpypi.core.secret import Secret
from ghpypi.core.visibility import Visibility
from ghpypi.errors import NotAllowedError, RefusedError
from ghpypi.ports import Commit
from ghpypi.stores.github.attestations import StoredBundles
from ghpypi.stores.github.branch import BranchSite
from ghpypi.stores.github.branch_history import commits_of
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import TOKEN_HINT
from ghpypi.stores.github.file_responses import RAW
from ghpypi.stores.github.git import GitRemote
from ghpypi.stores.github.index_workflow import IndexWorkflow
from ghpypi.stores.github.limits import LIMITS, near_limit
from ghpypi.stores.github.pages import ensure_build, find_address
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.pull_requests import propose
from ghpypi.stores.github.release_overview import ReleaseOverview
from ghpypi.stores.github.releases import GitHubStore
from ghpypi.stores.github.repositories import Repository, find_repositories, find_repository
from ghpypi.stores.github.repository_files import (
    FileCommit,
    find_file,
    names_in,
    write_file,
)
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.site_visibility import (
    SiteRepositories,
    find_site_visibility,
    select_visible,
)
from ghpypi.stores.github.transfer import Transfer
from ghpypi.stores.github.upload_query import UploadState, read_upload_state


class Connection:
    """A repository, with clients that are created when they are first needed.

    Args:
        repository: `OWNER/REPO`, as the user wrote it.
        hosts: The GitHub server.
        token: Authenticates requests; without it, only public data can be read.
        backoff: How long to retry.
    """

    def __init__(
        self, repository: str, hosts: Hosts, token: Secret | None, backoff: Backoff
    ) -> None:
        self._name = repository
        self._hosts = hosts
        self._token = token
        self._backoff = backoff
        self._client = Client(hosts, token, backoff)
        self._transfer = Transfer(token, backoff)
        self._repository: Repository | None = None
        self._upload_state: UploadState | None = None
        self._overview: ReleaseOverview | None = None

    @property
    def repository(self) -> Repository:
        """The repository; after only a file of it was read, only its current name is known."""
        if self._repository is None:
            self._repository = find_repository(self._name, self._client)
        return self._repository

    def store(self) -> GitHubStore:
        """Return the store of its releases."""
        return self._store(SiteRepositories(repositories=(self.repository,)))

    def source(
        self, repositories: Iterable[str], excluded: Iterable[str], *, include_private: bool
    ) -> GitHubStore:
        """Return the releases of all repositories that its site may show.

        Args:
            repositories: Names and patterns of names; empty for this repository.
            excluded: Patterns of repositories to leave out.
            include_private: Also show repositories that fewer people may read than the site.

        Raises:
            NotFoundError: A repository that is named, or an owner, is missing.
            ConfigError: A repository that is named may not be shown.
        """
        wanted = tuple(repositories) or (self.repository.name,)
        found = find_repositories(wanted, excluded, known=self.repository, client=self._client)
        shown = select_visible(
            found.repositories,
            store=self.repository.name,
            site_visibility=lambda: find_site_visibility(self._load(), self._client),
            include_private=include_private,
        )
        return self._store(replace(shown, unused_exclusions=found.unused))

    def attestations(self, repository: str = "") -> StoredBundles:
        """Return the attestations that workflows of this repository, or another, have stored."""
        return StoredBundles(repository or self.repository.name, self._client, self._transfer)

    def _store(self, shown: SiteRepositories) -> GitHubStore:
        return GitHubStore(
            self.repository,
            shown,
            client=self._client,
            transfer=self._transfer,
            backoff=self._backoff,
            take_overview=self._take_overview,
        )

    def _take_overview(self) -> ReleaseOverview | None:
        """Return what is known of releases, once: the upload that uses it will change them."""
        overview, self._overview = self._overview, None
        return overview

    def _load(self) -> Repository:
        """Request the repository, if so far only its name is known."""
        if self.repository.visibility is None:
            self._repository = find_repository(self._name, self._client)
        return self.repository

    def private_among(self, source: GitHubStore) -> tuple[str, ...]:
        """Return the names of the repositories of a source that are not public."""
        known = {self.repository.name: self._load()}
        return tuple(x.name for x in source.repositories if not known.get(x.name, x).public)

    def exposed_among(self, source: GitHubStore) -> tuple[str, ...]:
        """Return the repositories of a source that fewer people may read than the site."""
        own = self._load()
        audience = find_site_visibility(own, self._client)
        known = {own.name: own}
        repositories = (known.get(x.name, x) for x in source.repositories)
        return tuple(
            x.name for x in repositories if (x.visibility or Visibility.PRIVATE) < audience
        )

    def site(self, branch: str, folder: str = "", *, history: int = 0) -> BranchSite:
        """Open a branch as a site.

        Args:
            branch: The branch.
            folder: The folder of the branch that the site is in, ending in `/`; empty for its root.
            history: Number of commits of the branch at most; 0 for no limit.
        """
        remote = GitRemote(
            name=self.repository.name,
            server=self._hosts.server,
            token=self._token,
            backoff=self._backoff,
        )
        return BranchSite(
            remote,
            branch,
            folder,
            history=history,
            contents=self._contents,
            transfer=self._transfer,
            client=self._client,
            limits=LIMITS._replace(near=lambda: near_limit(self._load(), history)),
            prefetched=self._upload_state and self._upload_state.files,
        )

    @property
    def name(self) -> str:
        """The repository as given by the user."""
        return self._name

    def read_file(self, path: str) -> bytes | None:
        """Read a file at the head of the default branch; `None` if it does not exist.

        Raises:
            FailedError: The path is not that of a file.
        """
        found = self.find_file(path)
        return found[0] if found else None

    def find_file(self, path: str) -> tuple[bytes, str] | None:
        """Read a file at the head of the default branch, with its git blob.

        Returns:
            The content and the blob; `None` if the file does not exist.

        Raises:
            FailedError: The path is not that of a file.
        """
        if self._upload_state and (known := self._upload_state.files.take("", path)):
            (text,) = known
            return text and (text.content or b"", text.sha)
        found = find_file(path, repository=self._name, client=self._client)
        if found is None:
            return None
        if self._repository is None:
            self._repository = Repository(name=found.repository, visibility=None)
        content = found.content
        if content is None:
            url = (
                f"{self._hosts.api}/repos/{found.repository}/contents/{quote_path(path.strip('/'))}"
            )
            content = self._transfer.read(url, {"Accept": RAW})
        return None if content is None else (content, found.sha)

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
        """Read the files of a folder, by name; `None` if it does not exist."""
        names = names_in(folder, repository=self._name, client=self._client)
        if names is None:
            return None
        wanted = [name for name in names if name.endswith(suffixes)]
        return {name: self.read_file(f"{folder.strip('/')}/{name}") or b"" for name in wanted}

    def write_file(self, commit: FileCommit) -> str:
        """Write a file with one commit; return the reason of a conflict, or an empty string.

        Raises:
            NotAllowedError: The token, or a rule of the branch, does not allow it.
        """
        self.require_token(f"change {commit.path}")
        return write_file(commit, repository=self.repository.name, client=self._client)

    def propose_file(self, commit: FileCommit) -> tuple[str, str]:
        """Open a pull request with one commit; return its URL, or the reason of a conflict.

        Raises:
            NotAllowedError: The token does not allow it.
        """
        self.require_token(f"propose a change of {commit.path}")
        return propose(commit, repository=self._load(), client=self._client)

    @property
    def _contents(self) -> str:
        return f"{self._hosts.api}/repos/{self.repository.name}/contents"

    def commits(self, path: str, branch: str = "") -> tuple[Commit, ...]:
        """List the commits that changed a file, newest first.

        Args:
            path: The file.
            branch: The branch; empty for the default branch.
        """
        return tuple(commits_of(path, branch, self.repository.name, self._client))

    def index_workflow(self) -> IndexWorkflow:
        """Return the workflow that rebuilds its index."""
        return IndexWorkflow(
            self._name,
            resolve=lambda: self.repository.name,
            server=self._hosts.server,
            client=self._client,
            backoff=self._backoff,
        )

    @property
    def has_pages(self) -> bool:
        """Return whether it has Pages; true if GitHub does not show it."""
        return self._load().has_pages is not False

    def find_address(self) -> str:
        """Return the URL of its Pages, ending in `/`; empty if unknown."""
        return find_address(self._name, client=self._client)

    def ensure_pages(self, commit: str) -> str:
        """Ensure that Pages build a commit; return a sentence about what was done.

        A repository that is not public may have no Pages on purpose: it is read through the API.
        """
        found = self._load()
        if found.has_pages is False and found.visibility is not Visibility.PUBLIC:
            return ""
        return ensure_build(
            self.repository.name, commit, client=self._client, backoff=self._backoff
        )

    def require_write(self, filenames: Sequence[Filename] = ()) -> None:
        """Check that the token may write, as far as GitHub shows it beforehand.

        Args:
            filenames: The files to upload: what an upload reads before its first write is read
                with the rights, where GitHub gives it.

        Raises:
            NotAllowedError: There is no token, or its user may only read.
            RefusedError: The repository is archived.
        """
        self.require_token("upload")
        if filenames and self._repository is None:
            self._upload_state = read_upload_state(self._name, filenames, self._client)
            if self._upload_state:
                name, size = self._upload_state.name, self._upload_state.size
                self._repository = Repository(name=name, visibility=None, size=size)
                self._overview = self._upload_state.releases
        if self._overview and self._overview.filenames != tuple(filenames):
            self._overview = None  # another upload has begun
        if self._upload_state:
            return
        repository = self._load()
        if repository.archived:
            raise RefusedError(
                f"{repository.name} is archived, so it is read-only",
                hint="unarchive it at the end of its settings, or use another repository",
            )
        if repository.writable is False:
            raise NotAllowedError(
                f"this token has no write access to {self.repository.name}",
                hint=str(CONTENTS),
            )

    def require_token(self, purpose: str) -> None:
        """Check that there is a token, before starting work that needs one.

        Raises:
            NotAllowedError: There is none.
        """
        if self._token is None:
            raise NotAllowedError(
                f"a token is needed to {purpose}",
                hint=TOKEN_HINT,
            )
