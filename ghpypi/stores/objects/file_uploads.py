"""Writes the files of a site that are not pages, of any size."""

from collections.abc import Iterable, Iterator

from ghpypi.ports import SiteFile
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import copy_headers
from ghpypi.stores.objects.sending import PIECE, SINGLE_LIMIT


class FileUploads:
    """Writes files that are missing or differ.

    Args:
        client: The bucket, and the prefix of the site.
    """

    def __init__(self, client: BucketClient) -> None:
        self._client = client
        self._sizes: dict[str, dict[str, int]] = {}

    def is_published(self, file: SiteFile) -> bool:
        """Return whether a file is there already; one that may differ is read and compared."""
        if self._size(file.path) != file.size:
            return False
        if not file.may_differ:
            return True
        found = self._client.read(file.path)
        return found is not None and found.content == file.read()

    def send(self, files: Iterable[SiteFile]) -> int:
        """Write files, and return how many were missing or different."""
        count = 0
        for file in files:
            if not self.is_published(file):
                body = file.read() if file.size <= SINGLE_LIMIT else _pieces(file)
                self._client.write(file.path, body, copy_headers(file.path))
                count += 1
        return count

    def _size(self, path: str) -> int | None:
        """Return the size of an object, from a listing of its top folder."""
        top = path.partition("/")[0]
        if top not in self._sizes:
            self._sizes[top] = {each.key: each.size for each in self._client.objects(top)}
        return self._sizes[top].get(path)


def _pieces(file: SiteFile) -> Iterator[bytes]:
    """Read a file in pieces, and fail before the last one is sent if its size is another.

    Raises:
        DamagedError: It is.
    """
    size, last = 0, b""
    with file.open() as stream:
        while piece := stream.read(PIECE):
            if last:
                yield last
            size += len(piece)
            last = piece
    file.require_size(size)
    yield last
