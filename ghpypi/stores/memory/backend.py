"""Everything that a store in memory has."""

from collections.abc import Sequence
from functools import partial

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator
from ghpypi.core.model import OWN
from ghpypi.core.names import Filename
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import UsageError
from ghpypi.ports import (
    AccessPolicy,
    Backend,
    Capabilities,
    IndexedFiles,
    Setup,
    SetupRequest,
    StoreAccess,
    read_config,
)
from ghpypi.site_reader import SiteReader
from ghpypi.stores.memory.config_file import MemoryConfigFile
from ghpypi.stores.memory.site import MemorySite
from ghpypi.stores.memory.store import MemoryStore


class MemoryBackend(Backend):
    """A store that ends with its process.

    Args:
        locator: Its name.
        access: Settings for opening stores.
    """

    capabilities = Capabilities(
        access=AccessPolicy.PASSWORDS, copies_files=True, takes_sites=True, poll_seconds=1.0
    )

    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        self.locator = locator
        self.access = access
        self._store = MemoryStore(locator.value)
        self._site = MemorySite({})
        self._config_file = MemoryConfigFile()

    @staticmethod
    def identity(locator: Locator, host: str) -> str:
        """Its name."""
        del host
        return locator.value

    @property
    def key(self) -> str:
        """Its name."""
        return self.locator.value

    @property
    def short_name(self) -> str:
        """Its name."""
        return self.locator.value

    @property
    def rules(self) -> Rules:
        """The limits of its files."""
        return self._store.rules

    def store(self, filenames: Sequence[Filename] = ()) -> MemoryStore:
        """Return the store for uploads."""
        del filenames
        return self._store

    def indexed_files(self, config: Config) -> IndexedFiles:
        """Return the store of the repository's releases."""
        del config
        return IndexedFiles(source=self._store)

    def site(self, config: Config, *, writing: bool = False) -> MemorySite:
        """Open its site."""
        del config, writing
        return self._site

    def origin(self, config: Config) -> str:
        """The same constant as for a directory store."""
        del config
        return OWN

    def config_file(self) -> MemoryConfigFile:
        """Open its configuration."""
        return self._config_file

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> None:
        """There are no folders."""
        del folder, suffixes

    def setup(self, request: SetupRequest) -> Setup:
        """There is nothing to set up.

        Raises:
            UsageError: Always.
        """
        del request
        raise UsageError("a store in memory ends with its process, and cannot be set up")

    def reader(self) -> SiteReader:
        """Open it for a server."""
        file = self._config_file

        return SiteReader(
            self._store,
            lambda config: self.site_store(config).site(config),
            config=partial(read_config, file),
            mark=lambda: file.read().revision,
        )
