"""A stored file that is read in places, with few requests for ranges."""

import io
import tempfile
from contextlib import ExitStack
from typing import Any, BinaryIO

import requests
import urllib3

from ghpypi.core.digest import CHUNK
from ghpypi.core.quantities import count_of
from ghpypi.errors import TryLaterError
from ghpypi.stores.github.connection_errors import CONNECTION_ERRORS
from ghpypi.stores.github.download import Fetch, check_length
from ghpypi.stores.github.retry import Retry

_PARTIAL = 206

BLOCK = 64 * 1024
"""Size of the blocks of a file that is read by ranges, in bytes."""

MARGIN = 2
"""Blocks before a part of the end that are always requested with it."""

WHOLE_LIMIT = 256 * 1024 * 1024
"""Bytes of a file that is downloaded whole where a server does not send ranges."""


class RangeFile(io.RawIOBase):
    """A remote file that is read in blocks, each requested once.

    The first request is for the end of the file, where a zip archive has its end record and the
    central directory, or a part of it. Adjacent blocks are requested together. A request for what
    precedes the known end, such as the rest of the directory, also asks for as many bytes before
    it: there a wheel has METADATA and RECORD (PEP 427 recommends to put them last), and RECORD
    grows with the directory. So two requests read the metadata of a wheel of any size.

    Args:
        url: The address of the file, without secrets.
        fetch: Sends the request.
        retry: Limits how long broken connections are retried.
        size: The size of the file in bytes.
    """

    def __init__(self, url: str, fetch: Fetch, retry: Retry, *, size: int) -> None:
        self._url = url
        self._fetch = fetch
        self._retry = retry
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self._whole: BinaryIO | None = None

    def open(self) -> None:
        """Request the end, which is read first; this also shows whether the file exists.

        Raises:
            DamagedError: The response is another file: it has another length.
        """
        if self._size:
            self._position = self._size - 1
            self.readinto(bytearray(1))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        number = self._number(self._position)
        if self._whole is None and number not in self._blocks:
            self._load(number, min(self._position + len(buffer), self._size))
        piece = self._piece(number, len(buffer))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        if self._whole is not None:
            self._whole.close()
        super().close()

    def _number(self, position: int) -> int:
        return (self._size - 1 - position) // BLOCK

    def _start(self, number: int) -> int:
        return max(self._size - (number + 1) * BLOCK, 0)

    def _piece(self, number: int, length: int) -> bytes:
        if self._whole is not None:
            self._whole.seek(self._position)
            return self._whole.read(length)
        return self._blocks[number][self._position - self._start(number) :][:length]

    def _load(self, first: int, end: int) -> None:
        """Request a block and those after it, up to a position or a block that is known."""
        last = first
        while last and last - 1 not in self._blocks and self._start(last - 1) < end:
            last -= 1
        if last and last - 1 in self._blocks:
            first = self._before(first, first - last + 1 + MARGIN)
        start, stop = self._start(first), self._size - last * BLOCK
        content = self._range(start, stop)
        if content is not None:
            for number in range(last, first + 1):
                begin = self._start(number)
                self._blocks[number] = content[begin - start : self._size - number * BLOCK - start]

    def _before(self, first: int, count: int) -> int:
        """Include up to `count` blocks before a block, as far as they are not known."""
        most = min(first + count, self._number(0))
        while first < most and first + 1 not in self._blocks:
            first += 1
        return first

    def _range(self, start: int, end: int) -> bytes | None:
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
                    self._keep(response)
                except CONNECTION_ERRORS as error:
                    self._retry.wait_after(error, f"GET {self._url}", self._url)
                else:
                    return None

    def _keep(self, response: requests.Response) -> None:
        with ExitStack() as stack:
            whole = stack.enter_context(tempfile.TemporaryFile())
            # One byte more than the size, so that a response that is too long is noticed and ends.
            while piece := response.raw.read(min(CHUNK, self._size + 1 - whole.tell())):
                whole.write(piece)
            if whole.tell() != self._size:
                raise urllib3.exceptions.ProtocolError("another length")
            stack.pop_all()  # It is complete, and is closed with this object.
        self._whole = whole
