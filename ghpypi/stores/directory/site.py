"""A site whose pages are files in a folder."""

import os
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import chain, groupby
from pathlib import Path

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.site import FILES
from ghpypi.errors import OccupiedError, OutdatedError, UsageError
from ghpypi.ports import Comparison, EarlierState, Published, SiteChange, SiteLimits
from ghpypi.stores.directory.file_copies import copy_all, is_published
from ghpypi.stores.directory.folder_lock import LOCK, PART, lock
from ghpypi.stores.directory.links import Links
from ghpypi.stores.directory.page_writer import (
    PageWriter,
    folder_of,
    has_content,
    read_file,
    replace_page,
)
from ghpypi.stores.directory.site_folders import Instead, SiteFolders
from ghpypi.text_files import file_state

UNFINISHED = ".ghpypi.unfinished"
"""The file that names the new pages of a run while it writes them."""

_OF_THE_STORE = {FILES, ".drafts", ".uploads", LOCK, UNFINISHED}
"""Entries of the folder that belong to the store, not to the site."""


class DirectorySite:
    """A `Site` in a folder.

    Args:
        root: The folder; created when the first page is written.
        name: The name in messages; by default the path.
    """

    def __init__(self, root: Path, *, name: str = "") -> None:
        self._root = root
        self._name = name or str(root)
        self._links = Links(root, self._name)
        self._folders = SiteFolders(root, self._name)
        self._seen: tuple[str, bytes | None] = ("", None)

    @property
    def name(self) -> str:
        """The name in messages."""
        return self._name

    @property
    def limits(self) -> SiteLimits:
        """Return no limits."""
        return SiteLimits()

    @property
    def reads_cheaply(self) -> bool:
        """Pages are files of this machine."""
        return True

    def catalog(self) -> bytes | None:
        """Read the published catalog.

        Raises:
            LinkError: It is a symbolic link to a path outside of the folder.
        """
        self._links.check(CATALOG_PATH)
        mark = self.mark()
        try:
            self._seen = mark, (self._root / CATALOG_PATH).read_bytes()
        except FileNotFoundError:
            self._seen = mark, None
        return self._seen[1]

    def mark(self) -> str:
        """Return the state of the file of the catalog, which changes whenever it is replaced."""
        return file_state(self._root / CATALOG_PATH)

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages, except for symbolic links to paths outside of the folder."""
        found = {}
        for path in paths:
            if self._links.find(path):
                continue
            with suppress(FileNotFoundError, NotADirectoryError):
                found[path] = read_file(f"{self._root}/{path}")
        return found

    def paths(self) -> Collection[str]:
        """List all files in the folder, except for those of the store.

        Symbolic links to folders are not followed.
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

    def foreign_changes(self) -> tuple[str, ...]:
        """There is no record of who changed a file: `ghpypi index --check` compares all of them."""
        return ()

    def earlier(self, revision: str) -> AbstractContextManager[EarlierState]:
        """There is no history.

        Raises:
            UsageError: Always.
        """
        del revision
        raise UsageError(f"{self.name} has no history: only the branch of a repository has one")

    def compare(self, change: SiteChange) -> Comparison:
        """Return what publishing a change would do."""
        self._folders = SiteFolders(self._root, self._name)
        written, occupied, paths = [], dict[str, None](), set()
        owned = _Known(change.owned, self._unfinished())
        for file in change.files():
            paths.add(file.path)
            if not is_published(str(self._root), file):
                written.append(file.path)
        for path, page in change.pages():
            paths.add(path)
            if self._has(path, page):
                continue
            written.append(path)
            if (there := self._existing(path)) and there not in owned:
                occupied[there] = None
        removed = [x for x in change.removed if x not in paths and self._existing(x) == x]
        return Comparison(written=tuple(written), removed=tuple(removed), occupied=tuple(occupied))

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with lock(self._root):
            self._folders = SiteFolders(self._root, self._name)
            # Avoid reading a large catalog again just to see that it has not changed.
            known = self._seen[1] if self._seen[0] == self.mark() else self.catalog()
            if known != base:
                raise OutdatedError(f"{self.name} was changed by another process")
            unfinished = self._unfinished()
            added = {*change.added()}
            self._check_free(change, added, unfinished)
            self._begin({*unfinished, *added})
            files = copy_all(str(self._root), change.files(), self._links.remembering())
            if files:  # with new folders
                self._folders = SiteFolders(self._root, self._name)
            writing = PageWriter(str(self._root), self._folders)
            for folder, group in groupby(change.pages(), key=folder_of):
                writing.take(folder, list(group))
            writing.move_into_place()
            orphans = [path for path in unfinished if path not in change.owned]
            removed = self._remove(
                path for path in chain(change.removed, orphans) if path not in writing.paths
            )
            (self._root / UNFINISHED).unlink(missing_ok=True)
            return Published(written=writing.written, removed=removed, files=files)

    def _check_free(
        self, change: SiteChange, added: Iterable[str], unfinished: Collection[str]
    ) -> None:
        """Check for conflicting files; pages are rendered only if there may be any.

        Raises:
            OccupiedError: Files that ghpypi did not write conflict with pages.
        """
        owned = _Known(change.owned, unfinished)
        if any((there := self._existing(x)) and there not in owned for x in added):
            occupied = self.compare(change).occupied
            if occupied:
                raise OccupiedError(self.name, occupied)

    def _existing(self, path: str) -> str:
        """Return what exists at a path: the path itself, a file in place of a parent, or "".

        A folder in place of a page ends in `/`. A symbolic link to a folder outside of the site
        counts as a file.
        """
        if barrier := self._folders.barrier(path.rpartition("/")[0]):
            return "" if barrier.kind is Instead.NOTHING else barrier.path
        place = f"{self._root}/{path}"
        if not os.path.lexists(place):
            return ""
        return f"{path}/" if os.path.isdir(place) else path

    def _has(self, path: str, page: bytes) -> bool:
        """Return whether a page is published already."""
        if self._folders.barrier(path.rpartition("/")[0]):
            return False
        return has_content(f"{self._root}/{path}", page)

    def _unfinished(self) -> set[str]:
        """Return the new pages of an interrupted run, some of which it has written."""
        with suppress(FileNotFoundError):
            self._links.check(UNFINISHED)
            lines = (self._root / UNFINISHED).read_text(encoding="utf-8").splitlines()
            # Its paths may be removed, and any user with write access can write it.
            return set(filter(is_plain_path, lines))
        return set()

    def _begin(self, paths: Collection[str]) -> None:
        """Record the new pages before they are written, so that a later run can replace them."""
        if paths:
            text = "".join(f"{path}\n" for path in paths)
            replace_page(f"{self._root}/{UNFINISHED}", text.encode())

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            place = self._root / path
            if self._existing(path) == path:
                place.unlink()
                removed += 1
            if self._folders.barrier(path.rpartition("/")[0]):
                continue
            for folder in place.parents:
                if folder == self._root or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()
        return removed


class _Known:
    """The paths of the published catalog and of an interrupted run."""

    def __init__(self, owned: Container[str], unfinished: Collection[str]) -> None:
        self._owned = owned
        self._unfinished = unfinished

    def __contains__(self, path: object) -> bool:
        return path in self._unfinished or path in self._owned


def _is_part(name: str) -> bool:
    """Return whether a name is that of a temporary file or folder."""
    return name.startswith(".") and name.endswith(PART)
