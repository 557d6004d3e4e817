"""Uploads to a release: copied to a temporary folder, then renamed."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ghpypi.core.digest import CHUNK
from ghpypi.core.model import Asset
from ghpypi.core.names import Sha256
from ghpypi.core.release_folders import folder_name
from ghpypi.errors import FailedError
from ghpypi.ports import Advance, NewAsset
from ghpypi.stores.directory.links import Links

ARRIVING_SECONDS = 60.0
"""Time without a write after which an upload in progress counts as abandoned."""


class IncomingFiles:
    """The files that are being copied into a store, and those that never arrived.

    Args:
        root: The folder of the store.
        links: Checks its folders.
    """

    def __init__(self, root: Path, links: Links) -> None:
        self._root = root
        self._folder = root / ".uploads"
        self._links = links

    def new_folder(self) -> Path:
        """Make a folder that no other process uses."""
        self._links.checked(self._folder).mkdir(exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def stage(self, tag: str, asset: NewAsset, advance: Advance) -> Path:
        """Copy a file to where no other process writes; if that fails, an empty one is left.

        Args:
            tag: The tag of the release that it belongs to.
            asset: The file.
            advance: Called with each further number of bytes.

        Raises:
            FailedError: It changed while it was copied.
        """
        part = self.new_folder() / folder_name(tag) / asset.name
        part.parent.mkdir()
        try:
            with asset.open() as source:
                digest = _copy(source, part, advance)
        except BaseException:
            part.write_bytes(b"")
            os.utime(part, (0, 0))
            raise
        if digest != asset.sha256:
            shutil.rmtree(part.parents[1])
            raise FailedError(f"{asset.name} changed while it was copied")
        return part

    def folders(self) -> list[Path]:
        """List the temporary folders, of which each has the files of one release.

        Raises:
            LinkError: They are outside of the store, because of a symbolic link.
        """
        return [Path(entry.path) for entry in entries(self._links.checked(self._folder))]

    def files(self, folder: str, uploads: Iterable[Path] | None = None) -> Iterator[Asset]:
        """List the files on their way into a release, and those that never arrived.

        Args:
            folder: The name of the folder of the release.
            uploads: The temporary folders to search; `None` for all.
        """
        for upload in self.folders() if uploads is None else uploads:
            place = upload / folder
            if self._links.find(place.relative_to(self._root).as_posix()):
                continue
            for part in entries(place):
                with suppress(FileNotFoundError):
                    yield asset_at(self._root, Path(part.path), complete=False)

    def remove_abandoned(self, tag: str, name: str = "") -> None:
        """Remove abandoned uploads of one file or of all."""
        for part in self.files(folder_name(tag)):
            if not part.arriving and name in {"", part.name}:
                shutil.rmtree((self._root / part.key).parents[1], ignore_errors=True)


def asset_at(
    root: Path,
    path: Path,
    *,
    sha256: Sha256 | None = None,
    complete: bool = True,
) -> Asset:
    """Describe the file at a path below the folder of a store."""
    status = path.stat()
    described = describe(path.parent.relative_to(root).as_posix(), path.name, status)
    arriving = not complete and time.time() - status.st_mtime < ARRIVING_SECONDS
    return described._replace(sha256=sha256, complete=complete, arriving=arriving)


def describe(folder: str, name: str, status: os.stat_result) -> Asset:
    """Describe a file of a store.

    Args:
        folder: The path of its folder relative to that of the store, with slashes.
        name: Its name.
        status: What the file system says of it.
    """
    modified = status.st_mtime_ns
    return Asset(folder, name, status.st_size, version=modified, uploaded=modified)


def entries(folder: "Path | str") -> list["os.DirEntry[str]"]:
    """List a folder; one that is not there is empty."""
    try:
        return list(os.scandir(folder))
    except FileNotFoundError:
        return []


def _copy(source: BinaryIO, place: Path, advance: Advance) -> Sha256:
    digest = hashlib.sha256()
    with place.open("wb") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
            advance(len(chunk))
        target.flush()
        os.fsync(target.fileno())
    return Sha256(digest.hexdigest())
