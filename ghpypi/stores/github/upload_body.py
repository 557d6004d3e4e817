"""A file on its way out."""

from collections.abc import Callable
from typing import BinaryIO

from ghpypi.errors import FailedError
from ghpypi.ports import NewAsset


class UploadBody:
    """A file on its way out: told in length, watched in progress, digested by the caller.

    Args:
        asset: The file.
        watch: Is handed each piece that is read.
        restart: Is told when it begins again.
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
        """Give the `Content-Length`."""
        return self._size

    def rewind(self) -> None:
        """Begin, or begin again."""
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
        """Hand out the next piece.

        Raises:
            FailedError: The file is not as long as it was.
        """
        if self._file is None:
            return b""
        piece = self._file.read(size)
        self._read += len(piece)
        if self._read > self._size or (not piece and self._read < self._size):
            raise FailedError(f"{self._asset.name} changed while it was sent")
        self._watch(piece)
        return piece
