"""A stored file that is read in places, with few requests for ranges."""

import tempfile
from contextlib import ExitStack

import requests
import urllib3

from ghpypi.block_reader import BLOCK, BlockReader
from ghpypi.connection_errors import CONNECTION_ERRORS
from ghpypi.core.digest import CHUNK
from ghpypi.core.quantities import count_of
from ghpypi.errors import TryLaterError
from ghpypi.stores.github.download import Fetch, check_length
from ghpypi.stores.github.retry import Retry

__all__ = ["BLOCK", "WHOLE_LIMIT", "RangeFile"]

_PARTIAL = 206

WHOLE_LIMIT = 256 * 1024 * 1024
"""Bytes of a file that is downloaded whole where a server does not send ranges."""


class RangeFile(BlockReader):
    """A file of a release.

    Args:
        url: The address of the file, without secrets.
        fetch: Sends the request.
        retry: Limits how long broken connections are retried.
        size: The size of the file in bytes.
    """

    def __init__(self, url: str, fetch: Fetch, retry: Retry, *, size: int) -> None:
        super().__init__(size)
        self._url = url
        self._fetch = fetch
        self._retry = retry

    def open(self) -> None:
        """Request the end, which is read first; this also shows whether the file exists.

        Raises:
            DamagedError: The response is another file: it has another length.
        """
        if self._size:
            self._position = self._size - 1
            self.readinto(bytearray(1))
        self._position = 0

    def request(self, start: int, end: int) -> bytes | None:
        """Request a range; `None` if the server sent the whole file, which is kept then.

        Raises:
            TryLaterError: The server sends a large file whole.
        """
        while True:
            with self._fetch({"Range": f"bytes={start}-{end - 1}"}) as response:
                check_length(self._url, response, self._size)
                try:
                    if response.status_code == _PARTIAL:
                        content = response.raw.read(end - start)
                        if len(content) == end - start:
                            return bytes(content)
                        raise urllib3.exceptions.ProtocolError("short answer")
                    if self._size > WHOLE_LIMIT:
                        raise TryLaterError(
                            f"GET {self._url}: the server ignores the header Range, and the file "
                            f"is too large to be downloaded for its metadata: "
                            f"{count_of(self._size, 'byte')}",
                            hint="a proxy may not support ranges; run the same command again "
                            "without it",
                        )
                    self._receive(response)
                except CONNECTION_ERRORS as error:
                    self._retry.wait_after(error, f"GET {self._url}", self._url)
                else:
                    return None

    def _receive(self, response: requests.Response) -> None:
        with ExitStack() as stack:
            whole = stack.enter_context(tempfile.TemporaryFile())
            # One byte more than the size, so that a response that is too long is noticed and ends.
            while piece := response.raw.read(min(CHUNK, self._size + 1 - whole.tell())):
                whole.write(piece)
            if whole.tell() != self._size:
                raise urllib3.exceptions.ProtocolError("another length")
            stack.pop_all()  # It is complete, and is closed with this object.
        self.keep(whole)
