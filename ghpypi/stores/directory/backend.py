"""A folder as a store: its files, its site and its configuration."""

from pathlib import Path, PurePath

from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.locator import Locator
from ghpypi.core.model import OWN
from ghpypi.core.upload.checks import Rules
from ghpypi.errors import UsageError
from ghpypi.local_reader import LocalReader
from ghpypi.ports import (
    AccessPolicy,
    Backend,
    Capabilities,
    IndexedFiles,
    SetupRequest,
    StoreAccess,
)
from ghpypi.stores.directory.config_file import DirectoryConfigFile
from ghpypi.stores.directory.links import Links
from ghpypi.stores.directory.setup import DirectorySetup
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import RULES, DirectoryStore
from ghpypi.text_files import file_state, read_folder


class DirectoryBackend(Backend):
    """A folder.

    Args:
        locator: Its path, which may begin with `~`.
        access: How stores are opened.

    Raises:
        UsageError: Something else is there.
    """

    capabilities = Capabilities(access=AccessPolicy.PASSWORDS, poll_seconds=1.0)

    def __init__(self, locator: Locator, access: StoreAccess) -> None:
        self.locator = locator
        self.root = Path(locator.value).expanduser()
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"the store {self.root} is no folder")
        self._name = self.short_name if access.hide_paths else str(self.root)

    @staticmethod
    def identity(locator: Locator, host: str) -> str:
        """Resolve its path: a folder is the same by whatever path it is named."""
        del host
        return str(Path(locator.value).expanduser().resolve())

    @property
    def key(self) -> str:
        """Its resolved path."""
        return self.identity(self.locator, "")

    @property
    def short_name(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name.lower() or "root"

    @property
    def rules(self) -> Rules:
        """What its files have to be like."""
        return RULES

    def store(self) -> DirectoryStore:
        """Open it for uploads."""
        return DirectoryStore(self.root, name=self._name)

    def indexed_files(self, config: Config) -> IndexedFiles:
        """Open its own releases: a folder has no others."""
        del config
        return IndexedFiles(source=self.store())

    def site(self, config: Config, *, writing: bool = False) -> DirectorySite:
        """Open its site, which is in the folder.

        Raises:
            LinkError: It is outside of the store, through a link.
        """
        del writing
        place = Links(self.root, self._name).checked(self.root / config.site.path)
        return DirectorySite(place, name=self._name if self._name != str(self.root) else "")

    def setup(self, request: SetupRequest) -> DirectorySetup:
        """List what it needs to be an index."""
        return DirectorySetup(self.locator.value, self.root, request)

    def keeps_site_at(self, output: PurePath) -> bool:
        """Tell whether a folder is the store itself.

        Raises:
            UsageError: It is another one.
        """
        if Path(output).resolve() != self.root.resolve():
            raise UsageError(
                f"the index of the folder {self.root} stands in that folder",
                hint="its links are relative; copy the whole folder instead of --output",
            )
        return True

    def origin(self, config: Config) -> str:
        """The store of the site beside it, wherever the folder is."""
        del config
        return OWN

    def config_file(self) -> DirectoryConfigFile:
        """Open the configuration in the folder."""
        path = self.root / CONFIG_FILE
        hidden = self._name != str(self.root)
        name = f"{CONFIG_FILE} of {self._name}" if hidden else str(path)
        return DirectoryConfigFile(path, name=name, lock_folder=self.root)

    def read_folder(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
        """Read the files of a folder in the store.

        Raises:
            LinkError: The folder or one of the files is a link that leads out of the store.
        """
        return read_linked_folder(self.root, folder, suffixes)

    def reader(self) -> LocalReader:
        """Open it for a server."""
        file = self.config_file()

        def read() -> Config:
            return Config.parse(file.read().text, source=file.name)

        def mark(config: Config) -> str:
            catalog = self.root / config.site.path / CATALOG_PATH
            return file_state(catalog, self.root / CONFIG_FILE)

        return LocalReader(self.store(), self.site, config=read, mark=mark)

    @property
    def notice(self) -> str:
        """Say that there is no such folder yet."""
        return "" if self.root.is_dir() else f"there is no folder {self.key}; an upload makes it"


def read_linked_folder(
    root: Path, folder: str, suffixes: tuple[str, ...]
) -> dict[str, bytes] | None:
    """Read the files of a folder below a root, by name; `None` if there is no such folder.

    Raises:
        LinkError: The folder or one of the files is a link that leads out of the root.
    """
    place, links = root / folder, Links(root, str(root))
    links.checked(place)
    found = read_folder(place, suffixes)
    for name in found or ():
        links.checked(place / name)
    return found
