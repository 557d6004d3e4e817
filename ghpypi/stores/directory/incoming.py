"""Uploads to a release: copied to a temporary folder, then renamed."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import BinaryIO

from ghpypi.core.digest import CHUNK
from ghpypi.core.model import Asset
from ghpypi.core.names import Sha256
from ghpypi.core.release_folders import folder_name
from ghpypi.errors import FailedError
from ghpypi.ports import Advance, NewAsset
from ghpypi.stores.directory.links import BUFFER, Links, may_be_link
from ghpypi.text_files import naming

UPLOADS = ".uploads"
"""The folder of the temporary folders of all uploads in a store."""

ARRIVING_SECONDS = 60.0
"""Time without a write after which an upload in progress counts as abandoned."""

ATTEMPTS = 100
"""Maximum number of attempts to make a temporary file while others remove its empty folder."""


class IncomingFiles:
    """The files that are being copied into a store, and those that never arrived.

    Paths are strings, and relative to the store, because an upload may have thousands of files.

    Args:
        root: The folder of the store.
        links: Checks its folders.
    """

    def __init__(self, root: Path, links: Links) -> None:
        self._root = str(root)
        self._links = links
        self._own = ""

    def new_folder(self) -> str:
        """Make a folder that no other process uses."""
        self._links.check(UPLOADS)
        folder = f"{self._root}/{UPLOADS}"
        os.makedirs(folder, exist_ok=True)
        # Only its name is used: since Python 3.12, the path is absolute, and that of the store may
        # be relative.
        return f"{UPLOADS}/{PurePath(tempfile.mkdtemp(dir=folder)).name}"

    def stage(self, tag: str, asset: NewAsset, advance: Advance) -> str:
        """Copy a file to where no other process writes; if that fails, an empty one is left.

        Args:
            tag: The tag of the release that it belongs to.
            asset: The file.
            advance: Called with each further number of bytes.

        Raises:
            FailedError: It changed while it was copied.
        """
        folder = folder_name(tag)
        part, target = self._open(folder, asset.name)
        place = f"{self._root}/{part}"
        try:
            with naming(place), target, asset.open() as source:
                digest = _copy(source, target, advance)
        except BaseException:
            Path(place).write_bytes(b"")
            os.utime(place, (0, 0))
            raise
        if digest != asset.sha256:
            os.unlink(place)
            self.remove_empty(folder)
            raise FailedError(f"{asset.name} changed while it was copied")
        return part

    def folders(self) -> dict[str, list[str]]:
        """List the temporary folders of each release, by the name of the folder of the release.

        Raises:
            LinkError: They are outside of the store, because of a symbolic link.
        """
        found: dict[str, list[str]] = {}
        for upload in self._uploads():
            place = f"{UPLOADS}/{upload.name}"
            if may_be_link(upload) and self._links.find(place):
                continue
            for entry in entries(upload.path):
                found.setdefault(entry.name, []).append(f"{place}/{entry.name}")
        return found

    def places(self, folder: str) -> list[str]:
        """Return where the temporary folders of a release are, if there are any.

        Args:
            folder: The name of the folder of the release.

        Raises:
            LinkError: They are outside of the store, because of a symbolic link.
        """
        return [f"{UPLOADS}/{upload.name}/{folder}" for upload in self._uploads()]

    def files(self, places: Iterable[str], name: str = "") -> Iterator[Asset]:
        """List the files on their way into a release, and those that never arrived.

        Args:
            places: The temporary folders of the release.
            name: The name of the only file to look for; empty for all.
        """
        for place in places:
            names = [name] if name else [each.name for each in entries(f"{self._root}/{place}")]
            for each in names:
                with suppress(FileNotFoundError, NotADirectoryError):
                    part = asset_at(self._root, place, each, complete=False)
                    if not self._links.find(place):
                        yield part

    def remove_abandoned(self, tag: str, name: str = "") -> None:
        """Remove abandoned uploads of one file or of all."""
        for part in self.files(self.places(folder_name(tag)), name):
            if not part.arriving:
                with suppress(OSError):
                    os.unlink(f"{self._root}/{part.key}")

    def remove_empty(self, folder: str) -> None:
        """Remove the temporary folders of a release that have no files.

        Other threads and processes may be about to use them: they make them again.

        Args:
            folder: The name of the folder of the release.
        """
        for place in self.places(folder):
            with suppress(OSError):  # it has files, or does not exist
                os.rmdir(f"{self._root}/{place}")
                os.rmdir(f"{self._root}/{os.path.dirname(place)}")

    def _uploads(self) -> list["os.DirEntry[str]"]:
        self._links.check(UPLOADS)
        return entries(f"{self._root}/{UPLOADS}")

    def _open(self, folder: str, name: str) -> tuple[str, BinaryIO]:
        """Open a new file in the temporary folder that this process has for a release.

        One folder serves all files of a release, because making and removing a folder takes as
        long as writing a small file.
        """
        for left in reversed(range(ATTEMPTS)):
            own = self._own = self._own or self.new_folder()
            place = f"{own}/{folder}"
            self._links.check(place)
            path = f"{self._root}/{place}"
            try:
                return f"{place}/{name}", open(f"{path}/{name}", "xb", BUFFER)
            except FileExistsError:
                self._own = ""  # another thread uploads a file of this name
            except FileNotFoundError:
                if not left:
                    raise
                try:
                    os.mkdir(path)
                except FileExistsError:
                    pass  # another thread has made it
                except FileNotFoundError:
                    self._own = ""  # another process has removed the empty folder
        raise FailedError(f"{name} is being uploaded to the same release by other threads")


def asset_at(
    root: str, folder: str, name: str, *, sha256: Sha256 | None = None, complete: bool = True
) -> Asset:
    """Describe the file in a folder below the folder of a store."""
    status = os.stat(f"{root}/{folder}/{name}")
    return Asset(
        folder=folder,
        name=name,
        size=status.st_size,
        version=status.st_mtime_ns,
        uploaded=status.st_mtime_ns,
        sha256=sha256,
        complete=complete,
        arriving=not complete and time.time() - status.st_mtime < ARRIVING_SECONDS,
    )


def entries(folder: "Path | str") -> list["os.DirEntry[str]"]:
    """List a folder; one that is not there is empty, and so is a file in its place."""
    try:
        return list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
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
