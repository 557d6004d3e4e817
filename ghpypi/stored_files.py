"""Reading stored files, with protection against damaged transfers.

A proxy may send a page of its own with status 200, or a body may end early without an error: the
result is then not an archive, or has other metadata. So a file counts as invalid only if its length
and digest are those that the store lists.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import BinaryIO, TypeVar

from ghpypi.core.digest import CHUNK, digest_of
from ghpypi.core.metadata import InvalidMetadataError, content_faults
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.bundles import BUNDLE_SUFFIXES, Bundle, read_bundles
from ghpypi.errors import DamagedError, NotFoundError
from ghpypi.ports import Advance, FileSource

ATTEMPTS = 3
"""Maximum number of complete downloads before a file counts as temporarily unreadable."""

BUNDLES_LIMIT = 16 << 20
"""Maximum size of a file with Sigstore bundles in bytes; one bundle has about 12 KB."""

COUNTED_FILES = 256
"""Number of listed files after which progress is reported; most releases have only a few."""

T = TypeVar("T")


def counted(releases: Iterable[StoredRelease], advance: Advance) -> Iterator[StoredRelease]:
    """Yield releases as they are listed, and report the number of their files as progress."""
    files = 0
    for release in releases:
        yield release
        files += len(release.assets)
        if files >= COUNTED_FILES:
            advance(files)
            files = 0
    advance(files)


def hash_stored(source: FileSource, asset: Asset) -> Sha256:
    """Compute the SHA-256 of a stored file.

    Raises:
        NotFoundError: The file is gone.
        DamagedError: Another number of bytes arrived than the store lists, several times.
    """
    return _fetch(source, asset, None, None)


def stored_digest(source: FileSource, asset: Asset) -> Sha256:
    """Return the SHA-256 of a stored file: as listed, as recorded by the store, or computed.

    Raises:
        NotFoundError: The file is gone.
        DamagedError: Another number of bytes arrived than the store lists, several times.
    """
    return asset.sha256 or source.detailed(asset).sha256 or hash_stored(source, asset)


@contextmanager
def hashed_file(source: FileSource, asset: Asset) -> Iterator[tuple[Sha256, BinaryIO]]:
    """Compute the SHA-256 of a stored file, and provide what was hashed, at its start.

    A file on this machine is provided itself, a remote one as a copy in the temporary folder.

    Raises:
        NotFoundError: The file is gone.
        DamagedError: It has another number of bytes than the store lists; of a remote file, several
            times.
    """
    if source.local:
        with source.stream(asset) as file:
            if asset.size > CHUNK:
                held, (digest, size) = file, _digest_and_size(file, asset, None)
                held.seek(0)
            else:
                # Most files are small, and parsing them in memory saves half of the system calls.
                content = file.read(asset.size + 1)
                held, digest, size = BytesIO(content), digest_of(content), len(content)
            if size != asset.size:
                raise DamagedError(f"{asset.name} in {source.name} changed while it was read")
            yield digest, held
        return
    with tempfile.TemporaryFile() as copy:
        digest = _fetch(source, asset, None, copy)
        copy.seek(0)
        yield digest, copy


@contextmanager
def verified_file(source: FileSource, asset: Asset, sha256: Sha256 | None) -> Iterator[BinaryIO]:
    """Provide a whole stored file, at its start, after its length and digest were compared.

    Args:
        source: The store.
        asset: The file.
        sha256: Its digest; without one, only its length is compared.

    Raises:
        NotFoundError: The file is gone.
        DamagedError: Other content arrived; of a remote file, several times.
    """
    if not source.local:
        with _whole(source, asset, sha256) as file:
            yield file
        return
    with hashed_file(source, asset) as (digest, file):
        if sha256 and digest != sha256:
            raise DamagedError(f"{asset.name} in {source.name} changed since it was read")
        yield file


def read_hashed(file: BinaryIO, read: Callable[[BinaryIO], T]) -> T:
    """Read something of a file that `hashed_file` provided.

    Raises:
        InvalidMetadataError: `read` finds fault with the file.
    """
    with content_faults():
        return read(file)


def read_stored(
    source: FileSource,
    asset: Asset,
    sha256: Sha256 | None,
    read: Callable[[BinaryIO], T],
) -> T:
    """Read a part of a stored file, by range requests if its format allows.

    Args:
        source: The store.
        asset: The file.
        sha256: Its digest, as listed or computed by `hash_stored`; without one, only its length
            is compared.
        read: Reads from the file. If it raises an error for the partial file, it is called again
            with a complete and verified download.

    Raises:
        InvalidMetadataError: The file itself is invalid, according to `read`.
        NotFoundError: The file was deleted.
        DamagedError: The download was damaged, several times.
    """
    try:
        with _opened(source, asset) as file, content_faults():
            return read(file)
    except (DamagedError, InvalidMetadataError):
        pass
    with _whole(source, asset, sha256) as file, content_faults():
        return read(file)


def released_bundles(source: FileSource, release: StoredRelease) -> tuple[list[Bundle], list[str]]:
    """Read the Sigstore bundles that are files of a release.

    Returns:
        The bundles, and what is wrong with some of the files.

    Raises:
        TryLaterError: A rate limit or outage.
    """
    found: list[Bundle] = []
    faults = []

    def read(file: BinaryIO) -> bytes:
        return file.read(BUNDLES_LIMIT)

    for asset in release.assets:
        bundles = asset.complete and asset.name.endswith(BUNDLE_SUFFIXES)
        if bundles and asset.size <= BUNDLES_LIMIT:
            try:
                found += read_bundles(read_stored(source, asset, asset.sha256, read))
            except (ValueError, NotFoundError, DamagedError) as error:
                faults.append(f"{asset.name}: {error}")
    return found, faults


@contextmanager
def _opened(source: FileSource, asset: Asset) -> Iterator[BinaryIO]:
    # A .tar.gz must be read from the start; zip files have a directory at the end.
    way = source.stream if asset.name.endswith(".tar.gz") else source.seekable
    with way(asset) as file:
        yield file


@contextmanager
def _whole(source: FileSource, asset: Asset, sha256: Sha256 | None) -> Iterator[BinaryIO]:
    """Download a complete file and verify its digest before it is used."""
    with tempfile.TemporaryFile() as copy:
        _fetch(source, asset, sha256, copy)
        copy.seek(0)
        yield copy


def _fetch(
    source: FileSource, asset: Asset, sha256: Sha256 | None, copy: BinaryIO | None
) -> Sha256:
    for _ in range(ATTEMPTS):
        with suppress(DamagedError), source.stream(asset) as file:
            digest, size = _digest_and_size(file, asset, copy)
            if size == asset.size and digest == (sha256 or digest):
                return digest
    raise DamagedError(
        f"the download of {asset.name} from {source.name} was damaged "
        f"in {count_of(ATTEMPTS, 'attempt')}",
        hint="run the same command again later",
    )


def _digest_and_size(file: BinaryIO, asset: Asset, copy: BinaryIO | None) -> tuple[Sha256, int]:
    """Read a file to its end, and write it to a copy if there is one."""
    if copy is not None:
        copy.seek(0)
        copy.truncate()
    digest, size = hashlib.sha256(), 0
    # `read` allocates as much as it is asked for, which costs more than hashing a small file.
    most = min(CHUNK, asset.size + 1)
    while chunk := file.read(most):
        digest.update(chunk)
        size += len(chunk)
        if copy is not None:
            copy.write(chunk)
    return Sha256(digest.hexdigest()), size
