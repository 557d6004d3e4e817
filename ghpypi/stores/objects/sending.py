"""The content of files that are uploaded, checked while it is read."""

import hashlib
from collections.abc import Iterator

from ghpypi.core.digest import digest_of
from ghpypi.errors import FailedError
from ghpypi.ports import Advance, NewAsset

SINGLE_LIMIT = 32 << 20
"""Size of a file that is sent in one request at most, in bytes: it is held in memory. Only such a
request can depend on the object not existing."""

PIECE = 5 << 20
"""Size of the pieces of a larger file, in bytes; the smallest that S3 allows."""


def whole(asset: NewAsset) -> bytes:
    """Read a file.

    Raises:
        FailedError: It has changed since it was checked.
    """
    with asset.open() as file:
        content = file.read(asset.size + 1)
    if digest_of(content) != asset.sha256:
        raise _changed(asset)
    return content


def pieces(asset: NewAsset, advance: Advance) -> Iterator[bytes]:
    """Read a file in pieces, and fail before the last one is sent if it has changed.

    Raises:
        FailedError: It has changed since it was checked.
    """
    digest, left = hashlib.sha256(), b""
    with asset.open() as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            if left:
                yield left
                advance(len(left))
            left = piece
    if digest.hexdigest() != asset.sha256:
        raise _changed(asset)
    yield left
    advance(len(left))


def _changed(asset: NewAsset) -> FailedError:
    return FailedError(f"{asset.name} changed while it was sent")
