"""Files that have been uploaded and wait, unpublished, as readers get them meanwhile.

GitHub shows a draft only to those who may write. Whoever may read gets such a file from this
machine, where it is kept until it is published.
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
    """The files that wait."""

    def __init__(self) -> None:
        self._paths: dict[_Place, Path] = {}

    def keep(self, store: str, file: File, folder: Path) -> None:
        """Keep a file of a store, and all that lies beside it in its folder."""
        for path in folder.iterdir():
            self._paths[store, file.tag, path.name] = path

    def drop(self, folder: Path) -> None:
        """Forget a file and all beside it, and remove their folder."""
        for place in [place for place, path in self._paths.items() if path.parent == folder]:
            del self._paths[place]
        shutil.rmtree(folder, ignore_errors=True)

    def holds(self, path: Path) -> bool:
        """Tell whether a path is one of those kept."""
        return path in self._paths.values()

    def find(self, store: str, file: File, suffix: str) -> Path | None:
        """Find a file of a store, or what lies beside it."""
        return self._paths.get((store, file.tag, file.filename + suffix))


class PendingFilesReader:
    """Knows a store, and the files that wait to be published in it.

    Args:
        reader: Knows the store.
        pending_files: Knows the files.
        store: The name of the store among those of the server.
    """

    def __init__(self, reader: StoreReader, pending_files: PendingFiles, store: str) -> None:
        self._reader = reader
        self._pending_files = pending_files
        self._store = store

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Look what is published."""
        return self._reader.snapshot(token, known)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Say what a token may do with a repository."""
        return self._reader.rights(repository, token)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people."""
        return self._reader.page(path, token, known)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Give an address; what waits has none."""
        return (
            ""
            if self._pending_files.find(self._store, file, suffix)
            else self._reader.link(file, suffix, token)
        )

    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a file, or a part of it."""
        if path := self._pending_files.find(self._store, file, suffix):
            return _opened(path, part)
        return self._reader.open(file, suffix, token, part)


@contextmanager
def _opened(path: Path, part: Range | None) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        file.seek(part.first if part else 0)
        yield file
