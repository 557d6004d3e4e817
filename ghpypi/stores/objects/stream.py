"""The content of an object as a file, read while it arrives."""

import io
from typing import Any

from ghpypi.stores.objects.faults import object_faults


class ObjectStream(io.RawIOBase):
    """The bytes of an object, in the pieces in which they arrive.

    Args:
        found: The result of a request to obstore.
        name: The bucket and prefix, for messages.
        key: The object, for messages.
    """

    def __init__(self, found: Any, name: str, key: str) -> None:
        self._pieces = iter(found.stream(min_chunk_size=256 * 1024))
        self._left = memoryview(b"")
        self._name, self._key = name, key

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            with object_faults(self._name, f"read {self._key}"):
                piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(bytes(piece))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
