"""Protection against symbolic links in a store or site that point outside of its folder.

Otherwise a user with write access to the folder could make other users publish, overwrite or delete
their own files. The folder itself may be a symbolic link.
"""

import io
import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISLNK
from typing import BinaryIO

from ghpypi.errors import RefusedError
from ghpypi.text_files import read_folder

_JUNCTION = 0xA0000003
"""The reparse tag of a junction (`IO_REPARSE_TAG_MOUNT_POINT`), a link of Windows between folders
that is not a symbolic link. The module `stat` has it on Windows only."""

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""The flag to open a file only if it is not a symbolic link; Windows has none."""

BUFFER = io.DEFAULT_BUFFER_SIZE
"""Size of the buffer of an open file. It is explicit because Python asks otherwise, with a system
call for each file, whether it is a terminal."""


class LinkError(RefusedError):
    """A symbolic link points outside of its folder.

    Args:
        name: The name of the folder in messages.
        path: The path of the link, relative to the folder.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{path} in {name} is a symbolic link to a path outside of it, and is not followed",
            hint="replace the link with the files, or make the whole folder a link",
        )


class Links:
    """Checks paths below a folder for symbolic links that point outside of it.

    Args:
        root: The folder.
        name: The name of the folder in messages.
        remember: Cache the result for each path component.
    """

    def __init__(self, root: Path, name: str, *, remember: bool = False) -> None:
        self._root = str(root)
        self._name = name
        self._remember = remember
        self._good: set[str] = set()

    def find(self, path: str) -> str:
        """Return the first component of a path that points outside; empty if there is none.

        Args:
            path: The path relative to the folder, with slashes; it may not exist.
        """
        part = ""
        for each in path.split("/"):
            part = f"{part}/{each}" if part else each
            if part not in self._good:
                if _is_link_at(place := f"{self._root}/{part}") and self.leads_out(place):
                    return part
                if self._remember:
                    self._good.add(part)
        return ""

    def remembering(self) -> "Links":
        """Return a copy with a cache, for one operation on many paths."""
        return Links(Path(self._root), self._name, remember=True)

    def check(self, path: str) -> None:
        """Check a path relative to the folder.

        Raises:
            LinkError: It points outside of the folder.
        """
        if found := self.find(path):
            raise LinkError(self._name, found)

    def checked(self, place: Path) -> Path:
        """Check an absolute path below the folder, and return it.

        Raises:
            LinkError: It points outside of the folder.
        """
        self.check(place.relative_to(self._root).as_posix())
        return place

    def open(self, path: str) -> BinaryIO:
        """Open a file relative to the folder, for reading.

        Raises:
            LinkError: It is outside of the folder.
            OSError: It cannot be opened.
        """
        # Of a file that is no link, only the folders are looked at: one system call less for each
        # file of an index run, and no link can take its place before it is opened.
        self.check(path.rpartition("/")[0] if NO_FOLLOW else path)
        place = f"{self._root}/{path}"
        with suppress(OSError):
            return open(place, "rb", BUFFER, opener=_open_no_link)
        self.check(path)
        return open(place, "rb", BUFFER)

    def leads_out(self, place: str) -> bool:
        """Return whether a symbolic link points outside of the folder.

        Args:
            place: Its path, beginning with that of the folder.
        """
        root = os.path.realpath(self._root)
        return os.path.commonpath([root, os.path.realpath(place)]) != root


def is_link(status: os.stat_result) -> bool:
    """Return whether a path whose `lstat` this is, is a symbolic link or a junction."""
    return S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def _is_link_at(place: str) -> bool:
    try:
        return is_link(os.lstat(place))  # paths are strings here, because there are so many
    except (OSError, ValueError):
        return False


def read_linked_folder(
    root: Path, folder: str, suffixes: tuple[str, ...]
) -> dict[str, bytes] | None:
    """Read the files of a folder below a root, by name; `None` if it does not exist.

    Raises:
        LinkError: The folder or a file is a symbolic link to a path outside of the root.
    """
    place, links = root / folder, Links(root, str(root))
    links.checked(place)
    found = read_folder(place, suffixes)
    for name in found or ():
        links.checked(place / name)
    return found


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | NO_FOLLOW)


def may_be_link(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry of a folder is a symbolic link or a junction, without I/O."""
    # `is_junction` exists from Python 3.12 on; before, `os.path.isjunction` does not either.
    is_junction = getattr(entry, "is_junction", None)
    return entry.is_symlink() or (is_junction is not None and is_junction())
