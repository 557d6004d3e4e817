"""Finds the digest of a file without downloading it.

In this order: the digest that the store lists; the one that the catalog has of the same asset; the
one on an existing page of the same files (`digests-from`); and the one in a checksum file of the
same release. A wrong digest cannot make an installer take a wrong file: the installer computes the
digest of what it downloads, and refuses the file.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote

from packaging.utils import NormalizedName

from ghpypi.core.catalog.stock import Found
from ghpypi.core.checksums import LIMIT, SUFFIX, find_digest
from ghpypi.core.model import Asset, UpstreamFile
from ghpypi.core.names import Sha256
from ghpypi.core.parsing import split_url
from ghpypi.errors import FailedError, NotFoundError, TryLaterError
from ghpypi.ports import FileSource, Upstream

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFinder:
    """Finds digests.

    Attributes:
        source: The store with the files and their checksum files.
        upstream: Reads the existing page.
        page: The address of the index that has it (`digests-from`), ending in `/`; empty for none.
    """

    source: FileSource
    upstream: Upstream
    page: str = ""
    _read: dict[Hashable, Any] = field(default_factory=dict)
    _locks: dict[Hashable, threading.Lock] = field(default_factory=dict)

    def find(
        self, project: NormalizedName, found: Found, known: Sha256 | None = None
    ) -> Sha256 | None:
        """Return the digest of a file; `None` if it must be downloaded to compute it.

        Args:
            project: The project of the file.
            found: The file.
            known: Its digest in the catalog, if the file has not changed since.

        Raises:
            TryLaterError: The existing page, or a checksum file, cannot be read now.
        """
        return (
            found.asset.sha256
            or known
            or self._on_page(project, found.asset)
            or self._in_checksum_file(found)
        )

    def _on_page(self, project: NormalizedName, asset: Asset) -> Sha256 | None:
        if not self.page:
            return None
        rows = self._once(("page", project), lambda: self._page(project))
        return digest_on_page(rows, asset)

    def _page(self, project: NormalizedName) -> list[UpstreamFile]:
        try:
            return self.upstream.files(self.page, project)
        except FailedError as error:
            raise TryLaterError(f"its digest is not known: {error.message}") from error

    def _in_checksum_file(self, found: Found) -> Sha256 | None:
        for checksums in found.checksums:
            text = self._once(("asset", checksums.key), partial(self._text, checksums))
            alone = checksums.name.endswith(SUFFIX)
            if digest := find_digest(text, found.asset.name, alone=alone):
                return digest
        return None

    def _text(self, asset: Asset) -> bytes:
        if asset.size > LIMIT:
            return b""
        try:
            with self.source.stream(asset) as file:
                return file.read(LIMIT)
        except NotFoundError:
            return b""

    def _once(self, key: Hashable, read: Callable[[], T]) -> T:
        """Read something once for all files that need it; concurrent callers with the key wait."""
        with self._locks.setdefault(key, threading.Lock()):  # `dict.setdefault` is atomic
            if key not in self._read:
                self._read[key] = read()
            value: T = self._read[key]
            return value


def digest_on_page(rows: Iterable[Mapping[str, Any]], asset: Asset) -> Sha256 | None:
    """Find the digest of an asset on a page of another index.

    A row counts only if it is about the same file: it has the same name, and the same address or
    the same size.

    Args:
        rows: The files of the page, with the keys of the Simple API's JSON.
        asset: The asset.
    """
    for row in rows:
        if row["filename"] != asset.name:
            continue
        digest = row.get("hashes", {}).get("sha256")
        same = row.get("size") == asset.size or _address(row["url"]) == _address(asset.url)
        if digest and same:
            return Sha256(str(digest).lower())
    return None


def _address(url: str) -> tuple[str, str]:
    """Compare addresses without scheme, query and fragment, and however they are quoted."""
    parts = split_url(url)
    return parts.netloc.lower(), unquote(parts.path)
