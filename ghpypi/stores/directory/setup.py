"""What a folder needs to be a package index."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.welcome import ClientSettings, client_settings, config_text
from ghpypi.errors import FailedError
from ghpypi.ports import Finding, SetupRequest, SetupStep

LOCAL_SITE = "http://127.0.0.1:8000/"
"""Where the site of a folder is, if it is served on this machine."""


class FolderStep:
    """There is a folder."""

    title = "folder"
    page = ""
    needs: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        self._root = root

    def look(self) -> Finding:
        """See whether it is there."""
        if self._root.is_dir():
            return Finding()
        if self._root.exists():
            raise FailedError(f"{self._root} is no folder")
        return Finding(missing=f"made as {self._root}")

    def mend(self) -> str:
        """Make it."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FailedError(f"{self._root} cannot be made: {error.strerror}") from error
        return ""


class ConfigStep:
    """The configuration stands in the folder; one that is there is never touched."""

    page = ""
    needs = ("folder",)

    def __init__(self, root: Path, name: str, text: str) -> None:
        self._path = root / name
        self._text = text

    @property
    def title(self) -> str:
        """Its name."""
        return self._path.name

    def look(self) -> Finding:
        """See whether it is there."""
        return Finding() if self._path.exists() else Finding(missing="added")

    def mend(self) -> str:
        """Write it."""
        try:
            with self._path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(self._text)
        except FileExistsError:
            return "somebody else has just written it"
        except OSError as error:
            raise FailedError(f"{self._path} cannot be written: {error.strerror}") from error
        return ""


class IndexStep:
    """The folder holds an index, if an empty one.

    Args:
        root: The folder of the site.
        check: Raises an error if files of others are in the way.
        fill: Publishes the index.
    """

    title = "index"
    page = ""
    needs = ("folder",)

    def __init__(self, root: Path, *, check: Callable[[], None], fill: Callable[[], None]) -> None:
        self._root = root
        self._check = check
        self._fill = fill

    def look(self) -> Finding:
        """See whether it is there.

        Raises:
            OccupiedError: Files that ghpypi did not write are in the way.
        """
        if (self._root / CATALOG_PATH).exists():
            return Finding()
        self._check()
        return Finding(missing="published")

    def mend(self) -> str:
        """Publish it."""
        self._fill()
        return ""


class DirectorySetup:
    """A folder, to be set up.

    Args:
        name: The folder, as the user named it.
        root: The folder.
        request: What the user chose.
    """

    private = False
    upload = ""

    def __init__(self, name: str, root: Path, request: SetupRequest) -> None:
        self.name = name
        self._root = root
        self._request = request

    def steps(self) -> Iterator[SetupStep]:
        """List the folder, its configuration and its index."""
        yield FolderStep(self._root)
        yield ConfigStep(self._root, CONFIG_FILE, config_text(""))
        yield IndexStep(
            self._root / self._request.config.site.path,
            check=lambda: self._request.check(None),
            fill=lambda: self._request.fill(None),
        )

    @property
    def url(self) -> str:
        """The address of its site, if it is served on this machine."""
        return self._request.config.address(LOCAL_SITE)

    @property
    def folder(self) -> str:
        """The folder of its main index on the site."""
        return self._request.config.index.paths.folder(MAIN_FOLDER)

    @property
    def clients(self) -> ClientSettings:
        """The settings for installers."""
        return client_settings(self.url, name="private", folder=self.folder)

    @property
    def serve(self) -> str:
        """The command that serves the index."""
        return f"python -m http.server --bind 127.0.0.1 --directory {self.name}"
