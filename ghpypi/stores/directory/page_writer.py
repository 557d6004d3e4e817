"""Writes the pages of a site, so that readers see whole pages and whole folders."""

import os
import shutil
from stat import S_ISREG

from ghpypi.core.digest import CHUNK
from ghpypi.core.site.paths import Page
from ghpypi.stores.directory.folder_lock import PART
from ghpypi.stores.directory.links import NO_FOLLOW
from ghpypi.stores.directory.site_folders import SiteFolders

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens a file for reading, on Windows without translating line ends, and elsewhere without waiting
for a writer where a pipe is in place of a page."""


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
"""Opens a new file for writing, on Windows without translating line ends."""

_MODE = 0o666
"""The permissions of a new file, without those that the process denies (umask)."""


class PageWriter:
    """Writes pages; a new folder appears with all its pages at once.

    Uses `os` functions, because for tens of thousands of folders `Path` costs as much as writing.

    Args:
        root: The folder of the site.
        folders: Which of its folders exist.

    Attributes:
        paths: All pages so far.
        written: How many of them were new or different.
    """

    def __init__(self, root: str, folders: SiteFolders) -> None:
        self.paths: set[str] = set()
        self.written = 0
        self._root = root
        self._folders = folders
        self._staged: dict[str, str] = {}

    def take(self, folder: str, pages: list[Page]) -> None:
        """Write the pages of one folder.

        Raises:
            LinkError: It points outside of the site.
        """
        self.paths.update(path for path, _ in pages)
        if not folder:
            self.move_into_place()  # the root pages link to all others
        if new := self._folders.missing(folder):
            place = self._new_folder(new) + folder.removeprefix(new)
            if folder != new:
                _ensure_folder(place)
            for path, page in pages:
                _write(place + path.removeprefix(folder), page)
            self.written += len(pages)
            return
        for path, page in pages:
            if not has_content(f"{self._root}/{path}", page):
                replace_page(f"{self._root}/{path}", page)
                self.written += 1

    def move_into_place(self) -> None:
        """Move new folders into place."""
        for new in [*self._staged]:
            self._move(new)

    def _new_folder(self, new: str) -> str:
        """Return where the pages of a new folder are until all of them are written.

        Folders at the root are moved into place together. Of others, such as those of projects,
        there are many, and they are complete when a page of another folder follows.
        """
        if staged := self._staged.get(new):
            return staged
        for other in [each for each in self._staged if "/" in each]:
            self._move(other)
        parent, _, name = f"{self._root}/{new}".rpartition("/")
        return self._staged.setdefault(new, _empty_folder(f"{parent}/.{name}{PART}"))

    def _move(self, new: str) -> None:
        os.rename(self._staged.pop(new), f"{self._root}/{new}")
        self._folders.created(new)


def _ensure_folder(folder: str) -> None:
    """Create a folder if it does not exist."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)


def _empty_folder(folder: str) -> str:
    """Create an empty folder; remove leftovers of an interrupted run."""
    try:
        os.mkdir(folder)
    except FileExistsError:
        if os.path.islink(folder):
            os.unlink(folder)
        else:
            shutil.rmtree(folder)
        os.mkdir(folder)
    return folder


def folder_of(page: Page) -> str:
    return page[0].rpartition("/")[0]


def has_content(place: str, page: bytes) -> bool:
    """Return whether a file has the content of a page, with as few system calls as possible.

    A symbolic link is not followed, and counts as another content.
    """
    if not NO_FOLLOW and os.path.islink(place):
        return False
    try:
        file = os.open(place, _READ | NO_FOLLOW)
    except OSError:
        return False
    try:
        if os.read(file, len(page) + 1) != page:
            return False
        # A pipe reads like an empty file.
        return bool(page) or S_ISREG(os.fstat(file).st_mode)
    except OSError:  # a folder
        return False
    finally:
        os.close(file)


def replace_page(place: str, page: bytes) -> None:
    """Write a page in place of a file or symbolic link, which readers see until it is whole."""
    folder, _, name = place.rpartition("/")
    part = f"{folder}/.{name}{PART}"
    try:
        _write(part, page)
    except FileExistsError:  # of an interrupted run; a link would be written through
        os.unlink(part)
        _write(part, page)
    os.replace(part, place)


def read_file(place: str) -> bytes:
    with open(place, "rb", buffering=0) as file:
        return file.read()


def _write(place: str, page: bytes) -> None:
    """Write a new file, with as few system calls as possible; no link is followed."""
    file = os.open(place, _WRITE, _MODE)
    try:
        # Writing a catalog of many megabytes at once takes Linux eight times as long.
        for begin in range(0, len(page), CHUNK):
            _write_all(file, page[begin : begin + CHUNK])
    except OSError as error:
        error.filename = place  # errors of a file descriptor, such as of a full disk, have none
        raise
    finally:
        os.close(file)


def _write_all(file: int, content: bytes) -> None:
    """Write bytes, of which a disk that is nearly full takes a part without an error."""
    while content:
        content = content[os.write(file, content) :]
