"""Access of the server to stores: reading, and uploads."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from ghpypi.core.model import File
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.core.upload.tags import PublishedFiles
from ghpypi.ports.files import FileStore


class StoreReader(Protocol):
    """Read access of the server to a store. All methods take the caller's token, and block.

    All methods may raise `TryLaterError`.
    """

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Read the published catalog and configuration; `None` if they equal the known ones.

        Raises:
            NotFoundError: The token may not read the store.
            NotAllowedError: The token is invalid.
        """
        ...

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Return the permissions of a token for a repository."""
        ...

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return a temporary signed URL of a file; empty if there is none.

        Args:
            file: The file.
            suffix: The suffix of a sibling to return instead, such as `.metadata`.
            token: The token of the caller.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Return a published page; `None` if it does not exist."""
        ...

    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading, at the start of a range if one is given.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...


def read_pages(
    reader: StoreReader, token: Secret | None, known: Snapshot, paths: Sequence[str]
) -> Mapping[str, bytes]:
    """Read published pages of a state; those that do not exist are left out.

    Args:
        reader: Reads the store.
        token: The token of the caller.
        known: The state.
        paths: The paths of the pages.
    """
    found = ((path, reader.page(path, token, known)) for path in paths)
    return {path: page for path, page in found if page is not None}


class UploadStore(NamedTuple):
    """A store that was opened for an upload.

    Attributes:
        files: Its files.
        published: Reads the index that it publishes; see `ghpypi.jobs.upload.upload`.
    """

    files: FileStore
    published: Callable[[], PublishedFiles | None]


class UploadTarget(Protocol):
    """Opens a store for uploads. Methods block."""

    def open(self, token: Secret | None, filenames: Sequence[Filename] = ()) -> UploadStore:
        """Open the store.

        Args:
            token: The token of the uploader.
            filenames: The files to upload, see `Backend.store`.

        Raises:
            NotAllowedError: The token may not write.
        """
        ...

    def start_index(self, token: Secret | None) -> None:
        """Start an index run of the store.

        Raises:
            GhpypiError: It cannot be started; uploaded files are kept.
        """
        ...
