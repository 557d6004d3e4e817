"""Where uploaded bytes are kept: small ones in memory, the rest in files."""

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.wire import FilePart

_IN_MEMORY = 1 << 16


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of one asset."""

    size: int
    sha256: str
    content: bytes | None
    path: Path | None

    def read(self) -> bytes:
        """All bytes."""
        if self.path is None:
            return self.content or b""
        return self.path.read_bytes()

    def part(self, start: int, length: int) -> bytes | FilePart:
        """A stretch of it as the body of an answer."""
        if self.path is None:
            return (self.content or b"")[start : start + length]
        return FilePart(self.path, start, length)


EMPTY = Blob(0, hashlib.sha256().hexdigest(), b"", None)


class BlobStore:
    """Takes streams of bytes into a folder with bounded memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._numbers = itertools.count(1)

    def keep(self, chunks: Iterable[bytes]) -> Blob:
        """Read the stream to its end and keep it."""
        digest = hashlib.sha256()
        held: list[bytes] = []
        size = 0
        stream = iter(chunks)
        for chunk in stream:
            held.append(chunk)
            digest.update(chunk)
            size += len(chunk)
            if size > _IN_MEMORY:
                return self._spill(b"".join(held), stream)
        return Blob(size, digest.hexdigest(), b"".join(held), None)

    def _spill(self, start: bytes, rest: Iterable[bytes]) -> Blob:
        path = self._folder / str(next(self._numbers))
        digest = hashlib.sha256(start)
        size = len(start)
        try:
            with path.open("wb") as file:
                file.write(start)
                for chunk in rest:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        except BaseException:
            path.unlink()
            raise
        return Blob(size, digest.hexdigest(), None, path)

    def drop(self, blob: Blob) -> None:
        """Give the space back."""
        if blob.path is not None:
            blob.path.unlink(missing_ok=True)
