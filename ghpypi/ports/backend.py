"""Everything that one kind of store has and can do, behind one protocol.

`ghpypi.stores.open_backend` is the only function that chooses an implementation.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import ConfigError, UsageError
from ghpypi.ports.attesting import AttestationSource
from ghpypi.ports.config_file import ConfigFile
from ghpypi.ports.files import FileStore
from ghpypi.ports.history import History
from ghpypi.ports.index_runs import IndexBuilder
from ghpypi.ports.registries import RegistryList
from ghpypi.ports.reporting import Reporter, SilentReporter
from ghpypi.ports.roles import OwnRole, RoleRegistry
from ghpypi.ports.serving import StoreReader
from ghpypi.ports.setup import Setup, SetupRequest, SiteSetup
from ghpypi.ports.site import Site

if TYPE_CHECKING:
    from ghpypi.core.doctor.state import EnvironmentState, SetupState


class AccessPolicy(Enum):
    """What decides who may read a store and publish to it."""

    CLOSED = "closed"
    """No access at all."""

    RIGHTS = "rights"
    """The permissions of each caller's token, according to `StoreReader.rights`."""

    PASSWORDS = "passwords"
    """Passwords of the server; without a read password, everyone may read."""


class Capabilities(NamedTuple):
    """What a kind of store can do. What is not declared it cannot, and access is closed.

    Attributes:
        access: Who decides what a caller of the server may do.
        has_urls: Clients can fetch files from URLs that the reader returns.
        freezes: A release may take no more files once it is published.
        builds_elsewhere: A run somewhere else rebuilds its index, see `Backend.index_builder`.
        has_roles: People and teams have roles that can be listed and changed.
        counts_downloads: The store counts how often its files are downloaded.
        joins_indexes: Its files can be in the index of another store of its kind.
        copies_files: Its site can have the files themselves beside the pages (`SiteChange.files`).
        takes_sites: Its site can be that of another store (`store` in `[site]`).
        poll_seconds: How often a server looks for a new catalog; `None` where each look costs
            requests, so that the operator decides.
    """

    access: AccessPolicy = AccessPolicy.CLOSED
    has_urls: bool = False
    freezes: bool = False
    builds_elsewhere: bool = False
    has_roles: bool = False
    counts_downloads: bool = False
    joins_indexes: bool = False
    copies_files: bool = False
    takes_sites: bool = False
    poll_seconds: float | None = None


def without_token() -> None:
    """Find no token."""


def without_sites(text: str) -> "Backend":
    """Open no store."""
    raise UsageError(f"the store of the site, '{text}', cannot be opened here")


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """How stores are opened.

    Attributes:
        hosts: The GitHub that repositories are on.
        token: Finds the token; called only by stores that need one.
        reporter: Receives what happens while a remote refuses.
        max_wait: Maximum time to wait for a remote that refuses, in seconds.
        deadline: When the time for waiting is over, in seconds since 1970.
        hide_paths: Messages are public: they must not contain paths of this machine.
        open_site: Opens the store with the site of another one, each time the same; the registry of
            stores sets it.
    """

    hosts: Hosts
    token: Callable[[], Secret | None] = without_token
    reporter: Reporter = field(default_factory=SilentReporter)
    max_wait: float = 0.0
    deadline: float = inf
    hide_paths: bool = False
    open_site: Callable[[str], "Backend"] = without_sites


class IndexedFiles(NamedTuple):
    """Everything that an index is made of.

    Attributes:
        source: The releases.
        hidden: How many repositories were left out because fewer people may read them than the
            site.
        unused_exclusions: Patterns of `exclude-repositories` that match nothing.
        private: Finds the names of the repositories whose files need a token.
        exposed: Finds the names of the repositories that fewer people may read than the site of the
            store.
    """

    source: FileStore
    hidden: int = 0
    unused_exclusions: tuple[str, ...] = ()
    private: Callable[[], tuple[str, ...]] = tuple
    exposed: Callable[[], tuple[str, ...]] = tuple


