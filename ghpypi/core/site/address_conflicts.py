"""Detection of conflicting paths on a site, before anything is written.

With `path = "{index}/"` the main index is at the root of the site, and its projects are folders
next to the other indexes: a project called `cu128` would have the page of the index `cu128`.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import CATALOG_PATH, Line
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import SITE_FOLDERS
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.site.paths import ASSETS, SINGLE_PAGES, root_paths
from ghpypi.errors import ConfigError

MOST_FAULTS = 10


class _OwnedPath(NamedTuple):
    """A page that does not belong to a single project, and its owner."""

    path: str
    owner: str


def check_addresses(indexes: Indexes, lines: Mapping[NormalizedName, Line], config: Config) -> None:
    """Check that no two pages of a site have the same path.

    Args:
        indexes: The indexes.
        lines: The projects.
        config: The configuration.

    Raises:
        ConfigError: Two pages have the same path.
    """
    places = [*_places(indexes.names, config)]
    faults = [*_of_pages(places), *_of_projects(places, indexes, lines, config)]
    if faults:
        raise ConfigError(
            "two pages would have the same path; nothing was written",
            faults=faults[:MOST_FAULTS],
            hint="give the indexes folders of their own in ghpypi.toml, such as "
            "'path = \"whl/{index}/\"' in [index]; where a project is called 'simple', with "
            "'simple/' at the end",
        )


def _places(names: tuple[str, ...], config: Config) -> Iterator[_OwnedPath]:
    paths = config.index.paths
    people = config.site.pages
    for name in names:
        owner = f"the index '{name or MAIN}'"
        for folder in paths.folders(name):
            # At the root, the landing page is the list of projects as well.
            listed = root_paths(folder)[1:] if people and not folder else root_paths(folder)
            yield from (_OwnedPath(path, owner) for path in listed)
        for path in paths.flat_pages(name):
            yield _OwnedPath(path, f"the page for --find-links of '{name or MAIN}'")
    for path in (CATALOG_PATH, *((*SINGLE_PAGES, *ASSETS) if people else ())):
        yield _OwnedPath(path, "another page of the site")


def _of_pages(places: list[_OwnedPath]) -> Iterator[str]:
    """Yield pages with the same path, or in a folder with the path of a page."""
    owners: dict[str, str] = {}
    for place in places:
        other = owners.setdefault(place.path, place.owner)
        if other != place.owner:
            yield f"{place.path}: {other}, and {place.owner}"
    for place in places:
        for folder, segment in _steps(place.path):
            if (page := f"{folder}{segment}") in owners:
                yield f"{page}: {owners[page]}, and a folder for {place.owner}"


def _of_projects(
    places: list[_OwnedPath],
    indexes: Indexes,
    lines: Mapping[NormalizedName, Line],
    config: Config,
) -> Iterator[str]:
    """Yield projects whose folder in an index has another use."""
    taken: dict[str, dict[str, str]] = {"": dict.fromkeys(SITE_FOLDERS, "other pages of the site")}
    for place in places:
        for folder, segment in _steps(place.path):
            taken.setdefault(folder, {}).setdefault(segment, place.owner)
    for index in indexes.names:
        for folder in config.index.paths.folders(index):
            for segment, owner in taken.get(folder, {}).items():
                line = lines.get(NormalizedName(segment))
                if line and line.files and index in indexes.holding(line.membership):
                    yield (
                        f"{folder}{segment}/: the project '{segment}' of the index "
                        f"'{index or MAIN}', and {owner}"
                    )


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Yield the parent folders of a path, each with its next segment."""
    *folders, _ = path.split("/")
    for number, segment in enumerate(folders):
        yield "".join(f"{each}/" for each in folders[:number]), segment
