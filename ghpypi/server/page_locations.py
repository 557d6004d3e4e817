"""The URL paths of the pages of a store's indexes on this server, relative to the store.

These are the paths that the configuration sets for the site, and always `simple/` and
`INDEX/simple/` as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.indexes.indexes import MAIN_FOLDER

HATCH_FOLDERS = ("legacy/+simple", "simple/+simple")
"""Where hatch reads the files of a project before it uploads to `legacy/` or `simple/`."""

_LIST_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class PageLocation:
    """The location of a page of the Simple API.

    Attributes:
        index: The name of the index; `MAIN_FOLDER` for the main one.
        name: The project, as spelled in the request; empty for the project list.
        depth: The number of folders between the store and the page.
        flat: Whether it is the page with all files of the index, for `--find-links`.
        folder: Whether its URL ends in `/`.
    """

    index: str
    name: str = ""
    depth: int = 0
    flat: bool = False
    folder: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLocations:
    """The locations of the pages of all indexes.

    Attributes:
        folders: Name of the index by folder, without a slash at the end; the root is `""`.
        flat_pages: Name of the index by the path of its page for `--find-links`.
        configured: Whether the configuration sets any of these paths.
    """

    folders: Mapping[str, str]
    flat_pages: Mapping[str, str]
    configured: bool

    @classmethod
    def of(cls, names: Iterable[str], paths: IndexPaths) -> "PageLocations":
        """Return the locations of indexes.

        Args:
            names: The names of the indexes.
            paths: The paths in the configuration; these take precedence over the default ones.
        """
        default, folders, flat = IndexPaths(), dict[str, str](), dict[str, str]()
        for each in (paths, default):
            for name in names:
                for folder in each.folders(name):
                    folders.setdefault(folder.rstrip("/"), name)
                flat.update(dict.fromkeys(each.flat_pages(name), name))
        folders.update(dict.fromkeys(HATCH_FOLDERS, MAIN_FOLDER))
        return cls(folders=folders, flat_pages=flat, configured=paths != default)

    def find(self, segments: Sequence[str]) -> PageLocation | None:
        """Return the page at a path relative to the store; `None` if there is none."""
        if any("/" in segment for segment in segments):
            return None
        path, depth = "/".join(segments), len(segments)
        if path in self.flat_pages:
            return PageLocation(self.flat_pages[path], depth=depth - 1, flat=True, folder=False)
        listed = "/".join([*segments, _LIST_PAGE])
        if listed in self.flat_pages:
            return PageLocation(self.flat_pages[listed], depth=depth, flat=True)
        if path in self.folders:
            return PageLocation(self.folders[path], depth=depth)
        *parents, name = segments or ("",)
        index = self.folders.get("/".join(parents))
        return None if index is None else PageLocation(index, name, depth)
