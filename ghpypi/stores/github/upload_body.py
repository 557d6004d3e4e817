"""The body of an upload."""

from collections.abc import Callable
from typing import BinaryIO

from ghpypi.errors import FailedError
from ghpypi.ports import NewAsset


class UploadBody:
    """A file as the body of a request, read in pieces.

    Args:
        asset: The file.
        watch: Called with each piece that is read.
        restart: Called when the file is read from its start again.
    """

    def __init__(
        self,
        asset: NewAsset,
        *,
        watch: Callable[[bytes], None],
        restart: Callable[[], None],
    ) -> None:
        self._asset = asset
        self._size = asset.size
        self._watch = watch
        self._restart = restart
        self._file: BinaryIO | None = None
        self._read = 0

    def __len__(self) -> int:
        """Return the length, which requests sends as `Content-Length`."""
        return self._size

    def rewind(self) -> None:
        """Open the file, or start from its beginning again."""
        self.close()
        if self._read:
            self._restart()
        self._read = 0
        self._file = self._asset.open()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def read(self, size: int = -1) -> bytes:
        """Read the next piece.

        Raises:
            FailedError: The file has another length than before.
        """
        if self._file is None:
            return b""
        piece = self._file.read(size)
        self._read += len(piece)
        if self._read > self._size or (not piece and self._read < self._size):
            raise FailedError(f"{self._asset.name} changed while it was sent")
        self._watch(piece)
        return piece
