"""Pages as files."""

import os
import shutil
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain, groupby
from pathlib import Path
from stat import S_ISREG

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.core.config.config import FILES
from ghpypi.core.digest import CHUNK
from ghpypi.core.site.tree import Page
from ghpypi.errors import OccupiedError, OutdatedError
from ghpypi.ports import Comparison, Published, SiteChange
from ghpypi.stores.directory.links import Links
from ghpypi.stores.directory.turns import LOCK, PART, lock

UNFINISHED = ".ghpypi.unfinished"
"""The file that names the new pages of a run while it writes them."""

_OF_THE_STORE = {FILES, ".drafts", ".uploads", LOCK, UNFINISHED}
"""What may be beside the pages in the folder, and is none of them."""


class DirectorySite:
    """Pages as files.

    Args:
        root: The folder; made when the first page is written.
        name: What messages call it; by default its path.
    """

    def __init__(self, root: Path, *, name: str = "") -> None:
        self._root = root
        self._name = name or str(root)
        self._links = self._now = Links(root, self._name)
        self._seen: tuple[object, bytes | None] = (None, None)

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._name

    def catalog(self) -> bytes | None:
        """Read the published catalog.

        Raises:
            LinkError: It is a link that leads out of the folder.
        """
        self._links.check(CATALOG_PATH)
        mark = self._mark()
        try:
            self._seen = mark, (self._root / CATALOG_PATH).read_bytes()
        except FileNotFoundError:
            self._seen = mark, None
        return self._seen[1]

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages; what is behind a link that leads out of the folder is none."""
        found = {}
        for path in paths:
            if self._links.find(path):
                continue
            with suppress(FileNotFoundError, NotADirectoryError):
                found[path] = _read(f"{self._root}/{path}")
        return found

    def paths(self) -> Collection[str]:
        """List every file in the folder, without those of the store that it may be in.

        Folders behind links are not listed.
        """
        found = []
        for folder, names, files in os.walk(self._root):
            below = Path(folder).relative_to(self._root).as_posix()
            prefix = "" if below == "." else f"{below}/"
            if not prefix:
                names[:] = [name for name in names if name not in _OF_THE_STORE]
            names[:] = [name for name in names if not _is_part(name)]
            found += [
                f"{prefix}{name}"
                for name in files
                if not _is_part(name) and (prefix or name not in _OF_THE_STORE)
            ]
        return found

    def compare(self, change: SiteChange) -> Comparison:
        """Find out what publishing a change would do."""
        self._now = self._links.remembering()
        written, occupied, paths = [], dict[str, None](), set()
        owned = _Known(change.owned, self._unfinished())
        for path, page in change.pages():
            paths.add(path)
            there = self._there(path)
            if there == path and self._equals(path, page):
                continue
            written.append(path)
            if there and there not in owned:
                occupied[there] = None
        removed = [x for x in change.removed if x not in paths and self._there(x) == x]
        return Comparison(written=tuple(written), removed=tuple(removed), occupied=tuple(occupied))

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with lock(self._root):
            self._now = self._links.remembering()
            # A large catalog is not read again just to see that nobody wrote another.
            known = self._seen[1] if self._seen[0] == self._mark() else self.catalog()
            if known != base:
                raise OutdatedError(f"{self.name} was changed meanwhile")
            unfinished = self._unfinished()
            self._check_free(change, unfinished)
            added = {path for path in change.added() if path not in unfinished}
            self._begin([*unfinished, *added])
            writing = _Writing(str(self._root), self._now)
            for folder, group in groupby(change.pages(), key=_folder_of):
                writing.take(folder, list(group))
            writing.settle()
            orphans = [path for path in unfinished if path not in change.owned]
            removed = self._remove(
                path for path in chain(change.removed, orphans) if path not in writing.paths
            )
            (self._root / UNFINISHED).unlink(missing_ok=True)
            return Published(written=writing.written, removed=removed)

    def _check_free(self, change: SiteChange, unfinished: Collection[str]) -> None:
        """Refuse to write where files of others are; pages are made only if any might be.

        Raises:
            OccupiedError: There are such files.
        """
        owned = _Known(change.owned, unfinished)
        if any((there := self._there(x)) and there not in owned for x in change.added()):
            occupied = self.compare(change).occupied
            if occupied:
                raise OccupiedError(self.name, occupied)

    def _there(self, path: str) -> str:
        """Find what is at a path: the path itself, a file where its folder has to be, or "".

        Folders in the place of a page end in `/`. A folder that is a link out of the site counts as
        a file.
        """
        if link := self._now.find(path.rpartition("/")[0]):
            return link
        place = f"{self._root}/{path}"
        if os.path.lexists(place):
            return f"{path}/" if os.path.isdir(place) else path  # noqa: PTH112
        while path := path.rpartition("/")[0]:
            place = f"{self._root}/{path}"
            if os.path.lexists(place):
                return "" if os.path.isdir(place) else path  # noqa: PTH112
        return ""

    def _equals(self, path: str, page: bytes) -> bool:
        with suppress(OSError):
            return self.read([path]).get(path) == page
        return False

    def _unfinished(self) -> set[str]:
        """List the new pages of a run that was interrupted: it has written some of them."""
        with suppress(FileNotFoundError):
            self._links.check(UNFINISHED)
            lines = (self._root / UNFINISHED).read_text(encoding="utf-8").splitlines()
            # What it names may be removed, and anybody who writes to the folder can write it.
            return set(filter(is_plain_path, lines))
        return set()

    def _begin(self, paths: Collection[str]) -> None:
        """Note which new pages will be written, so that they are known to be ours at any time."""
        if paths:
            text = "".join(f"{path}\n" for path in paths)
            _replace(f"{self._root}/{UNFINISHED}", text.encode())

    def _mark(self) -> object:
        """Tell one state of the catalog's file from another: each is a file of its own."""
        try:
            status = (self._root / CATALOG_PATH).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            place = self._root / path
            if self._there(path) == path:
                place.unlink()
                removed += 1
            if self._now.find(path.rpartition("/")[0]):
                continue
            if place.parent.is_dir() and not any(place.parent.iterdir()):
                place.parent.rmdir()
        return removed


