"""Writes the pages of a site, so that readers see whole pages and whole folders."""

import os
import shutil
from contextlib import suppress
from stat import S_ISREG

from ghpypi.core.digest import CHUNK
from ghpypi.core.site.tree import Page
from ghpypi.stores.directory.folder_lock import PART
from ghpypi.stores.directory.links import Links


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
            self.written += _write_pages(
                _ensure_folder(f"{self._staged[top]}/{below}"), folder, pages
            )
        elif os.path.isdir(place := f"{self._root}/{folder}"):  # noqa: PTH112
            self.written += sum(replace_page(f"{self._root}/{path}", page) for path, page in pages)
        else:
            parent, _, name = place.rpartition("/")
            staged = _empty_folder(f"{_ensure_folder(parent)}/.{name}{PART}")
            self.written += _write_pages(staged, folder, pages)
            os.rename(staged, place)  # noqa: PTH104

    def move_into_place(self) -> None:
        """Move new folders into place."""
        for top, staged in self._staged.items():
            os.rename(staged, f"{self._root}/{top}")  # noqa: PTH104
        self._old.update(self._staged)
        self._staged.clear()

    def _begin(self, top: str) -> None:
        if os.path.isdir(f"{self._root}/{top}"):  # noqa: PTH112
            self._old.add(top)
        else:
            self._staged[top] = _empty_folder(f"{self._root}/.{top}{PART}")


def _write_pages(place: str, folder: str, pages: list[Page]) -> int:
    for path, page in pages:
        _write(f"{place}{path.removeprefix(folder)}", page)
    return len(pages)


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


def replace_page(place: str, page: bytes) -> bool:
    """Write a page if it differs; return whether it was written."""
    with suppress(FileNotFoundError):
        status = os.lstat(place)  # a symbolic link is replaced, not followed
        if S_ISREG(status.st_mode) and status.st_size == len(page) and read_file(place) == page:
            return False
    folder, _, name = place.rpartition("/")
    part = f"{folder}/.{name}{PART}"
    with suppress(FileNotFoundError):
        os.unlink(part)  # noqa: PTH108 - of an interrupted run; a link would be written through
    _write(part, page)
    os.replace(part, place)  # noqa: PTH105
    return True


def read_file(place: str) -> bytes:
    with open(place, "rb") as file:  # noqa: PTH123
        return file.read()


def _write(place: str, page: bytes) -> None:
    whole = memoryview(page)
    with open(place, "xb") as file:  # noqa: PTH123 - follows no link
        # Writing a catalog of many megabytes at once takes Linux eight times as long.
        file.writelines(whole[begin : begin + CHUNK] for begin in range(0, len(page), CHUNK))
