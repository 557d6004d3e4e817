"""What is at the paths of the folders of a site, looked up once for all pages of an operation."""

import os
from enum import Enum, auto
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple

from ghpypi.stores.directory.links import LinkError, Links, is_link


class Instead(Enum):
    """What is at a path where a page needs a folder."""

    NOTHING = auto()
    FILE = auto()
    LINK_OUT = auto()
    """A symbolic link to a path outside of the site."""


class Barrier(NamedTuple):
    """The first component of a path that is not a folder of the site.

    Attributes:
        path: Its path relative to the root of the site.
        kind: What it is.
    """

    path: str
    kind: Instead


class SiteFolders:
    """Looks up which folders of a site exist, for one operation that holds its lock.

    Most folders have several pages, and most new ones are in another new one, below which nothing
    has to be looked up.

    Args:
        root: The folder of the site.
        name: Its name in messages.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root = str(root)
        self._name = name
        self._links = Links(root, name)
        self._folders = {""}
        self._barriers: dict[str, Barrier] = {}

    def barrier(self, folder: str) -> Barrier | None:
        """Return what is in the way of a folder; `None` if the folder exists.

        Args:
            folder: The path relative to the root, with slashes; empty for the root.
        """
        if folder in self._folders:
            return None
        part = ""
        for each in folder.split("/"):
            part = f"{part}/{each}" if part else each
            if part in self._folders:
                continue
            if found := self._barriers.get(part) or self._look(part):
                return found
        return None

    def missing(self, folder: str) -> str:
        """Return the first component of a path that does not exist; empty if the folder exists.

        Args:
            folder: The path relative to the root, with slashes.

        Raises:
            LinkError: It points outside of the site.
        """
        barrier = self.barrier(folder)
        if barrier and barrier.kind is Instead.LINK_OUT:
            raise LinkError(self._name, barrier.path)
        return barrier.path if barrier and barrier.kind is Instead.NOTHING else ""

    def created(self, folder: str) -> None:
        """Note that a folder exists now."""
        self._barriers.pop(folder, None)
        self._folders.add(folder)

    def _look(self, part: str) -> Barrier | None:
        kind = self._instead(f"{self._root}/{part}")
        if kind is None:
            self._folders.add(part)
            return None
        return self._barriers.setdefault(part, Barrier(part, kind))

    def _instead(self, place: str) -> Instead | None:
        try:
            status = os.lstat(place)  # paths are strings here, because there are so many
        except (OSError, ValueError):
            return Instead.NOTHING
        if S_ISDIR(status.st_mode) and not is_link(status):
            return None
        if is_link(status) and self._links.leads_out(place):
            return Instead.LINK_OUT
        return None if os.path.isdir(place) else Instead.FILE
