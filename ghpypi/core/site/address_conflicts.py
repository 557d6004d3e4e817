"""Addresses of a site that two things would have, found before anything is written.

With `path = "{index}/"` the main index is at the root of the site, and its projects are folders
beside the other indexes: a project called `cu128` would have the page of the index `cu128`.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import CATALOG_PATH, Line
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import SITE_FOLDERS
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.site.tree import ASSETS, SINGLE_PAGES, root_paths
from ghpypi.errors import ConfigError

MOST_FAULTS = 10


class _Place(NamedTuple):
    """A page that belongs to no single project, and what it belongs to."""

    path: str
    owner: str


def check_addresses(indexes: Indexes, lines: Mapping[NormalizedName, Line], config: Config) -> None:
    """Check that no two pages of a site have one address.

    Args:
        indexes: The indexes that there will be.
        lines: The projects that there will be.
        config: The configuration.

    Raises:
        ConfigError: Some have.
    """
    places = [*_places(indexes.names, config)]
    faults = [*_of_pages(places), *_of_projects(places, indexes, lines, config)]
    if faults:
        raise ConfigError(
            "two pages would have one address; nothing was written",
            faults=faults[:MOST_FAULTS],
            hint="give the indexes folders of their own in ghpypi.toml, such as "
            "'path = \"whl/{index}/\"' in [index]; where a project is called 'simple', with "
            "'simple/' at the end",
        )


def _places(names: tuple[str, ...], config: Config) -> Iterator[_Place]:
    paths = config.index.paths
    people = config.site.pages
    for name in names:
        owner = f"the index '{name or MAIN}'"
        for folder in paths.folders(name):
            # At the root, the landing page is the list of projects as well.
            listed = root_paths(folder)[1:] if people and not folder else root_paths(folder)
            yield from (_Place(path, owner) for path in listed)
        for path in paths.flat_pages(name):
            yield _Place(path, f"the page for --find-links of '{name or MAIN}'")
    for path in (CATALOG_PATH, *((*SINGLE_PAGES, *ASSETS) if people else ())):
        yield _Place(path, "another page of the site")


def _of_pages(places: list[_Place]) -> Iterator[str]:
    """Find pages that are at one path, or in a folder whose name is that of a page."""
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
    places: list[_Place],
    indexes: Indexes,
    lines: Mapping[NormalizedName, Line],
    config: Config,
) -> Iterator[str]:
    """Find projects whose folder in an index is also that of something else."""
    taken: dict[str, dict[str, str]] = {"": dict.fromkeys(SITE_FOLDERS, "other pages of the site")}
    for place in places:
        for folder, segment in _steps(place.path):
            taken.setdefault(folder, {}).setdefault(segment, place.owner)
    for index in indexes.names:
        for folder in config.index.paths.folders(index):
            for segment, owner in taken.get(folder, {}).items():
                line = lines.get(NormalizedName(segment))
                if line and line.files and index in indexes.holding(line.standing):
                    yield (
                        f"{folder}{segment}/: the project '{segment}' of the index "
                        f"'{index or MAIN}', and {owner}"
                    )


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Name the folders that a path lies in, each with the folder of it that is next."""
    *folders, _ = path.split("/")
    for number, segment in enumerate(folders):
        yield "".join(f"{each}/" for each in folders[:number]), segment
