"""What the server reads of a store, and how it writes to one."""

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.ports.files import FileStore


class StoreReader(Protocol):
    """What the server reads of a store. Every method takes the caller's token, and blocks.

    Every method may raise `TryLaterError`.
    """

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Read the published catalog and configuration; `None` if they are those that are known.

        Raises:
            NotFoundError: The token may not read the store.
            NotAllowedError: The token is invalid.
        """
        ...

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Return what a token may do with a repository."""
        ...

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return a URL with which everyone can read a file for a while; empty if there is none.

        Args:
            file: The file.
            suffix: Of the file beside it that is meant instead, such as `.metadata`.
            token: Of the caller.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people; `None` if there is none."""
        ...

    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading, at the beginning of a part of it if one is given.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...


class UploadTarget(Protocol):
    """Opens a store for those who may write to it. Blocks."""

    def open(self, token: Secret | None) -> FileStore:
        """Open the store.

        Raises:
            NotAllowedError: The token may not write.
        """
        ...

    def start_index(self, token: Secret | None) -> None:
        """Start the index job of the store.

        Raises:
            GhpypiError: It cannot be started; what was uploaded stays.
        """
        ...
