"""The backend of directory stores: files, site and configuration in a folder."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ghpypi.core.config.config import CONFIG_FILE, Config
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
    SetupRequest,
    SiteSetup,
    StoreAccess,
    read_config,
)
from ghpypi.site_reader import SiteReader
from ghpypi.stores.directory.config_file import DirectoryConfigFile
from ghpypi.stores.directory.links import Links, read_linked_folder
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import RULES, DirectoryStore
from ghpypi.text_files import file_state

if TYPE_CHECKING:
    from ghpypi.stores.directory.setup import DirectorySetup


class DirectoryBackend(Backend):
    """A directory store.

    Args:
        locator: The path of the folder, which may begin with `~`.
        access: Settings for opening stores.

    Raises:
        UsageError: The path is not a folder.
    """

    capabilities = Capabilities(
        access=AccessPolicy.PASSWORDS, copies_files=True, takes_sites=True, poll_seconds=1.0
    )

    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        self.locator = locator
        self.access = access
        self.root = Path(locator.value).expanduser()
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"the store {self.root} is not a folder")
        self._name = self.short_name if access.hide_paths else str(self.root)

    @staticmethod
    def identity(locator: Locator, host: str) -> str:
        """Return the resolved path."""
        del host
        return str(Path(locator.value).expanduser().resolve())

    @property
    def key(self) -> str:
        """The resolved path of the folder."""
        return self.identity(self.locator, "")

    @property
    def short_name(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name.lower() or "root"

    @property
    def rules(self) -> Rules:
        """The limits of its files."""
        return RULES

    def store(self, filenames: Sequence[Filename] = ()) -> DirectoryStore:
        """Return the store for uploads."""
        del filenames
        return DirectoryStore(self.root, name=self._name)

    def indexed_files(self, config: Config) -> IndexedFiles:
        """Return its own releases: a directory store has no others."""
        del config
        return IndexedFiles(source=self.store())

    def site(self, config: Config, *, writing: bool = False) -> DirectorySite:
        """Return the site, which is in the folder.

        Raises:
            LinkError: The site is outside of the store, because of a symbolic link.
        """
        del writing
        place = Links(self.root, self._name).checked(self.root / config.site.path)
        return DirectorySite(place, name=self._name if self._name != str(self.root) else "")

    def site_folder(self, config: Config) -> PurePath:
        """Return the folder of its site."""
        return self.root / config.site.path

    def site_setup(self) -> SiteSetup:
        """Return the step that creates the folder."""
        from ghpypi.stores.directory.setup import FolderStep  # noqa: PLC0415 - for init only

        return SiteSetup(step=FolderStep(self.root, title="site"))

    def setup(self, request: SetupRequest) -> "DirectorySetup":
        """Return its setup for `ghpypi init`."""
        from ghpypi.stores.directory.setup import DirectorySetup  # noqa: PLC0415 - for init only

        return DirectorySetup(self.locator.value, self.root, request)

    def keeps_site_at(self, output: PurePath) -> bool:
        """Return whether an output folder is the store itself."""
        return Path(output).resolve() == self.root.resolve()

    def origin(self, config: Config) -> str:
        """A constant, so that the folder can be moved."""
        del config
        return OWN

    def config_file(self) -> DirectoryConfigFile:
        """Return the configuration file in the folder."""
        path = self.root / CONFIG_FILE
        hidden = self._name != str(self.root)
        name = f"{CONFIG_FILE} of {self._name}" if hidden else str(path)
        return DirectoryConfigFile(path, name=name, lock_folder=self.root)

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
        """Read the files of a folder in the store.

        Raises:
            LinkError: The folder or a file is a symbolic link to a path outside of the store.
        """
        return read_linked_folder(self.root, folder, suffixes)

    def reader(self) -> SiteReader:
        """Return the reader for a server."""
        file = self.config_file()
        return SiteReader(
            self.store(),
            lambda config: self.site_store(config).site(config),
            config=partial(read_config, file),
            mark=lambda: file_state(self.root / CONFIG_FILE),
        )

    @property
    def notice(self) -> str:
        """Return a notice if the folder does not exist yet."""
        return (
            ""
            if self.root.is_dir()
            else f"folder {self.key} not found; the first upload creates it"
        )
