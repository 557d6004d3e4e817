"""A remote file that is read in blocks, each requested once."""

import io
from typing import Any, BinaryIO

BLOCK = 64 * 1024
"""Size of the blocks of a file that is read by ranges, in bytes."""

MARGIN = 2
"""Blocks before a part of the end that are always requested with it."""


class BlockReader(io.RawIOBase):
    """A file of which ranges are requested when they are read.

    Adjacent blocks are requested together. Blocks are counted from the end of the file, where a zip
    archive has its end record and the central directory, or a part of it. A request for what
    precedes the known end, such as the rest of the directory, also asks for as many bytes before
    it: there a wheel has METADATA and RECORD (PEP 427 recommends to put them last), and RECORD
    grows with the directory. So two requests read the metadata of a wheel of any size.

    Args:
        size: The size of the file in bytes.
        whole: The whole file, if it is known already.
    """

    def __init__(self, size: int, whole: BinaryIO | None = None) -> None:
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}
        self._whole = whole

    def request(self, start: int, end: int) -> bytes | None:
        """Request a range.

        Args:
            start: The position of its first byte.
            end: The position after its last byte.

        Returns:
            The range; `None` if the whole file was received instead, and given to `keep`.
        """
        raise NotImplementedError

    def keep(self, whole: BinaryIO) -> None:
        """Read from a copy of the whole file from now on; it is closed with this object."""
        self._whole = whole

    def know_end(self, content: bytes) -> None:
        """Take blocks from the last bytes of the file, which were received already."""
        number = 0
        while content:
            begin = max(len(content) - BLOCK, 0)
            if len(content) < BLOCK and len(content) < self._size - number * BLOCK:
                return  # a part of a block
            self._blocks[number] = content[begin:]
            content = content[:begin]
            number += 1

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
        content = self.request(start, stop)
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
