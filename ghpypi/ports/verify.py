"""Access of `ghpypi verify` to the pages and files of an index."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

from ghpypi.core.verify.fetched import Fetched

PAGE_LIMIT = 64 << 20
"""Maximum size of a page, in bytes; the largest known have some ten megabytes."""

FILE_LIMIT = 16 << 20
"""Maximum size of a metadata file or provenance, in bytes."""


@dataclass(slots=True, kw_only=True)
class RemoteFile:
    """A file that is read in places.

    Attributes:
        fetched: The response to the first request, with the first bytes of what was received.
        file: The file, seekable; `None` if it cannot be read, or is too large for a host that
            ignores ranges.
        ranges: Whether the host supports range requests.
        problem: Why reading failed, which says nothing about the file; empty if it did not.
    """

    fetched: Fetched
    file: BinaryIO | None = None
    ranges: bool = True
    problem: str = ""


class FileHash(NamedTuple):
    """The hash of a downloaded file.

    Attributes:
        value: The hexadecimal digits; empty if the download failed.
        size: The number of bytes.
        problem: Why it could not be downloaded.
    """

    value: str = ""
    size: int = 0
    problem: str = ""


class IndexFetcher(Protocol):
    """Reads pages and files of an index, with credentials for the host of the index only.

    No method raises an error for a response or a failed connection: it is part of the result.
    """

    def get(self, url: str, *, accept: str = "*/*", limit: int = PAGE_LIMIT) -> Fetched:
        """Read a page or a small file.

        Args:
            url: The URL.
            accept: The Accept header.
            limit: The maximum size in bytes.
        """
        ...

    def open(self, url: str) -> AbstractContextManager[RemoteFile]:
        """Open a file, by range requests if its host supports them."""
        ...

    def hash(self, url: str, algorithm: str) -> FileHash:
        """Download a file, and compute its hash.

        Args:
            url: The URL.
            algorithm: A name that `hashlib` knows.
        """
        ...
