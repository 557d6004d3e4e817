"""Uploads to a release: copied to a temporary folder, then renamed."""

import hashlib
import os
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
from ghpypi.stores.directory.links import Links, may_be_link
from ghpypi.text_files import naming

ARRIVING_SECONDS = 60.0
"""Time without a write after which an upload in progress counts as abandoned."""

ATTEMPTS = 100
"""Maximum number of attempts to make a temporary file while others remove its empty folder."""


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
        self._own: Path | None = None

    def new_folder(self) -> Path:
        """Make a folder that no other process uses."""
        self._links.checked(self._folder).mkdir(exist_ok=True)
        # Only its name is used: since Python 3.12, the path is absolute, and that of the store may
        # be relative.
        return self._folder / Path(tempfile.mkdtemp(dir=self._folder)).name

    def stage(self, tag: str, asset: NewAsset, advance: Advance) -> Path:
        """Copy a file to where no other process writes; if that fails, an empty one is left.

        Args:
            tag: The tag of the release that it belongs to.
            asset: The file.
            advance: Called with each further number of bytes.

        Raises:
            FailedError: It changed while it was copied.
        """
        part, target = self._open(folder_name(tag), asset.name)
        try:
            with naming(part), target, asset.open() as source:
                digest = _copy(source, target, advance)
        except BaseException:
            part.write_bytes(b"")
            os.utime(part, (0, 0))
            raise
        if digest != asset.sha256:
            part.unlink()
            self.remove_empty(folder_name(tag))
            raise FailedError(f"{asset.name} changed while it was copied")
        return part

    def folders(self) -> dict[str, list[Path]]:
        """List the temporary folders of each release, by the name of the folder of the release.

        Raises:
            LinkError: They are outside of the store, because of a symbolic link.
        """
        found: dict[str, list[Path]] = {}
        for upload in entries(self._links.checked(self._folder)):
            if may_be_link(upload) and self._links.find(f"{self._folder.name}/{upload.name}"):
                continue
            with suppress(NotADirectoryError):
                for entry in entries(upload.path):
                    found.setdefault(entry.name, []).append(Path(entry.path))
        return found

    def places(self, folder: str) -> list[Path]:
        """Return where the temporary folders of a release are, if there are any.

        Args:
            folder: The name of the folder of the release.

        Raises:
            LinkError: They are outside of the store, because of a symbolic link.
        """
        uploads = entries(self._links.checked(self._folder))
        return [Path(upload.path) / folder for upload in uploads]

    def files(self, places: Iterable[Path]) -> Iterator[Asset]:
        """List the files on their way into a release, and those that never arrived.

        Args:
            places: The temporary folders of the release.
        """
        for place in places:
            if self._links.find(place.relative_to(self._root).as_posix()):
                continue
            for part in entries(place):
                with suppress(FileNotFoundError):
                    yield asset_at(self._root, Path(part.path), complete=False)

    def remove_abandoned(self, tag: str, name: str = "") -> None:
        """Remove abandoned uploads of one file or of all."""
        for part in self.files(self.places(folder_name(tag))):
            if not part.arriving and name in {"", part.name}:
                with suppress(OSError):
                    (self._root / part.key).unlink()

    def remove_empty(self, folder: str) -> None:
        """Remove the temporary folders of a release that have no files.

        Other threads and processes may be about to use them: they make them again.

        Args:
            folder: The name of the folder of the release.
        """
        for place in self.places(folder):
            with suppress(OSError):  # it has files, or does not exist
                place.rmdir()
                place.parent.rmdir()

    def _open(self, folder: str, name: str) -> tuple[Path, BinaryIO]:
        """Open a new file in the temporary folder that this process has for a release.

        One folder serves all files of a release, because making and removing a folder takes as
        long as writing a small file.
        """
        for left in reversed(range(ATTEMPTS)):
            own = self._own = self._own or self.new_folder()
            place = self._links.checked(own / folder)
            try:
                return place / name, (place / name).open("xb")
            except FileExistsError:
                self._own = None  # another thread uploads a file of this name
            except FileNotFoundError:
                if not left:
                    raise
                try:
                    place.mkdir(exist_ok=True)
                except FileNotFoundError:
                    self._own = None  # another process has removed the empty folder
        raise FailedError(f"{name} is being uploaded to the same release by other threads")


def asset_at(
    root: Path,
    path: Path,
    *,
    sha256: Sha256 | None = None,
    complete: bool = True,
) -> Asset:
    """Describe the file at a path below the folder of a store."""
    status = path.stat()
    return Asset(
        folder=path.parent.relative_to(root).as_posix(),
        name=path.name,
        size=status.st_size,
        version=status.st_mtime_ns,
        uploaded=status.st_mtime_ns,
        sha256=sha256,
        complete=complete,
        arriving=not complete and time.time() - status.st_mtime < ARRIVING_SECONDS,
    )


def entries(folder: "Path | str") -> list["os.DirEntry[str]"]:
    """List a folder; one that is not there is empty."""
    try:
        return list(os.scandir(folder))
    except FileNotFoundError:
        return []


def _copy(source: BinaryIO, target: BinaryIO, advance: Advance) -> Sha256:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        advance(len(chunk))
    target.flush()
    os.fsync(target.fileno())
    return Sha256(digest.hexdigest())
