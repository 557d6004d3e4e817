"""Download counts of projects, versions and files, from the files of a catalog."""

from collections.abc import Iterable
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.model import File
from ghpypi.core.names import version_key


class ProjectCount(NamedTuple):
    """The downloads of a project.

    Attributes:
        name: The project.
        downloads: Of all its files.
        versions: The number of its versions.
        files: The number of its files.
    """

    name: NormalizedName
    downloads: int
    versions: int
    files: int


class VersionCount(NamedTuple):
    """The downloads of a version.

    Attributes:
        version: The version.
        downloads: Of all its files.
        files: Its files, most downloads first.
    """

    version: str
    downloads: int
    files: tuple[File, ...]


def project_count(name: NormalizedName, files: Iterable[File]) -> ProjectCount:
    """Return the downloads of a project."""
    found = tuple(files)
    return ProjectCount(
        name=name,
        downloads=_sum(found),
        versions=len({file.version for file in found}),
        files=len(found),
    )


def by_downloads(counts: Iterable[ProjectCount]) -> list[ProjectCount]:
    """Sort projects: most downloads first, equal ones by name."""
    return sorted(counts, key=lambda x: (-x.downloads, x.name))


def version_counts(files: Iterable[File]) -> list[VersionCount]:
    """Return the downloads of each version: most downloads first, of equal ones the newest."""
    versions: dict[str, list[File]] = {}
    for file in files:
        versions.setdefault(file.version, []).append(file)
    counts = [
        VersionCount(
            version=version,
            downloads=_sum(found),
            files=tuple(sorted(found, key=lambda x: (-x.downloads, x.filename))),
        )
        for version, found in versions.items()
    ]
    newest_first = sorted(counts, key=lambda x: version_key(x.version), reverse=True)
    return sorted(newest_first, key=lambda x: -x.downloads)


def _sum(files: Iterable[File]) -> int:
    return sum(file.downloads for file in files)
