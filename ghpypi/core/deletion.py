"""Deletion of versions: which assets and releases go, and who still needs them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import Filename, InvalidFilenameError, distinct_versions, version_key
from ghpypi.core.parsing import parse_requirement
from ghpypi.core.quantities import first_of

_MOST_VERSIONS = 3
"""Number of versions that a message names, the highest first."""

Wanted = Callable[[NormalizedName, Version], bool]
"""Tells whether a version of a project is to be deleted."""


class ReleaseDeletion(NamedTuple):
    """What is deleted of one release.

    Attributes:
        release: The release.
        files: The distributions, with their parsed names.
        beside: Files that belong to them, such as metadata files and signatures.
        whole: Whether nothing else is in the release, so that it is deleted with its tag.
    """

    release: StoredRelease
    files: tuple[tuple[Filename, Asset], ...]
    beside: tuple[Asset, ...]
    whole: bool

    @property
    def assets(self) -> tuple[Asset, ...]:
        """All assets to delete: distributions first, so that none is offered without metadata."""
        return (*(asset for _, asset in self.files), *self.beside)


class VersionRequirement(NamedTuple):
    """A dependency of one version of a project.

    Attributes:
        project: The project that has it.
        version: The version that has it.
        text: The dependency (PEP 508).
    """

    project: NormalizedName
    version: str
    text: str


class Dependent(NamedTuple):
    """A project that requires a version which is to be deleted.

    Attributes:
        project: The project.
        versions: Its versions with this requirement, lowest first.
        requirement: The requirement, which no remaining version satisfies.
        needed: The highest version to be deleted that satisfies it.
        where: The named index in which none is left; empty for the main index.
    """

    project: NormalizedName
    versions: tuple[str, ...]
    requirement: str
    needed: Version
    where: str = ""

    def __str__(self) -> str:
        """Say who requires what: `user 1.0 and 1.1 require acme-lib<2`."""
        verb = "requires" if len(self.versions) == 1 else "require"
        names = first_of(self.versions[::-1], _MOST_VERSIONS)
        where = f" (index '{self.where}')" if self.where else ""
        return f"{self.project} {names} {verb} {self.requirement}{where}"


def plan_deletion(releases: Iterable[StoredRelease], wanted: Wanted) -> tuple[ReleaseDeletion, ...]:
    """Return what is to be deleted of the published releases of a store, sorted by tag.

    Args:
        releases: All releases of the store.
        wanted: Tells which versions are to be deleted.
    """
    found = (_of_release(x, wanted) for x in releases if not x.draft)
    return tuple(sorted((x for x in found if x), key=lambda x: x.release.tag))


def _of_release(release: StoredRelease, wanted: Wanted) -> ReleaseDeletion | None:
    files = tuple(
        (filename, asset)
        for asset in release.assets
        if (filename := _parsed(asset.name)) and wanted(filename.project, filename.version)
    )
    if not files:
        return None
    names = {asset.name for _, asset in files}
    others = [x for x in release.assets if x.name not in names]
    beside = tuple(x for x in others if any(x.name.startswith(f"{name}.") for name in names))
    left = [x for x in others if x not in beside and (x.complete or x.arriving)]
    return ReleaseDeletion(release=release, files=files, beside=beside, whole=not left)


def versions_of(plan: Iterable[ReleaseDeletion]) -> dict[NormalizedName, list[str]]:
    """Return the versions that a plan deletes, by project."""
    found: dict[NormalizedName, list[str]] = {}
    for deletion in plan:
        for filename, _ in deletion.files:
            found.setdefault(filename.project, []).append(str(filename.version))
    return {
        name: sorted(distinct_versions(versions), key=version_key)
        for name, versions in sorted(found.items())
    }


def requirements_of(
    requirements: Iterable[VersionRequirement], name: NormalizedName
) -> Iterator[tuple[VersionRequirement, SpecifierSet]]:
    """Yield the requirements of other projects for a project, with the versions they accept."""
    for each in requirements:
        if each.project == name:
            continue
        try:
            parsed = parse_requirement(each.text)
        except InvalidRequirement:
            continue
        if canonicalize_name(parsed.name) == name and not parsed.url:
            yield each, parsed.specifier


def dependents(
    requirements: Iterable[tuple[VersionRequirement, SpecifierSet]],
    known: Collection[Version],
    deleted: Collection[Version],
    yanked: Collection[Version] = (),
    *,
    index: str = "",
) -> Iterator[Dependent]:
    """Find projects with a requirement that only deleted versions of a project satisfy.

    A yanked version is not enough, as installers only take it if it is pinned exactly.

    Args:
        requirements: The requirements for the project, see `requirements_of`.
        known: All versions of the project in an index.
        deleted: The versions to delete.
        yanked: Its yanked versions.
        index: The named index.
    """
    broken: dict[tuple[NormalizedName, str], tuple[list[str], Version]] = {}
    for each, specifier in requirements:
        satisfied = {*specifier.filter(known, prereleases=True)}
        gone = satisfied.intersection(deleted)
        if gone and not satisfied.difference(deleted, yanked):
            found = broken.setdefault((each.project, each.text), ([], max(gone)))
            found[0].append(each.version)
    for (project, text), (versions, needed) in sorted(broken.items()):
        ordered = sorted({*versions}, key=version_key)
        yield Dependent(project, tuple(ordered), text, needed, index)


def missing_files(
    catalog: Catalog, releases: Iterable[StoredRelease], origin: str, config: Config
) -> Iterator[File]:
    """Find published files of a store that its listing lacks, unless they are recorded as deleted.

    Args:
        catalog: The published catalog.
        releases: The listing.
        origin: The origin of the store's own files.
        config: The configuration of the index.
    """
    listed = {(x.tag, asset.name) for x in releases if not x.draft for asset in x.assets}
    for entry in catalog.entries():
        recorded = config.removed.get(entry.project.name, {})
        for file in entry.project.files:
            there = file.origin != origin or (file.tag, file.filename) in listed
            if not there and version_key(file.version) not in recorded:
                yield file


def _parsed(name: str) -> Filename | None:
    try:
        return Filename.parse(name)
    except InvalidFilenameError:
        return None
