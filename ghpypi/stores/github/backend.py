"""The backend of GitHub repositories: releases, GitHub Pages and configuration."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.doctor.state import EnvironmentState, SetupState
from ghpypi.core.locator import Locator
from ghpypi.core.names import Filename
from ghpypi.core.upload.rules import Rules
from ghpypi.ports import (
    AccessPolicy,
    Backend,
    Capabilities,
    History,
    IndexedFiles,
    OwnRole,
    SetupRequest,
    StoreAccess,
)
from ghpypi.stores.github.access import RepositoryRoles
from ghpypi.stores.github.attestations import StoredBundles
from ghpypi.stores.github.branch import BranchSite
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.config_file import GitHubConfigFile
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.environments import read_environment
from ghpypi.stores.github.index_workflow import IndexWorkflow
from ghpypi.stores.github.limits import near_limit
from ghpypi.stores.github.private_registries import PrivateRegistries
from ghpypi.stores.github.reader import GitHubReader
from ghpypi.stores.github.releases import RULES, GitHubStore
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.setup_state import SetupReader
from ghpypi.stores.github.target import Target

if TYPE_CHECKING:
    from ghpypi.stores.github.setup.steps import GitHubSetup


class GitHubBackend(Backend):
    """A GitHub repository.

    Args:
        locator: `OWNER/REPO`, with an optional host.
        access: The GitHub server and the token.
    """

    capabilities = Capabilities(
        access=AccessPolicy.RIGHTS,
        has_urls=True,
        freezes=True,
        builds_elsewhere=True,
        has_roles=True,
        counts_downloads=True,
        joins_indexes=True,
        copies_files=True,
    )

    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        self.locator = locator
        self.access = access

    @cached_property
    def _connection(self) -> Connection:
        access = self.access
        return Connection(self.locator.value, access.hosts, access.token(), self._backoff)

    @property
    def _backoff(self) -> Backoff:
        access, reporter = self.access, self.access.reporter
        return Backoff(
            access.max_wait,
            deadline=access.deadline,
            notify=reporter.note,
            show=reporter.progress,
        )

    @staticmethod
    def identity(locator: Locator, host: str) -> str:
        """Return host and repository in lower case, because GitHub ignores case."""
        return f"{locator.host or host}/{locator.value.lower()}"

    @property
    def key(self) -> str:
        """Host and repository in lower case."""
        return self.identity(self.locator, self.access.hosts.hostname)

    @property
    def short_name(self) -> str:
        """The repository, without its host."""
        return self.locator.value

    @property
    def rules(self) -> Rules:
        """The limits of its files."""
        return RULES

    def store(self, filenames: Sequence[Filename] = ()) -> GitHubStore:
        """Return the store of its releases."""
        self._connection.require_write(filenames)
        return self._connection.store()

    def indexed_files(self, config: Config) -> IndexedFiles:
        """Return the releases of all repositories in the configuration."""
        index = config.index
        wanted = {each for named in config.indexes.values() for each in named.repositories}
        main = index.repositories or (self._connection.repository.name,)
        source = self._connection.source(
            (*main, *sorted(wanted)),
            index.exclude_repositories,
            include_private=index.include_private,
        )
        return IndexedFiles(
            source=source,
            hidden=source.hidden,
            unused_exclusions=source.unused_exclusions,
            private=lambda: self._connection.private_among(source),
            exposed=lambda: self._connection.exposed_among(source),
        )

    def site(self, config: Config, *, writing: bool = False) -> BranchSite:
        """Return the site on the Pages branch, or in a folder of it."""
        if writing:
            self._connection.require_token("publish the index")
        return self._connection.site(
            config.index.branch, config.site.folder, history=config.index.history
        )

    def origin(self, config: Config) -> str:
        """Return the repository; its current name, if the configuration lists repositories."""
        asked = any(each.repositories for each in config.indexes.values())
        return self._connection.repository.name if asked else self.locator.value

    def config_file(self) -> GitHubConfigFile:
        """Return the configuration file at the head of the default branch."""
        return GitHubConfigFile(self._connection, CONFIG_FILE)

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
        """Read the files of a folder at the head of its default branch."""
        return self._connection.read_folder(folder, suffixes)

    def reader(self) -> GitHubReader:
        """Return the reader for a server, which uses each caller's token."""
        return GitHubReader(self.access.hosts, self.locator.value)

    def files_url(self) -> None:
        """Return `None`: the URLs of release assets are absolute."""

    def roles(self) -> RepositoryRoles:
        """Return the roles of teams and users."""
        return RepositoryRoles(self._target())

    def own_role(self) -> OwnRole:
        """Return the role of the token's user."""
        found = self._connection.repository
        return OwnRole(store=found.name, role=found.role)

    def setup(self, request: SetupRequest) -> "GitHubSetup":
        """Return its setup for `ghpypi init`."""
        from ghpypi.stores.github.setup.steps import GitHubSetup  # noqa: PLC0415 - for init only

        return GitHubSetup(self.locator, self._target(private=request.private), request)

    def _target(self, *, private: bool | None = None) -> Target:
        access = self.access
        return Target(
            name=self.locator.value,
            client=Client(access.hosts, access.token(), self._backoff),
            hosts=access.hosts,
            reporter=access.reporter,
            private=private,
        )

    def setup_state(self, config: Config) -> SetupState:
        """Read the workflow, its runs, the branch, Pages and limits of the repository."""
        target = self._target()
        server = self.access.hosts.server
        reader = SetupReader(target.name, server=server, client=target.client)
        state = reader.read(config.index.branch, rewritten=config.index.history > 0)
        repository = Repository(name=target.name, visibility=None, size=state.size)
        return state._replace(near_limit=near_limit(repository, config.index.history))

    def environments(self, wanted: Iterable[tuple[str, str]]) -> list[EnvironmentState]:
        """Read environments of any repository of the same GitHub."""
        server, client = self.access.hosts.server, self._target().client
        return [read_environment(*each, server=server, client=client) for each in wanted]

    def address(self, *, public: bool = False) -> str:
        """Return the URL of its Pages.

        For github.com, the URL follows from the name of the repository; other hosts need a request.
        """
        if public and not self._connection.has_pages:
            return ""
        return self.access.hosts.pages(self.locator.value) or self._connection.find_address()

    def index_builder(self) -> IndexWorkflow:
        """Return the workflow that rebuilds its index."""
        return self._connection.index_workflow()

    def attestations(self, repository: str = "") -> StoredBundles:
        """Return the attestations that its workflows, or those of another one, have stored."""
        return self._connection.attestations(repository)

    def registries(self, organization: str) -> PrivateRegistries:
        """Return the private registries of an organization of the same GitHub."""
        self._connection.require_token("register the index")
        return PrivateRegistries(organization, client=self._target().client)

    def history(self, config: Config, page: str) -> History:
        """Read the commits of a page of the Pages branch, and those of the configuration."""
        place = f"{config.site.folder}{page}"
        return History(
            site=self._connection.commits(place, config.index.branch),
            config=self._connection.commits(CONFIG_FILE),
        )

    def ensure_published(self, revision: str) -> str:
        """Ensure that Pages build a commit."""
        return self._connection.ensure_pages(revision)
