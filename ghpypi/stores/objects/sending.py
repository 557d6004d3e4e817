"""The content of files that are uploaded, checked while it is read."""

import hashlib
from collections.abc import Callable, Iterator

from ghpypi.core.digest import digest_of
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.ports import Advance, NewAsset

SINGLE_LIMIT = 32 << 20
"""Size of a file that is sent in one request at most, in bytes: it is held in memory. Only such a
request can depend on the object not existing."""

ATTEMPTS = 5
"""Number of attempts to write an object that another process may be writing."""

ATTEMPT_SECONDS = 0.5
"""Time between two of them, in seconds."""

PIECE = 5 << 20
"""Size of the pieces of a larger file, in bytes; the smallest that S3 allows."""


def attempts(place: str, key: str, sleep: Callable[[float], None]) -> Iterator[None]:
    """Yield before each attempt to write an object that does not exist.

    S3 refuses one of two requests at the same time (409 ConditionalRequestConflict), even before
    there is an object.

    Args:
        place: The bucket and prefix, for messages.
        key: The object.
        sleep: Pauses for a number of seconds.

    Raises:
        TryLaterError: All have failed.
    """
    for number in range(ATTEMPTS):
        if number:
            sleep(ATTEMPT_SECONDS)
        yield
    raise TryLaterError(
        f"{place} refuses to write {key}, as if it existed",
        hint="run the same command again; another process may be writing it",
    )


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
