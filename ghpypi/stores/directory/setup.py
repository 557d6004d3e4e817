"""The setup steps of a directory store."""

from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.initial_files import (
    ClientSettings,
    client_settings,
    config_text,
    private_settings,
)
from ghpypi.errors import FailedError
from ghpypi.ports import Finding, SetupRequest, SetupStep
from ghpypi.setup_steps import IndexStep

LOCAL_SITE = "http://127.0.0.1:8000/"
"""The URL of the site if it is served locally."""


class FolderStep:
    """Creates the folder."""

    page = ""
    needs: tuple[str, ...] = ()

    def __init__(self, root: Path, *, title: str = "folder") -> None:
        self.title = title
        self._root = root

    def check(self) -> Finding:
        """Check whether it exists."""
        if self._root.is_dir():
            return Finding()
        if self._root.exists():
            raise FailedError(f"{self._root} is not a folder")
        return Finding(missing=f"created as {self._root}")

    def apply(self) -> str:
        """Make it."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FailedError(f"cannot create {self._root}: {error.strerror}") from error
        return ""


class ConfigStep:
    """Creates the configuration; an existing one is never changed."""

    page = ""
    needs = ("folder",)

    def __init__(self, root: Path, name: str, text: str) -> None:
        self._path = root / name
        self._text = text

    @property
    def title(self) -> str:
        """Its name."""
        return self._path.name

    def check(self) -> Finding:
        """Check whether it exists."""
        return Finding() if self._path.exists() else Finding(missing="added")

    def apply(self) -> str:
        """Write it."""
        try:
            with self._path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(self._text)
        except FileExistsError:
            return "another process has just written it"
        except OSError as error:
            raise FailedError(f"cannot write {self._path}: {error.strerror}") from error
        return ""


class DirectorySetup:
    """The setup of a directory store.

    Args:
        name: The folder as given by the user.
        root: The folder.
        request: The options of `ghpypi init`.
    """

    upload = ""

    def __init__(self, name: str, root: Path, request: SetupRequest) -> None:
        self.name = name
        self.private = bool(request.site and not request.config.index.url)
        self._root = root
        self._request = request

    @property
    def manual(self) -> tuple[tuple[str, str], ...]:
        """What the owner of the bucket of the site sets, if the site is in one."""
        return self._request.site_manual

    def steps(self) -> Iterator[SetupStep]:
        """Yield the steps for the folder, its configuration and its index."""
        folder = FolderStep(self._root)
        yield folder
        yield ConfigStep(self._root, CONFIG_FILE, config_text(""))
        yield from self._request.site_steps
        yield IndexStep(
            needs=[step.title for step in (folder, *self._request.site_steps)],
            exists=self._request.published,
            check=lambda: self._request.check(None),
            fill=lambda: self._request.fill(None),
        )

    @property
    def url(self) -> str:
        """The URL of its site if it is served locally."""
        return self._request.config.address(LOCAL_SITE)

    @property
    def folder(self) -> str:
        """The folder of its main index on the site."""
        return self._request.config.index.paths.folder(MAIN_FOLDER)

    @property
    def clients(self) -> ClientSettings:
        """The settings for installers."""
        if self.private:
            return private_settings(self.name)
        return client_settings(self.url, name="private", folder=self.folder)

    @property
    def serve(self) -> str:
        """The command that serves the index."""
        if self._request.site:
            return f"ghpypi serve {quote(self.name)}" if self.private else ""
        return f"python -m http.server --bind 127.0.0.1 --directory {quote(self.name)}"
