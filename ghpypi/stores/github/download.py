"""Remote files as file objects: a stream that resumes, random access by ranges, a plain body."""

import io
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import requests
import urllib3

from ghpypi.core.digest import CHUNK
from ghpypi.core.quantities import count_of, number
from ghpypi.errors import DamagedError, TryLaterError
from ghpypi.stores.github.api_messages import redact_url
from ghpypi.stores.github.connection_errors import CONNECTION_ERRORS, explain_failure
from ghpypi.stores.github.retry import Retry

BLOCK = 64 * 1024
"""Size of the blocks of a file that is read by ranges, in bytes."""

MARGIN = 2
"""Blocks before a part of the end that are always requested with it."""

WHOLE_LIMIT = 256 * 1024 * 1024
"""Bytes of a file that is downloaded whole where a server does not send ranges."""

_PARTIAL = 206

Fetch = Callable[[Mapping[str, str]], requests.Response]
"""Requests the file with additional headers, and returns a response below 400."""


class DownloadStream(io.RawIOBase):
    """The body of a response; after a broken connection, the rest is requested.

    Args:
        url: The address of the file, without secrets.
        fetch: Sends the request.
        retry: Limits how long broken connections are retried.
        size: The size of the file in bytes; `None` if that is not known.
    """

    def __init__(self, url: str, fetch: Fetch, retry: Retry, *, size: int | None = None) -> None:
        self._url = url
        self._fetch = fetch
        self._retry = retry
        self._size = size
        self._position = 0
        self._response: requests.Response | None = None

    def open(self) -> None:
        """Send the request, for the rest of the file if a part was read.

        Raises:
            DamagedError: The response is another file: it has another length.
        """
        self._response = self._fetch(
            {"Range": f"bytes={self._position}-"} if self._position else {}
        )
        check_length(self._url, self._response, self._size)
        if self._position and self._response.status_code != _PARTIAL:
            self._skip(self._position)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            try:
                if self._response is None:
                    self.open()
                piece = self._read(len(buffer))
            except CONNECTION_ERRORS as error:
                self._drop()
                self._retry.wait_after(error, f"GET {self._url}", self._url)
                continue
            # A proxy that ends a body early need not break the connection.
            if not piece and self._size is not None and self._position < self._size:
                self._drop()
                reason = f"ended after {number(self._position)} of {count_of(self._size, 'byte')}"
                self._retry.wait(f"GET {self._url}: {reason}")
                continue
            buffer[: len(piece)] = piece
            self._position += len(piece)
            return len(piece)

    def close(self) -> None:
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        if self._response is None:
            return b""
        piece: bytes = self._response.raw.read(size)
        return piece

    def _skip(self, size: int) -> None:
        while size > 0:
            piece = self._read(min(size, CHUNK))
            if not piece:
                return
            size -= len(piece)

    def _drop(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None


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


def check_length(url: str, response: requests.Response, size: int | None) -> None:
    """Check the length of the file in the headers of a response.

    Raises:
        DamagedError: The file has another length.
    """
    field = "Content-Range" if response.status_code == _PARTIAL else "Content-Length"
    stated = response.headers.get(field, "").rpartition("/")[2]  # `bytes 0-9/1234`, or `1234`
    if size is not None and stated.isdecimal() and stated != str(size):
        raise DamagedError(
            f"GET {url}: the response is of a file with {stated[:20]} bytes, not {size}",
            hint="a proxy may have answered with a page of its own; run the same command again",
        )


class ResponseBody(io.RawIOBase):
    """The bytes of a response as they arrive; after a broken connection, an error is raised.

    Args:
        response: The response.
        skip: Bytes to leave out: a server without ranges sends the file from its start.
    """

    def __init__(self, response: requests.Response, *, skip: int = 0) -> None:
        self._response = response
        while skip and (piece := self.read(min(skip, CHUNK))):
            skip -= len(piece)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read as much as has arrived.

        Raises:
            TryLaterError: The connection broke.
        """
        with _reading(self._response):
            found: bytes = self._response.raw.read(None if size < 0 else size)
            return found


def read_whole(response: requests.Response) -> bytes:
    """Read a response that may be large.

    Raises:
        TryLaterError: The connection broke.
    """
    with _reading(response):
        # `response.content` would hold it in memory twice for a moment.
        found: bytes = response.raw.read(decode_content=True)
        return found


@contextmanager
def _reading(response: requests.Response) -> Iterator[None]:
    try:
        yield
    except CONNECTION_ERRORS as error:
        url = response.url
        raise explain_failure(error, url).error(f"GET {redact_url(url)}") from error
