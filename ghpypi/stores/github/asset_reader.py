"""Reads assets of releases, public ones without the API."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from ghpypi.core.digest import digest_file
from ghpypi.core.model import Asset
from ghpypi.core.names import Sha256
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.transfer import Transfer


class AssetReader:
    """Opens assets of any repository.

    Args:
        api: The address of the API.
        transfer: For files.
        private: The repositories that are known to be private; others join them when GitHub
            refuses a public address.
    """

    def __init__(self, api: str, transfer: Transfer, private: set[str]) -> None:
        self._api = api
        self._transfer = transfer
        self._private = private

    @contextmanager
    def open(self, asset: Asset, *, seekable: bool) -> Iterator[BinaryIO]:
        """Open an asset in the cheapest way.

        Public files have an address that no rate limit counts. Others are requested from the API,
        which redirects to a signed address.
        """
        repository = asset.key.removeprefix("repos/").partition("/releases/")[0]
        with ExitStack() as stack:
            file: BinaryIO | None = None
            if repository not in self._private:
                try:
                    file = stack.enter_context(self._transfer.open_public(asset, seekable=seekable))
                except (NotAllowedError, NotFoundError):
                    self._private.add(repository)
            if file is None:
                url = f"{self._api}/{asset.key}"
                file = stack.enter_context(
                    self._transfer.open_private(url, asset, seekable=seekable)
                )
            yield file

    def digest(self, asset: Asset) -> Sha256:
        """Compute the digest of an asset."""
        with self.open(asset, seekable=False) as file:
            return digest_file(file)
