"""The paths of version pages, `project/NAME/VERSION/`, and which versions have one.

The number of version pages of a project is limited by `version-pages` of `[site]`: publishers of
nightly builds have thousands of versions, and each page is a file of the site.
"""

from collections.abc import Iterator

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.model import Project, StatusMarker
from ghpypi.core.site.releases import Release, releases

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


def releases_with_pages(project: Project, config: Config) -> Iterator[Release]:
    """Yield the newest releases of a project that have version pages.

    Yanks and downloads of these releases are not filled in.

    Args:
        project: The project.
        config: The configuration.
    """
    status = config.statuses.get(project.name)
    if not config.site.pages or (status and status.marker is StatusMarker.QUARANTINED):
        return
    yield from releases(project, {})[: config.site.version_pages]


def version_paths(project: Project, config: Config) -> frozenset[str]:
    """Return the paths of all version pages of a project."""
    found = releases_with_pages(project, config)
    return frozenset(version_path(project.name, release.version) for release in found)


def changed_versions(before: Project, after: Project, config: Config) -> frozenset[str]:
    """Return the versions whose pages differ between two states of a project.

    Version pages show nothing that changes with other versions or with download counts, so that
    the pages of older versions stay as they are.

    Args:
        before: The published project.
        after: The new project.
        config: The configuration, the same for both.
    """
    old = {release.version: _content(release) for release in releases_with_pages(before, config)}
    return frozenset(
        release.version
        for release in releases_with_pages(after, config)
        if old.get(release.version) != _content(release)
    )


def _content(release: Release) -> tuple[object, ...]:
    return tuple(file._replace(downloads=0, stamp="") for file in release.files)
