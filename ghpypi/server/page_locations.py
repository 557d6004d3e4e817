"""The addresses of a store's indexes on this server, below the store.

Those that the configuration gives them on the site, and `simple/` and `INDEX/simple/`, which
every store has here whatever its configuration says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.indexes.indexes import MAIN_FOLDER

HATCH_FOLDERS = ("legacy/+simple", "simple/+simple")
"""Where hatch looks for the files of a project before it uploads to `legacy/` or `simple/`."""

_LIST_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the Simple API.

    Attributes:
        index: The name of the index; `MAIN_FOLDER` for the main one.
        name: The project, as it was asked for; empty for a page about all of them.
        depth: How many folders the page is below the store.
        flat: It is the page with all files of the index, for `--find-links`.
        folder: Its address ends in `/`.
    """

    index: str
    name: str = ""
    depth: int = 0
    flat: bool = False
    folder: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of all indexes.

    Attributes:
        folders: Name of the index by folder, without a slash at the end; the root is `""`.
        flat_pages: Name of the index by the path of its page for `--find-links`.
        configured: Some are where the configuration says.
    """

    folders: Mapping[str, str]
    flat_pages: Mapping[str, str]
    configured: bool

    @classmethod
    def of(cls, names: Iterable[str], paths: IndexPaths) -> "Places":
        """Find the places of indexes.

        Args:
            names: The names of the indexes.
            paths: The addresses that they have by configuration; these come first.
        """
        usual, folders, flat = IndexPaths(), dict[str, str](), dict[str, str]()
        for each in (paths, usual):
            for name in names:
                for folder in each.folders(name):
                    folders.setdefault(folder.rstrip("/"), name)
                flat.update(dict.fromkeys(each.flat_pages(name), name))
        folders.update(dict.fromkeys(HATCH_FOLDERS, MAIN_FOLDER))
        return cls(folders=folders, flat_pages=flat, configured=paths != usual)

    def find(self, segments: Sequence[str]) -> Place | None:
        """Find what is at a path below the store."""
        if any("/" in segment for segment in segments):
            return None
        path, depth = "/".join(segments), len(segments)
        if path in self.flat_pages:
            return Place(self.flat_pages[path], depth=depth - 1, flat=True, folder=False)
        listed = "/".join([*segments, _LIST_PAGE])
        if listed in self.flat_pages:
            return Place(self.flat_pages[listed], depth=depth, flat=True)
        if path in self.folders:
            return Place(self.folders[path], depth=depth)
        *parents, name = segments or ("",)
        index = self.folders.get("/".join(parents))
        return None if index is None else Place(index, name, depth)
