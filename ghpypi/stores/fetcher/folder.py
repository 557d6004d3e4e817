"""An index in a folder, read as a web server would serve it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from ghpypi.core.digest import CHUNK
from ghpypi.core.parsing import split_url
from ghpypi.core.verify.fetched import Fetched
from ghpypi.ports import FileHash, RemoteFile
from ghpypi.ports.verify import PAGE_LIMIT

_TYPES = {".html": "text/html", ".json": "application/json"}
_BINARY = "application/octet-stream"
_START = 512
"""Bytes of a file that are returned when it is opened."""


class FolderFetcher:
    """Reads `file:` URLs below a folder. Folders have the page `index.html`.

    Args:
        root: The folder; files outside of it do not exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def get(self, url: str, *, accept: str = "*/*", limit: int = PAGE_LIMIT) -> Fetched:
        """Read a page or a file."""
        del accept  # a folder has one form of each page
        path = self._path(url)
        if path is None:
            return Fetched(url=url, asked=url, status=404)
        try:
            with path.open("rb") as file:
                body = file.read(limit + 1)
        except OSError as error:
            return Fetched(url=url, asked=url, problem=str(error))
        headers = {
            "content-type": _TYPES.get(path.suffix, _BINARY),
            "content-length": str(path.stat().st_size),
        }
        return Fetched(
            url=url, asked=url, status=200, headers=headers, body=body[:limit],
            too_large=len(body) > limit,
        )  # fmt: skip

    @contextmanager
    def open(self, url: str) -> Iterator[RemoteFile]:
        """Open a file."""
        fetched = self.get(url, limit=_START)
        path = self._path(url)
        if path is None or not fetched.found:
            yield RemoteFile(fetched=fetched)
            return
        with path.open("rb") as file:
            yield RemoteFile(fetched=fetched, file=file)

    def hash(self, url: str, algorithm: str) -> FileHash:
        """Compute the hash of a file."""
        path = self._path(url)
        if path is None:
            return FileHash(problem="it does not exist")
        digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except OSError as error:
            return FileHash(problem=str(error))
        return FileHash(value=digest.hexdigest(), size=size)

    def _path(self, url: str) -> Path | None:
        """Return the file of a URL; `None` if there is none below the folder."""
        try:
            path = Path(url_path(url)).resolve()
            if path.is_dir():
                path /= "index.html"
            inside = path.is_relative_to(self._root) and path.is_file()
        except (OSError, ValueError):  # a name that is too long, or has a null byte
            return None
        return path if inside else None


def folder_url(folder: Path) -> str:
    """Return the `file:` URL of a folder, ending in `/`."""
    path = quote(folder.resolve().as_posix())
    return f"file://{path if path.startswith('/') else f'/{path}'}/"


def url_path(url: str) -> str:
    """Return the path of a `file:` URL on this machine."""
    path = unquote(split_url(url).path)
    has_drive = len(path) > 2 and path[0] == "/" and path[2] == ":"  # noqa: PLR2004 - /C:/
    return path[1:] if has_drive else path
