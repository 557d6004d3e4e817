"""Pages as files."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from ghpypi.core.catalog import CATALOG_PATH
from ghpypi.core.digest import CHUNK
from ghpypi.core.tree import Page
from ghpypi.errors import OutdatedError
from ghpypi.ports import Published, SiteChange
from ghpypi.stores.directory.turns import PART, lock


class DirectorySite:
    """Pages as files.

    Args:
        root: The folder; made when the first page is written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: tuple[object, bytes | None] = (None, None)

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    def catalog(self) -> bytes | None:
        """Read the published catalog."""
        mark = self._mark()
        try:
            self._seen = mark, (self._root / CATALOG_PATH).read_bytes()
        except FileNotFoundError:
            self._seen = mark, None
        return self._seen[1]

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages."""
        found = {}
        for path in paths:
            with suppress(FileNotFoundError, NotADirectoryError):
                found[path] = _read(f"{self._root}/{path}")
        return found

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with lock(self._root):
            # A large catalog is not read again just to see that nobody wrote another.
            known = self._seen[1] if self._seen[0] == self._mark() else self.catalog()
            if known != base:
                raise OutdatedError(f"{self.name} was changed meanwhile")
            # Listed before anything is written: what is new then is not looked at.
            suspects = [*change.removed, *(self._pages(change.owned) if change.complete else ())]
            writing = _Writing(str(self._root))
            for folder, group in groupby(change.pages(), key=_folder_of):
                writing.take(folder, list(group))
            writing.settle()
            removed = self._remove(path for path in suspects if path not in writing.paths)
            return Published(written=writing.written, removed=removed)

    def _mark(self) -> object:
        """Tell one state of the catalog's file from another: each is a file of its own."""
        try:
            status = (self._root / CATALOG_PATH).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _pages(self, folders: Iterable[str]) -> Iterator[str]:
        """List everything in certain folders."""
        root = str(self._root)
        for top in folders:
            for folder, _, names in os.walk(f"{root}/{top.rstrip('/')}"):
                parent = folder[len(root) + 1 :].replace(os.sep, "/")
                yield from (f"{parent}/{name}" for name in names)

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            place = self._root / path
            if place.exists():
                place.unlink()
                removed += 1
            if place.parent.is_dir() and not any(place.parent.iterdir()):
                place.parent.rmdir()
        return removed


class _Writing:
    """Writes pages; a folder that is new appears with all of its own.

    A large index has tens of thousands of folders, and `Path` costs as much as writing a page.

    Args:
        root: The folder of the site.

    Attributes:
        paths: All pages so far.
        written: How many of them were new or different.
    """

    def __init__(self, root: str) -> None:
        self.paths: set[str] = set()
        self.written = 0
        self._root = root
        self._old: set[str] = set()
        self._staged: dict[str, str] = {}

    def take(self, folder: str, pages: list[Page]) -> None:
        """Write the pages of one folder."""
        self.paths.update(path for path, _ in pages)
        top, _, below = folder.partition("/")
        if not top:
            self.settle()  # the pages of the root link to all others
        elif top not in self._old and top not in self._staged:
            self._begin(top)
        if top in self._staged:
            self.written += _fill(_made(f"{self._staged[top]}/{below}"), folder, pages)
        elif os.path.isdir(place := f"{self._root}/{folder}"):  # noqa: PTH112
            self.written += sum(_replace(f"{self._root}/{path}", page) for path, page in pages)
        else:
            parent, _, name = place.rpartition("/")
            staged = _fresh(f"{_made(parent)}/.{name}{PART}")
            self.written += _fill(staged, folder, pages)
            os.rename(staged, place)  # noqa: PTH104

    def settle(self) -> None:
        """Let what is new appear."""
        for top, staged in self._staged.items():
            os.rename(staged, f"{self._root}/{top}")  # noqa: PTH104
        self._old.update(self._staged)
        self._staged.clear()

    def _begin(self, top: str) -> None:
        if os.path.isdir(f"{self._root}/{top}"):  # noqa: PTH112
            self._old.add(top)
        else:
            self._staged[top] = _fresh(f"{self._root}/.{top}{PART}")


def _fill(place: str, folder: str, pages: list[Page]) -> int:
    for path, page in pages:
        _write(f"{place}{path.removeprefix(folder)}", page)
    return len(pages)


def _made(folder: str) -> str:
    """Make a folder that may be there."""
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
    return folder


def _fresh(folder: str) -> str:
    """Make an empty folder, whatever an interrupted run left in its place."""
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        shutil.rmtree(folder)
        os.mkdir(folder)  # noqa: PTH102
    return folder


def _folder_of(page: Page) -> str:
    return page[0].rpartition("/")[0]


def _replace(place: str, page: bytes) -> bool:
    """Write a page if it is not there already."""
    with suppress(FileNotFoundError):
        if os.stat(place).st_size == len(page) and _read(place) == page:  # noqa: PTH116
            return False
    folder, _, name = place.rpartition("/")
    part = f"{folder}/.{name}{PART}"
    _write(part, page)
    os.replace(part, place)  # noqa: PTH105
    return True


def _read(place: str) -> bytes:
    with open(place, "rb") as file:  # noqa: PTH123
        return file.read()


def _write(place: str, page: bytes) -> None:
    whole = memoryview(page)
    with open(place, "wb") as file:  # noqa: PTH123
        # A catalog of many megabytes takes Linux eight times as long in one piece.
        file.writelines(whole[begin : begin + CHUNK] for begin in range(0, len(page), CHUNK))
