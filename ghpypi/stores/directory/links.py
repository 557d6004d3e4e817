"""Symbolic links in the folder of a store or site: those that lead out of it are not followed.

Whoever may write into a folder could otherwise have its other users publish files that they may
read, or write and delete files that they may write. The folder itself may be behind a link.
"""

import os
from pathlib import Path

from ghpypi.errors import RefusedError


class LinkError(RefusedError):
    """A path leads out of its folder, through a symbolic link.

    Args:
        name: What messages call the folder.
        path: The link, below the folder.
    """

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            f"{path} in {name} is a link that leads out of it, and is not followed",
            hint="put the files themselves there, or the whole folder behind one link",
        )


class Links:
    """Checks paths below a folder.

    Args:
        root: The folder.
        name: What messages call it.
        remember: Look at each part of a path once.
    """

    def __init__(self, root: Path, name: str, *, remember: bool = False) -> None:
        self._root = str(root)
        self._name = name
        self._remember = remember
        self._good: set[str] = set()

    def find(self, path: str) -> str:
        """Find the first part of a path that is a link which leads out; empty if there is none.

        Args:
            path: Below the folder, with slashes; nothing has to be there.
        """
        part = ""
        for each in path.split("/"):
            part = f"{part}/{each}" if part else each
            if part not in self._good:
                if self._leads_out(part):
                    return part
                if self._remember:
                    self._good.add(part)
        return ""

    def remembering(self) -> "Links":
        """Return a copy for one operation on many paths, which looks at each part once."""
        return Links(Path(self._root), self._name, remember=True)

    def check(self, path: str) -> None:
        """Check a path below the folder.

        Raises:
            LinkError: It leads out.
        """
        if found := self.find(path):
            raise LinkError(self._name, found)

    def checked(self, place: Path) -> Path:
        """Check a place below the folder, and return it.

        Raises:
            LinkError: It leads out.
        """
        self.check(place.relative_to(self._root).as_posix())
        return place

    def _leads_out(self, path: str) -> bool:
        place = f"{self._root}/{path}"
        if not _is_link(place):
            return False
        root = os.path.realpath(self._root)
        return os.path.commonpath([root, os.path.realpath(place)]) != root


def _is_link(place: str) -> bool:
    if os.path.islink(place):  # noqa: PTH114 - paths are strings here, because there are so many
        return True
    is_junction = getattr(os.path, "isjunction", None)  # from Python 3.12 on, and on Windows only
    return is_junction is not None and is_junction(place)