class Backend(Protocol):
    """A store that was opened; its parts are made when they are asked for.

    Implementations inherit from it, and override what belongs to their capabilities.

    Attributes:
        capabilities: What this kind of store can do.
        locator: Where the store is.
        access: How it was opened.
    """

    capabilities: Capabilities
    locator: Locator
    access: StoreAccess

    @abstractmethod
    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        """Open a store, without a request.

        Raises:
            UsageError: The store cannot exist, such as a path that is not a folder.
        """

    @staticmethod
    @abstractmethod
    def identity(locator: Locator, host: str) -> str:
        """Name a store so that two locators of one store have the same name.

        Args:
            locator: The store, which may not exist yet.
            host: The host of repositories that are named without one.
        """

    @property
    @abstractmethod
    def key(self) -> str:
        """Its identity."""

    @property
    @abstractmethod
    def short_name(self) -> str:
        """What the paths of a server call it."""

    @property
    @abstractmethod
    def rules(self) -> Rules:
        """The limits of its files; known without a request."""

    @abstractmethod
    def store(self, filenames: Sequence[Filename] = ()) -> FileStore:
        """Open it for uploads.

        Args:
            filenames: The files to upload, if they are known: what an upload of them reads before
                its first write may then be read with one request.

        Raises:
            NotAllowedError: There is no token, or the token may not write.
        """

    @abstractmethod
    def indexed_files(self, config: Config) -> IndexedFiles:
        """Open everything that its index has: its own releases, or the repositories configured."""

    @abstractmethod
    def site(self, config: Config, *, writing: bool = False) -> Site:
        """Open the site in this store.

        Raises:
            NotAllowedError: It is to be written, and there is no token.
        """

    @abstractmethod
    def origin(self, config: Config) -> str:
        """Name the origin of its own files, as far as the configuration asks for it."""

    @abstractmethod
    def config_file(self) -> ConfigFile:
        """Open its configuration."""

    @abstractmethod
    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> Mapping[str, bytes] | None:
        """Read the files of a folder next to its configuration, by name.

        Args:
            folder: The path of the folder.
            suffixes: How the names end of the files that are wanted.

        Returns:
            The files; `None` if there is no such folder.
        """

    @abstractmethod
    def reader(self) -> StoreReader:
        """Open it for a server."""

    @abstractmethod
    def setup(self, request: SetupRequest) -> Setup:
        """List what it needs to be an index, for `ghpypi init`."""

    def site_store(self, config: Config) -> "Backend":
        """Return the store with the site of its index: `store` in `[site]`, or this one.

        Raises:
            UsageError: There cannot be such a store.
            ConfigError: The store cannot have the site of another one, or it is a folder that a
                configuration in another place names.
        """
        if not config.site.store:
            return self
        found = self.access.open_site(config.site.store)
        if found.key == self.key:
            return self
        is_local = config.local or self.site_folder(config) is not None
        if found.site_folder(config) is not None and not is_local:
            raise ConfigError(
                f"the configuration of {self.locator} names a folder of this machine for the site",
                hint="name a bucket, or put 'store' of [site] into a ghpypi.toml on this machine",
            )
        return found

    def site_setup(self) -> SiteSetup:
        """List what it needs to have the site of another store, for `ghpypi init`.

        Raises:
            UsageError: It cannot have one.
        """
        raise UsageError(f"{self.locator} cannot have the site of another store")

    def files_url(self) -> str | None:
        """Return the URL that the relative URLs of its files start at, ending in `/`.

        Returns:
            The URL; empty if it has none by itself; `None` if its files have absolute URLs.
        """
        return ""

    def keeps_site_at(self, output: PurePath) -> bool:
        """Return whether a folder of this machine is the store itself, with its files."""
        del output
        return False

    def address(self, *, public: bool = False) -> str:
        """Find the address where the site in this store is published.

        Args:
            public: Only an address that everyone may read.

        Returns:
            The address, ending in `/`; empty if there is none, or it is not known.
        """
        del public
        return ""

    def site_folder(self, config: Config) -> PurePath | None:
        """Return the folder of the site in this store; `None` if it is not on this machine."""
        del config
        return None

    def setup_state(self, config: Config) -> "SetupState | None":
        """Read the state of its setup, for `ghpypi doctor`; `None` if it needs no setup.

        Args:
            config: The configuration.

        Raises:
            NotFoundError: The store does not exist, or the token may not read it.
        """
        del config
        return None

    def environments(self, wanted: Iterable[tuple[str, str]]) -> "list[EnvironmentState]":
        """Read environments that jobs publish from, for `ghpypi doctor`.

        Args:
            wanted: The repository, `OWNER/REPO`, and the name of each.

        Raises:
            UsageError: Its kind of store has none.
        """
        del wanted
        raise UsageError(f"{self.locator} is not on GitHub, whose repositories have environments")

    def roles(self) -> RoleRegistry:
        """Open the roles of teams and people on it.

        Raises:
            UsageError: It has none.
        """
        raise UsageError(f"{self.locator} has no roles")

    def own_role(self) -> OwnRole:
        """Find the role of the token's user.

        Raises:
            UsageError: It has no roles.
        """
        raise UsageError(f"{self.locator} has no roles")

    def index_builder(self) -> IndexBuilder:
        """Open what rebuilds its index in a run somewhere else."""
        raise UsageError(f"the index of {self.locator} is not rebuilt by a run somewhere else")

    def attestations(self, repository: str = "") -> AttestationSource:
        """Open what has stored attestations of its files.

        Args:
            repository: The repository of the files, `OWNER/REPO`; empty for the store itself.

        Raises:
            UsageError: It has none.
        """
        del repository
        raise UsageError(
            f"{self.locator} stores no attestations",
            hint="only a repository on GitHub does; put attestations beside the files instead",
        )

    def registries(self, organization: str) -> RegistryList:
        """Open the private registries of an organization.

        Args:
            organization: Its name.

        Raises:
            UsageError: Its kind of store has no organizations.
        """
        del organization
        raise UsageError(f"{self.locator} is not on GitHub, whose organizations have registries")

    def history(self, config: Config, page: str) -> History:
        """Read the commits that changed a page of its site, and those of its configuration.

        Args:
            config: The configuration.
            page: The path of the page below the root of the site.

        Raises:
            UsageError: It has no history.
        """
        del config, page
        raise UsageError(f"{self.locator} has no history: only a repository has one")

    def ensure_published(self, revision: str) -> str:
        """Ensure that a revision of the site gets published; return a sentence about the action."""
        del revision
        return ""

    @property
    def notice(self) -> str:
        """What the operator of a server should know about it; mostly empty."""
        return ""
