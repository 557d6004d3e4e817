"""The paths of a site that ghpypi wrote; all other files must not be changed.

The header of the catalog records them as patterns, in which `*` matches each project with files:

    catalog.jsonl   simple/index.html   simple/*/index.html   project/*/about.json   ...

The parts of the catalog are `catalog/part*.jsonl`, and pages with provenance
`provenance/*/*/*.json`, and pages of versions `project/*/*/index.html`.

This is short, and complete together with the projects of the catalog. Each index is combined with
each project, whether or not that index has files of that project.
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.catalog.former_format import FORMER_FORMAT
from ghpypi.core.catalog.parts import PART_PATTERN, is_part
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.provenance_pages import PROVENANCE_PATTERN, project_of
from ghpypi.core.site.copied_files import COPIES_PATTERN, is_copied_path
from ghpypi.core.site.paths import (
    ASSETS,
    SINGLE_PAGES,
    browser_page_paths,
    project_paths,
    root_paths,
)
from ghpypi.core.site.version_paths import VERSIONS_PATTERN, version_page_project

ANY = NormalizedName("*")
"""Placeholder for a project name in a pattern."""

_BY_FILES = frozenset({PART_PATTERN, PROVENANCE_PATTERN, COPIES_PATTERN, VERSIONS_PATTERN})
"""Patterns of paths that do not follow from the names of projects alone."""

_HEADER = re.compile(rb'\{"format":([0-9]{1,9})[,}]')
_PROJECT = re.compile(rb'\{"name":"([a-z0-9-]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The paths that belong to a catalog.

    Attributes:
        patterns: Paths below the root of the site; `*` as a segment matches any project. If
            `COPIES_PATTERN` is one of them, all paths of copied files belong to the catalog.
        projects: The projects with files.
        parts: The parts of the catalog. If `PART_PATTERN` is one of the patterns, all paths of
            parts belong to the catalog: an interrupted run may have written others.
    """

    patterns: Collection[str] = ()
    projects: Collection[str] = ()
    parts: Collection[str] = ()

    def __contains__(self, path: object) -> bool:
        """Return whether a path belongs to the catalog."""
        if path in self.patterns or (PART_PATTERN in self.patterns and is_part(str(path))):
            return True
        if PROVENANCE_PATTERN in self.patterns and project_of(str(path)) in self.projects:
            return True
        if VERSIONS_PATTERN in self.patterns and version_page_project(str(path)) in self.projects:
            return True
        if COPIES_PATTERN in self.patterns and is_copied_path(str(path)):
            return True
        segments = str(path).split("/")
        return any(
            name in self.projects
            and "/".join([*segments[:n], ANY, *segments[n + 1 :]]) in self.patterns
            for n, name in enumerate(segments)
        )

    def __iter__(self) -> Iterator[str]:
        """Yield all paths, but for those that depend on files, such as pages of versions."""
        yield from self.parts
        for pattern in self.patterns:
            if pattern in _BY_FILES:
                continue
            if ANY in pattern:
                yield from (pattern.replace(ANY, name) for name in self.projects)
            else:
                yield pattern

    def of_project(self, name: str) -> Iterator[str]:
        """Yield the paths of one project, but for those that depend on files."""
        patterns = [each for each in self.patterns if ANY in each]
        return iter(Owned(patterns=patterns, projects=[name]))

    def beyond(self, other: "Owned") -> Iterator[str]:
        """Yield the paths that do not belong to another catalog.

        A run adds few projects to tens of thousands. Where both catalogs have a pattern, the paths
        of the projects that both have belong to both.

        Args:
            other: The paths of the other catalog.
        """
        common = [each for each in self.patterns if each in other.patterns]
        projects = [each for each in self.projects if each not in other.projects]
        rest = [each for each in self.patterns if each not in other.patterns]
        found = chain(Owned(patterns=common, projects=projects), replace(self, patterns=rest))
        return (path for path in found if path not in other)


