"""Files on another machine that read like files on this one, whatever the connection does."""

import io
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO

import requests
import urllib3

from ghpypi.core.digest import CHUNK
from ghpypi.stores.github.patience import Endurance, Refusal

BLOCK = 64 * 1024
"""Bytes fetched at once of a file that is read in places."""

BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What a connection that fails raises."""

Fetch = Callable[[Mapping[str, str]], requests.Response]
"""Asks for the file with more headers, and gives an answer below 400."""


class Stream(io.RawIOBase):
    """The body of an answer, that survives broken connections."""

    def __init__(self, what: str, fetch: Fetch, endurance: Endurance) -> None:
        self._what = what
        self._fetch = fetch
        self._endurance = endurance
        self._position = 0
        self._response: requests.Response | None = None

    def open(self) -> None:
        """Connect, where it broke off if it did."""
        self._response = self._fetch(
            {"Range": f"bytes={self._position}-"} if self._position else {}
        )
        if self._position and self._response.status_code != 206:  # noqa: PLR2004
            self._skip(self._position)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            try:
                if self._response is None:
                    self.open()
                piece = self._read(len(buffer))
            except BROKEN as error:
                self._drop()
                self._endurance.bear(Refusal(what=f"{self._what}: {type(error).__name__}"))
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


class Ranges(io.RawIOBase):
    """A remote file as blocks, counted from its end, where archives keep their directory."""

    def __init__(self, what: str, fetch: Fetch, endurance: Endurance, *, size: int) -> None:
        self._what = what
        self._fetch = fetch
        self._endurance = endurance
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self._whole: BinaryIO | None = None

    def open(self) -> None:
        """Fetch the end, where reading begins; if there is nothing, that shows now."""
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
        number = (self._size - 1 - self._position) // BLOCK
        start = max(self._size - (number + 1) * BLOCK, 0)
        end = self._size - number * BLOCK
        block = self._block(number, start, end)
        piece = block[self._position - start :][: len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        if self._whole is not None:
            self._whole.close()
        super().close()

    def _block(self, number: int, start: int, end: int) -> bytes:
        if self._whole is not None:
            self._whole.seek(start)
            return self._whole.read(end - start)
        if number not in self._blocks:
            block = self._range(start, end)
            if block is None:
                return self._block(number, start, end)
            self._blocks[number] = block
        return self._blocks[number]

    def _range(self, start: int, end: int) -> bytes | None:
        """Fetch a range; `None` if the server sent the whole file, which is kept then."""
        while True:
            with self._fetch({"Range": f"bytes={start}-{end - 1}"}) as response:
                try:
                    if response.status_code == 206:  # noqa: PLR2004 - Partial Content
                        block = response.raw.read(end - start)
                        if len(block) == end - start:
                            return bytes(block)
                        raise urllib3.exceptions.ProtocolError("short answer")
                    self._keep(response)
                except BROKEN as error:
                    self._endurance.bear(Refusal(what=f"{self._what}: {type(error).__name__}"))
                else:
                    return None

    def _keep(self, response: requests.Response) -> None:
        with ExitStack() as stack:
            whole = stack.enter_context(tempfile.TemporaryFile())
            while piece := response.raw.read(CHUNK):
                whole.write(piece)
            stack.pop_all()  # It is whole, and closed with us.
        self._whole = whole
