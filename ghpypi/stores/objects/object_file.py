"""A file of a bucket that is read in places."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from ghpypi.block_reader import BlockReader
from ghpypi.errors import DamagedError
from ghpypi.stores.objects.client import BucketClient


class ObjectFile(BlockReader):
    """A file of which ranges are requested.

    Args:
        client: The bucket.
        key: The object.
        size: Its size in bytes, as listed.
    """

    def __init__(self, client: BucketClient, key: str, size: int) -> None:
        super().__init__(size)
        self._client = client
        self._key = key

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Request the end, which is read first; this also shows whether the file exists.

        Raises:
            NotFoundError: It does not exist.
        """
        if self._size:
            self.seek(self._size - 1)
            self.readinto(bytearray(1))
        self.seek(0)
        with self:
            yield cast("BinaryIO", self)

    def request(self, start: int, end: int) -> bytes:
        """Request a range.

        Raises:
            NotFoundError: The file does not exist.
            DamagedError: The response has another length.
        """
        content = self._client.read_range(self._key, start, end)
        if len(content) != end - start:
            raise DamagedError(f"{self._key} in {self._client.name} was replaced while it was read")
        return content
