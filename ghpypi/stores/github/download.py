"""Remote files as file objects: a stream that resumes after an interruption, and a plain body."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from ghpypi.connection_errors import CONNECTION_ERRORS, explain_failure
from ghpypi.core.digest import CHUNK
from ghpypi.core.quantities import count_of, number
from ghpypi.errors import DamagedError
from ghpypi.stores.github.api_messages import redact_url
from ghpypi.stores.github.retry import Retry

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
            hint="a proxy may have sent a page of its own; run the same command again",
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
