"""SHA-256 of what is read, a piece at a time."""

import hashlib
from typing import BinaryIO

from ghpypi.core.names import Sha256

CHUNK = 1024 * 1024
"""Bytes held in memory at once."""


def digest_of(content: bytes) -> Sha256:
    """Digest bytes."""
    return Sha256(hashlib.sha256(content).hexdigest())


def digest_file(file: BinaryIO) -> Sha256:
    """Digest an open file from here to its end."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return Sha256(digest.hexdigest())
