"""What a folder needs to be a package index."""

from collections.abc import Callable
from pathlib import Path

from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.errors import FailedError
from ghpypi.ports import Finding


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
