"""Reads pages and files of any index for `ghpypi verify`: over HTTP, or in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from ghpypi.core.parsing import split_url
from ghpypi.core.verify.fetched import Fetched
from ghpypi.ports import FileHash, RemoteFile
from ghpypi.ports.verify import PAGE_LIMIT
from ghpypi.stores.fetcher.folder import FolderFetcher
from ghpypi.stores.fetcher.web import WebFetcher


class AnyFetcher:
    """Reads `file:` URLs below a folder, and all others over HTTP; see `ports.IndexFetcher`.

    Args:
        web: Sends requests.
        folder: Reads files of the folder; `None` if there is none.
    """

    def __init__(self, web: WebFetcher, folder: FolderFetcher | None = None) -> None:
        self._web = web
        self._folder = folder

    def get(self, url: str, *, accept: str = "*/*", limit: int = PAGE_LIMIT) -> Fetched:
        return self._reader(url).get(url, accept=accept, limit=limit)

    @contextmanager
    def open(self, url: str) -> Iterator[RemoteFile]:
        with self._reader(url).open(url) as file:
            yield file

    def hash(self, url: str, algorithm: str) -> FileHash:
        return self._reader(url).hash(url, algorithm)

    def _reader(self, url: str) -> WebFetcher | FolderFetcher:
        if self._folder is not None and split_url(url).scheme == "file":
            return self._folder
        return self._web
