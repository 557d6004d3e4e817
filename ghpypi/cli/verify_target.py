"""Which index `ghpypi verify` checks: a URL, a folder, or that of the store."""

from pathlib import Path
from typing import NamedTuple

from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import NotFoundError, UsageError
from ghpypi.report import hide
from ghpypi.stores.fetcher import AnyFetcher
from ghpypi.stores.fetcher.credentials import (
    Credentials,
    netrc_credentials,
    split_credentials,
)
from ghpypi.stores.fetcher.folder import FolderFetcher, folder_url
from ghpypi.stores.fetcher.web import MAX_WAIT, WebFetcher

SIMPLE = "simple"
_LEVELS = 4
"""How many folders above an index may be the root of its site."""


class VerifyTarget(NamedTuple):
    """An index to check.

    Attributes:
        url: Its URL, ending in `/`, without credentials.
        root: The folder of its site, if it is on this machine.
        credentials: The credentials for its host.
    """

    url: str
    root: Path | None = None
    credentials: Credentials | None = None

    @classmethod
    def of(cls, text: str) -> "VerifyTarget":
        """Parse an argument: a URL, or the path of a folder.

        Raises:
            UsageError: It is neither, or HTTP on another host than this one.
            NotFoundError: The folder does not exist, or has no index.
        """
        if "://" not in text:
            return _of_folder(Path(text).expanduser())
        url, credentials = split_credentials(text)
        parts = split_url(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise UsageError(
                f"'{url}' is neither a URL such as https://pypi.org/simple/ nor a path"
            )
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise UsageError(
                f"{url} is not encrypted, and pip ignores such an index",
                hint="use https://, or http:// on this machine (127.0.0.1)",
            )
        if parts.query or parts.fragment:
            raise UsageError(
                f"{url} has a query or a fragment, which the URL of an index cannot have"
            )
        return cls(
            url=f"{url.rstrip('/')}/", credentials=_hidden(credentials or netrc_credentials(url))
        )

    def fetcher(self, max_wait: float = MAX_WAIT) -> AnyFetcher:
        """Return what reads the index, with its credentials.

        Args:
            max_wait: Maximum time to wait for a host that limits requests, in seconds.
        """
        web = WebFetcher(self.url, self.credentials, max_wait=max_wait)
        return AnyFetcher(web, FolderFetcher(self.root) if self.root else None)


def own_index(settings: Settings, index: str | None) -> VerifyTarget:
    """Return an index of the configured store.

    Raises:
        NotFoundError: There is no such index.
        UsageError: It is not known where the store is published.
    """
    config = settings.config
    name = MAIN_FOLDER if index in {None, MAIN} else str(index)
    folder = config.index.paths.folder(name)
    local = settings.opened.site_store().site_folder(config)
    if local is not None:
        return _of_folder(Path(local) / folder, Path(local))
    address = settings.address()
    if not address:
        raise UsageError(
            "it is not known where the index is published",
            hint="name it: ghpypi verify URL, or set 'url' in [index] of ghpypi.toml; if it is "
            "private, check what 'ghpypi run' serves: "
            f"ghpypi run -s {settings.locator} -- sh -c 'ghpypi verify \"$GHPYPI_RUN_INDEX_URL\"'",
        )
    return VerifyTarget.of(f"{address}{folder}")


def _of_folder(folder: Path, root: Path | None = None) -> VerifyTarget:
    if not folder.is_dir():
        raise NotFoundError(
            f"there is no folder {folder}", hint="run 'ghpypi index' first, or check the path"
        )
    below = folder / SIMPLE
    if not below.is_dir() and not (folder / "index.html").exists():
        raise NotFoundError(
            f"there is no index in {folder}: it has neither a folder '{SIMPLE}' nor an index.html",
            hint="run 'ghpypi index' first, or check the path",
        )
    if root is None and (folder / CATALOG_PATH).exists() and below.is_dir():
        return VerifyTarget(url=folder_url(below), root=folder)
    return VerifyTarget(url=folder_url(folder), root=root or _site_of(folder.resolve()))


def _site_of(folder: Path) -> Path:
    """Return the root of the site of an index, which may have files beside the index."""
    for parent in [folder, *folder.parents][:_LEVELS]:
        if (parent / CATALOG_PATH).exists():
            return parent
    return folder.parent if folder.name == SIMPLE else folder


def _is_loopback(hostname: str) -> bool:
    return hostname in {"localhost", "::1"} or hostname.startswith("127.")


def _hidden(credentials: Credentials | None) -> Credentials | None:
    """Mask a password in all output."""
    if credentials:
        hide(credentials[1] if credentials[1].reveal() else Secret(credentials[0]))
    return credentials