class Shape(NamedTuple):
    """The settings that determine which pages a site has.

    Attributes:
        people: Whether it has pages for browsers.
        alone: Whether it has a `.nojekyll`, which disables Jekyll for the whole Pages site; only
            if the index has the whole branch or folder.
        paths: The paths of the indexes.
        copies: Whether it has the files of the index.
    """

    people: bool
    alone: bool
    paths: IndexPaths = IndexPaths()
    copies: bool = False

    @classmethod
    def of(cls, config: Config) -> "Shape":
        """Create from the configuration."""
        site = config.site
        return cls(
            people=site.pages,
            alone=not site.path,
            paths=config.index.paths,
            copies=site.copies_files,
        )


class Everything:
    """Contains all paths: used if a run may overwrite files that ghpypi did not write."""

    def __contains__(self, path: object) -> bool:
        return True


def owned_patterns(indexes: Iterable[str], shape: Shape) -> tuple[str, ...]:
    """Return the patterns of a site's paths for its catalog."""
    patterns = [
        CATALOG_PATH,
        PART_PATTERN,
        PROVENANCE_PATTERN,
        *([".nojekyll"] if shape.alone else []),
    ]
    for index in indexes:
        patterns += shape.paths.flat_pages(index)
        for folder in shape.paths.folders(index):
            patterns += [*root_paths(folder), *project_paths(ANY, folder)]
    if shape.copies:
        patterns.append(COPIES_PATTERN)
    if shape.people:
        patterns += [*SINGLE_PAGES, *ASSETS, *browser_page_paths(ANY), VERSIONS_PATTERN]
    return tuple(sorted({*patterns}))


def abandoned_folders(catalog: Catalog, paths: IndexPaths) -> tuple[str, ...]:
    """Return the folders of published indexes that new settings would remove.

    Args:
        catalog: The published catalog.
        paths: The new paths of indexes.
    """
    people = {*browser_page_paths(ANY), VERSIONS_PATTERN}
    end = f"{ANY}/index.html"
    published = {
        path.removesuffix(end) for path in catalog.owns if path.endswith(end) and path not in people
    }
    kept = {folder for index in catalog.indexes for folder in paths.folders(index)}
    return tuple(sorted(published - kept))


def owned_by(catalog: Catalog, shape: Shape) -> Owned:
    """Return the paths that belong to a catalog.

    Args:
        catalog: The published catalog.
        shape: The default for old catalogs without recorded paths.
    """
    return Owned(
        patterns=frozenset(catalog.owns or owned_patterns(catalog.indexes, shape)),
        projects={name for name, line in catalog.lines.items() if line.files},
        parts=catalog.parts if catalog.in_parts else (),
    )


def owned_by_unreadable(text: bytes, indexes: Iterable[str], shape: Shape) -> Owned:
    """Return the paths that belong to a catalog that is damaged, or has another format.

    Args:
        text: The content of the file. If it does not start like a catalog, the result is empty.
        indexes: The assumed indexes.
        shape: The assumed settings.
    """
    header = _HEADER.match(text)
    if not header:
        return Owned()
    found = (_PROJECT.match(line) for line in text.split(b"\n"))
    patterns = {*owned_patterns(indexes, shape), DOWNLOADS_PATH}
    if int(header[1]) <= FORMER_FORMAT:
        patterns.remove(PART_PATTERN)
    return Owned(
        patterns=frozenset(patterns),
        projects={match[1].decode() for match in found if match},
    )


def conflicting_paths(
    paths: Iterable[str], present: Collection[str], owned: Container[str]
) -> tuple[str, ...]:
    """Return files that ghpypi did not write and that writing or removing paths would destroy.

    Args:
        paths: The paths to write or remove.
        present: All files of the site.
        owned: The paths that may be replaced.

    Returns:
        The conflicting files; a folder in place of a page ends in `/`.
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
    """Yield the parent folders of a path, innermost first."""
    while path := path.rpartition("/")[0]:
        yield path
