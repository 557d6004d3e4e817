"""Uploaded files in drafts, which the server itself sends to readers until they are published.

GitHub shows drafts only to users with write access. Readers get such a file from a temporary folder
of the server.
"""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.ports import StoreReader

_Place = tuple[str, str, str]
"""A store, a release of it, and the name of a file."""


class PendingFiles:
    """The files that are not published yet."""

    def __init__(self) -> None:
        self._paths: dict[_Place, Path] = {}

    def keep(self, store: str, file: File, folder: Path) -> None:
        """Add a file of a store, and its siblings in the folder."""
        for path in folder.iterdir():
            self._paths[store, file.tag, path.name] = path

    def drop(self, folder: Path) -> None:
        """Remove a file and its siblings, and delete the folder."""
        for place in [place for place, path in self._paths.items() if path.parent == folder]:
            del self._paths[place]
        shutil.rmtree(folder, ignore_errors=True)

    def holds(self, path: Path) -> bool:
        """Return whether a path is one of a pending file."""
        return path in self._paths.values()

    def find(self, store: str, file: File, suffix: str) -> Path | None:
        """Return the path of a pending file, or of its sibling with a suffix."""
        return self._paths.get((store, file.tag, file.filename + suffix))


class PendingFilesReader:
    """A `StoreReader` that adds pending files to a store.

    Args:
        reader: Reads the store.
        pending_files: The pending files of the server.
        store: The name of the store.
    """

    def __init__(self, reader: StoreReader, pending_files: PendingFiles, store: str) -> None:
        self._reader = reader
        self._pending_files = pending_files
        self._store = store

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Return the published catalog; `None` if it is the known one."""
        return self._reader.snapshot(token, known)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Return the permissions of a token for a repository."""
        return self._reader.rights(repository, token)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Return a published page; `None` if it does not exist."""
        return self._reader.page(path, token, known)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return a signed URL; empty for a pending file."""
        return (
            ""
            if self._pending_files.find(self._store, file, suffix)
            else self._reader.link(file, suffix, token)
        )

    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a file, its sibling with a suffix, or a range of it."""
        if path := self._pending_files.find(self._store, file, suffix):
            return _opened(path, part)
        return self._reader.open(file, suffix, token, part)


@contextmanager
def _opened(path: Path, part: Range | None) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        file.seek(part.first if part else 0)
        yield file
