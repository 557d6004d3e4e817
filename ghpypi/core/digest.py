"""SHA-256 digests of bytes and files."""

import hashlib
from typing import BinaryIO

from ghpypi.core.names import Sha256

CHUNK = 256 * 1024
"""Bytes that are read at a time. Reading and hashing a file takes half as long again with 1 MiB,
because each piece is in new memory, and does not stay in the cache of the processor."""


def digest_of(content: bytes) -> Sha256:
    """Digest bytes."""
    return Sha256(hashlib.sha256(content).hexdigest())


def digest_file(file: BinaryIO) -> Sha256:
    """Return the digest of an open file, from the current position to its end."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return Sha256(digest.hexdigest())
