"""A gzip stream that expands no more than requested."""

import zlib
from typing import BinaryIO

from ghpypi.core.digest import CHUNK
from ghpypi.core.distribution.contents import InvalidArchiveError, check_expansion
from ghpypi.core.distribution.limits import HEADER_LIMIT
from ghpypi.core.distribution.rules import Rule
from ghpypi.core.quantities import count_of

_PIECE = 64 * 1024
_GZIP = 31
"""A `wbits` value of zlib: expect a gzip header, and verify checksum and size in the trailer."""


class GzipStream:
    """A forward-only stream with the methods that `tarfile` needs to list members.

    Only the first gzip member is read, as by uv; pip would read the following ones.

    Args:
        file: The gzip file, at its start.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(_GZIP)
        self._taken = self._position = 0
        self._headers_left = HEADER_LIMIT
        self._last_header = b""

    def begin_member(self) -> None:
        """Allow the headers of one more member."""
        self._headers_left = HEADER_LIMIT

    def tell(self) -> int:
        """Return the position in the expanded stream."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read headers: exactly `size` bytes, or the rest.

        Raises:
            InvalidArchiveError: The file is damaged or truncated, expands too much, or the headers
                of the member are too large.
        """
        if not 0 <= size <= self._headers_left:
            raise InvalidArchiveError(
                Rule.TOO_LARGE,
                f"a member has more than {count_of(HEADER_LIMIT, 'byte')} of headers",
            )
        self._headers_left -= size
        self._last_header = self.content(size)
        return self._last_header

    def content(self, size: int) -> bytes:
        """Read exactly `size` bytes, or the rest; the caller checks that they fit in memory."""
        found = bytearray()
        while len(found) < size and (piece := self._piece(size - len(found))):
            found += piece
        return bytes(found)

    def seek(self, position: int) -> None:
        """Seek forward, at most to the end."""
        while self._position < position and self._piece(min(position - self._position, CHUNK)):
            pass

    def has_rest(self) -> bool:
        """Read to the end of the file; return whether there are bytes other than zero.

        The last header is part of the rest: `tarfile` stops at one that it cannot read.
        """
        rest = self._last_header
        while not rest.strip(b"\0") and (piece := self._piece(CHUNK)):
            rest = piece
        while self._piece(CHUNK):
            pass  # the trailer is verified at the end
        rest = rest.strip(b"\0") or self._inflate.unused_data
        while not rest.strip(b"\0") and (piece := self._file.read(CHUNK)):
            rest = piece
        return bool(rest.strip(b"\0"))

    def _piece(self, size: int) -> bytes:
        """Expand between one and `size` bytes; empty at the end."""
        while not self._inflate.eof:
            compressed = self._inflate.unconsumed_tail
            if not compressed:
                compressed = self._file.read(_PIECE)
                self._taken += len(compressed)
            try:
                piece = self._inflate.decompress(compressed, size)
            except zlib.error as error:
                raise InvalidArchiveError(Rule.DAMAGED, f"it is damaged ({error})") from error
            self._position += len(piece)
            check_expansion(self._position, self._taken)
            if piece:
                return piece
            if not compressed:
                raise InvalidArchiveError(Rule.DAMAGED, "it is truncated")
        return b""
