"""Writes the pages of a site, so that readers see whole pages and whole folders."""

import os
import shutil
from contextlib import suppress
from stat import S_ISREG

from ghpypi.core.digest import CHUNK
from ghpypi.core.site.paths import Page
from ghpypi.stores.directory.folder_lock import PART
from ghpypi.stores.directory.links import NO_FOLLOW, Links

_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens a file for reading, on Windows without translating line ends, and elsewhere without waiting
for a writer where a pipe is in place of a page."""


class PageWriter:
    """Writes pages; a new folder appears with all its pages at once.

    Uses `os` functions, because for tens of thousands of folders `Path` costs as much as writing.

    Args:
        root: The folder of the site.
        links: Checks its folders.

    Attributes:
        paths: All pages so far.
        written: How many of them were new or different.
    """

    def __init__(self, root: str, links: Links) -> None:
        self.paths: set[str] = set()
        self.written = 0
        self._root = root
        self._links = links
        self._old: set[str] = set()
        self._staged: dict[str, str] = {}

    def take(self, folder: str, pages: list[Page]) -> None:
        """Write the pages of one folder.

        Raises:
            LinkError: It points outside of the site.
        """
        self._links.check(folder)
        self.paths.update(path for path, _ in pages)
        top, _, below = folder.partition("/")
        if not top:
            self.move_into_place()  # the root pages link to all others
        elif top not in self._old and top not in self._staged:
            self._begin(top)
        if top in self._staged:
            _write_pages(_ensure_folder(f"{self._staged[top]}/{below}"), folder, pages)
            self.written += len(pages)
        elif changed := [x for x in pages if not has_content(f"{self._root}/{x[0]}", x[1])]:
            self._replace(folder, changed)
            self.written += len(changed)

    def move_into_place(self) -> None:
        """Move new folders into place."""
        for top, staged in self._staged.items():
            os.rename(staged, f"{self._root}/{top}")  # noqa: PTH104
        self._old.update(self._staged)
        self._staged.clear()

    def _replace(self, folder: str, pages: list[Page]) -> None:
        """Write the pages of a folder that differ; those of a new folder are all of its pages."""
        place = f"{self._root}/{folder}"
        if os.path.isdir(place):  # noqa: PTH112
            for path, page in pages:
                replace_page(f"{self._root}/{path}", page)
            return
        parent, _, name = place.rpartition("/")
        staged = _empty_folder(f"{_ensure_folder(parent)}/.{name}{PART}")
        _write_pages(staged, folder, pages)
        os.rename(staged, place)  # noqa: PTH104

    def _begin(self, top: str) -> None:
        if os.path.isdir(f"{self._root}/{top}"):  # noqa: PTH112
            self._old.add(top)
        else:
            self._staged[top] = _empty_folder(f"{self._root}/.{top}{PART}")


def _write_pages(place: str, folder: str, pages: list[Page]) -> None:
    for path, page in pages:
        _write(f"{place}{path.removeprefix(folder)}", page)


def _ensure_folder(folder: str) -> str:
    """Create a folder if it does not exist."""
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return folder


def _empty_folder(folder: str) -> str:
    """Create an empty folder; remove leftovers of an interrupted run."""
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        if os.path.islink(folder):  # noqa: PTH114
            os.unlink(folder)  # noqa: PTH108
        else:
            shutil.rmtree(folder)
        os.mkdir(folder)  # noqa: PTH102
    return folder


def folder_of(page: Page) -> str:
    return page[0].rpartition("/")[0]


def has_content(place: str, page: bytes) -> bool:
    """Return whether a file has the content of a page, with as few system calls as possible.

    A symbolic link is not followed, and counts as another content.
    """
    if not NO_FOLLOW and os.path.islink(place):  # noqa: PTH114
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
    with suppress(FileNotFoundError):
        os.unlink(part)  # noqa: PTH108 - of an interrupted run; a link would be written through
    _write(part, page)
    os.replace(part, place)  # noqa: PTH105


def read_file(place: str) -> bytes:
    with open(place, "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def _write(place: str, page: bytes) -> None:
    whole = memoryview(page)
    with open(place, "xb") as file:  # noqa: PTH123 - follows no link
        # Writing a catalog of many megabytes at once takes Linux eight times as long.
        file.writelines(whole[begin : begin + CHUNK] for begin in range(0, len(page), CHUNK))
