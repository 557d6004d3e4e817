"""The paths of version pages, `project/NAME/VERSION/`, and which versions have one.

The number of version pages of a project is limited by `version-pages` of `[site]`: publishers of
nightly builds have thousands of versions, and each page is a file of the site.
"""

from collections.abc import Iterable, Sequence

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.model import File, Project, StatusMarker
from ghpypi.core.site.releases import files_by_release, public_version

VERSIONS_PATTERN = "project/*/*/index.html"
"""The pattern of all version pages, in the list of paths of the catalog."""

_SEGMENTS = 4


def version_path(name: NormalizedName, version: str) -> str:
    """Return the path of a version page.

    Args:
        name: The project.
        version: A public version, normalized; `!` of an epoch is valid in paths.
    """
    return f"project/{name}/{version}/index.html"


def version_page_project(path: str) -> str:
    """Return the project of a version page; empty for other paths."""
    segments = path.split("/")
    is_version = len(segments) == _SEGMENTS and segments[0] == "project"
    return segments[1] if is_version and segments[3] == "index.html" else ""


def page_count(name: NormalizedName, config: Config) -> int:
    """Return how many of the newest releases of a project have version pages.

    Args:
        name: The project.
        config: The configuration.
    """
    status = config.statuses.get(name)
    if not config.site.pages or (status and status.marker is StatusMarker.QUARANTINED):
        return 0
    return config.site.version_pages


def versions_with_pages(project: Project, config: Config) -> dict[str, tuple[File, ...]]:
    """Return the public versions of a project that have version pages, with their files.

    Args:
        project: The project.
        config: The configuration.
    """
    return _newest(project, page_count(project.name, config))


def _newest(project: Project, count: int) -> dict[str, tuple[File, ...]]:
    newest = files_by_release(project)[:count]
    return {public_version(files[0]): files for files in newest}


def version_paths(project: Project, config: Config) -> frozenset[str]:
    """Return the paths of all version pages of a project."""
    return _paths(project, versions_with_pages(project, config))


def possible_version_paths(project: Project, config: Config) -> frozenset[str]:
    """Return the paths of all version pages that a project has unless its status prevents it."""
    return _paths(project, _newest(project, config.site.version_pages))


def _paths(project: Project, versions: Iterable[str]) -> frozenset[str]:
    return frozenset(version_path(project.name, version) for version in versions)


def changed_versions(before: Project, after: Project, config: Config) -> frozenset[str]:
    """Return the versions whose pages differ between two states of a project.

    Version pages show nothing that changes with other versions or with download counts, so that
    the pages of older versions stay as they are.

    Args:
        before: The published project.
        after: The new project.
        config: The configuration, the same for both.
    """
    old = versions_with_pages(before, config)
    return frozenset(
        version
        for version, files in versions_with_pages(after, config).items()
        if version not in old or _content(old[version]) != _content(files)
    )


def _content(files: Sequence[File]) -> tuple[object, ...]:
    return tuple(file._replace(downloads=0, stamp="") for file in files)
