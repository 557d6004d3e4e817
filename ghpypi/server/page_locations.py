"""The URL paths of the pages of a store's indexes on this server, relative to the store.

These are the paths that the configuration sets for the site, and always `simple/` and
`INDEX/simple/` as well.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.errors import ConfigError

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


class PageLocations(NamedTuple):
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

    def inside(self, paths: Collection[str]) -> dict[str, str]:
        """Return which indexes are at one of some paths or below, each with that path."""
        found = {}
        for location, index in {**self.flat_pages, **self.folders}.items():
            segments = location.lower().split("/")
            above = ("/".join(segments[: count + 1]) for count in range(len(segments)))
            if path := next((each for each in above if each in paths), None):
                found[index] = path
        return found

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


def check_paths(store: str, locations: PageLocations, *, reserved: Collection[str]) -> None:
    """Check that no index of a store is at a path where another store hides it.

    Args:
        store: The name of the store.
        locations: The locations of its indexes.
        reserved: The paths of other stores, relative to this one, in lower case.

    Raises:
        ConfigError: An index is at such a path.
    """
    if found := locations.inside(reserved):
        names = {index: f"index '{index}'" if index else "the main index" for index in found}
        raise ConfigError(
            f"indexes of '{store}' are at paths of other stores of this server",
            faults=[f"{names[each]}: '{found[each]}/' is a store" for each in sorted(found)],
            hint="give the index another name in ghpypi.toml ('rename' in [variants], or its table "
            "[indexes.NAME]), or serve the other store by another short name",
        )