class _Known:
    """Paths that the catalog accounts for, and those of an interrupted run."""

    def __init__(self, owned: Container[str], unfinished: Collection[str]) -> None:
        self._owned = owned
        self._unfinished = unfinished

    def __contains__(self, path: object) -> bool:
        return path in self._unfinished or path in self._owned


class _Writing:
    """Writes pages; a folder that is new appears with all of its own.

    A large index has tens of thousands of folders, and `Path` costs as much as writing a page.

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
            LinkError: It leads out of the site.
        """
        self._links.check(folder)
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
        if os.path.islink(folder):  # noqa: PTH114
            os.unlink(folder)  # noqa: PTH108
        else:
            shutil.rmtree(folder)
        os.mkdir(folder)  # noqa: PTH102
    return folder


def _is_part(name: str) -> bool:
    """Tell whether something is being written under this name."""
    return name.startswith(".") and name.endswith(PART)


def _folder_of(page: Page) -> str:
    return page[0].rpartition("/")[0]


def _replace(place: str, page: bytes) -> bool:
    """Write a page if it is not there already."""
    with suppress(FileNotFoundError):
        status = os.lstat(place)  # a link is replaced, whatever it leads to
        if S_ISREG(status.st_mode) and status.st_size == len(page) and _read(place) == page:
            return False
    folder, _, name = place.rpartition("/")
    part = f"{folder}/.{name}{PART}"
    with suppress(FileNotFoundError):
        os.unlink(part)  # noqa: PTH108 - of an interrupted run; a link would be written through
    _write(part, page)
    os.replace(part, place)  # noqa: PTH105
    return True


def _read(place: str) -> bytes:
    with open(place, "rb") as file:  # noqa: PTH123
        return file.read()


def _write(place: str, page: bytes) -> None:
    whole = memoryview(page)
    with open(place, "xb") as file:  # noqa: PTH123 - follows no link
        # A catalog of many megabytes takes Linux eight times as long in one piece.
        file.writelines(whole[begin : begin + CHUNK] for begin in range(0, len(page), CHUNK))
