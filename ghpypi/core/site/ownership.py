"""Which paths of a site ghpypi wrote; every other file there belongs to someone else.

The header of the catalog records them as patterns, in which `*` stands for each project with files:

    catalog.jsonl   simple/index.html   simple/*/index.html   project/*/about.json   ...

So the record is short, and complete together with the projects that follow it. It names each
index with each project, whether or not that index has files of that project.
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import CATALOG_PATH, Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.site.tree import ASSETS, SINGLE_PAGES, people_paths, project_paths, root_paths

ANY = NormalizedName("*")
"""Stands for the name of a project in a pattern."""

_HEADER = re.compile(rb'\{"format":[0-9]+[,}]')
_PROJECT = re.compile(rb'\{"name":"([a-z0-9-]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The paths that a catalog accounts for.

    Attributes:
        patterns: Paths below the root of the site; `*` as a whole segment stands for any project.
        projects: The projects that have files.
    """

    patterns: Collection[str] = ()
    projects: Collection[str] = ()

    def __contains__(self, path: object) -> bool:
        """Tell whether a path is one of them."""
        if path in self.patterns:
            return True
        segments = str(path).split("/")
        return any(
            name in self.projects
            and "/".join([*segments[:n], ANY, *segments[n + 1 :]]) in self.patterns
            for n, name in enumerate(segments)
        )

    def __iter__(self) -> Iterator[str]:
        """List all of them."""
        for pattern in self.patterns:
            if ANY in pattern:
                yield from (pattern.replace(ANY, name) for name in self.projects)
            else:
                yield pattern


class Shape(NamedTuple):
    """Where a site has the pages of its indexes, and what it has besides.

    Attributes:
        people: Pages for people.
        alone: A `.nojekyll`, which turns Jekyll off for everything that Pages publish; only where
            the index has the whole branch or folder.
        paths: The addresses of the indexes.
    """

    people: bool
    alone: bool
    paths: IndexPaths = IndexPaths()

    @classmethod
    def of(cls, config: Config) -> "Shape":
        """Read it from the configuration."""
        site = config.site
        return cls(people=site.pages, alone=not site.path, paths=config.index.paths)


class Everything:
    """Contains every path: what a run owns that was asked to replace the files of others."""

    def __contains__(self, path: object) -> bool:
        return True


def owned_patterns(indexes: Iterable[str], shape: Shape) -> tuple[str, ...]:
    """Name the paths of a site as its catalog records them."""
    patterns = [CATALOG_PATH, *([".nojekyll"] if shape.alone else [])]
    for index in indexes:
        patterns += shape.paths.flat_pages(index)
        for folder in shape.paths.folders(index):
            patterns += [*root_paths(folder), *project_paths(ANY, folder)]
    if shape.people:
        patterns += [*SINGLE_PAGES, *ASSETS, *people_paths(ANY)]
    return tuple(sorted({*patterns}))


def abandoned_folders(catalog: Catalog, paths: IndexPaths) -> tuple[str, ...]:
    """Name folders in which indexes are published, and will not be with other settings.

    Args:
        catalog: What is published.
        paths: The addresses that its indexes are to have.
    """
    people = {path for path in people_paths(ANY) if ANY in path}
    end = f"{ANY}/index.html"
    published = {
        path.removesuffix(end) for path in catalog.owns if path.endswith(end) and path not in people
    }
    kept = {folder for index in catalog.indexes for folder in paths.folders(index)}
    return tuple(sorted(published - kept))


def owned_by(catalog: Catalog, shape: Shape) -> Owned:
    """Read which paths a catalog accounts for.

    Args:
        catalog: What is published.
        shape: What is assumed of a catalog that was written before there was a record.
    """
    return Owned(
        patterns=frozenset(catalog.owns or owned_patterns(catalog.indexes, shape)),
        projects={name for name, line in catalog.lines.items() if line.files},
    )


def owned_by_unreadable(text: bytes, indexes: Iterable[str], shape: Shape) -> Owned:
    """Read which paths a catalog accounts for that is damaged, or of another format.

    Args:
        text: The file. One that does not begin as a catalog is not ours, and accounts for nothing.
        indexes: The indexes that are assumed.
        shape: What else is assumed.
    """
    if not _HEADER.match(text):
        return Owned()
    found = (_PROJECT.match(line) for line in text.split(b"\n"))
    return Owned(
        patterns=frozenset(owned_patterns(indexes, shape)),
        projects={match[1].decode() for match in found if match},
    )


def in_the_way(
    paths: Iterable[str], present: Collection[str], owned: Container[str]
) -> tuple[str, ...]:
    """Find the files of others that writing or removing certain paths would destroy.

    Args:
        paths: The paths.
        present: Every file of the site.
        owned: The paths that may be replaced.

    Returns:
        Each file once; a folder that is in the place of a page ends in `/`.
    """
    folders = {folder for path in present for folder in _folders(path)}
    found: dict[str, None] = {}
    for path in paths:
        if path in present:
            found.update({} if path in owned else {path: None})
        elif path in folders:
            found[f"{path}/"] = None
        else:
            found.update(dict.fromkeys(x for x in _folders(path) if x in present))
    return tuple(found)


def _folders(path: str) -> Iterator[str]:
    """Name the folders that a path lies in, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path
