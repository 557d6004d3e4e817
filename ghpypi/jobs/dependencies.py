"""Reading the dependencies of all published versions that installers may choose."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.deletion import VersionRequirement
from ghpypi.core.distribution.examine import glance
from ghpypi.core.distribution.limits import METADATA_LIMIT
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import Asset, File, StatusMarker, StoredRelease, complete_assets
from ghpypi.core.names import SIDECAR_SUFFIX, Filename, Sha256
from ghpypi.errors import DamagedError, NotFoundError
from ghpypi.ports import FileSource, Reporter
from ghpypi.stored_files import read_stored
from ghpypi.workers import in_order

PARALLEL = 8
"""Number of files that are read concurrently."""

MOST_FILES = 2000
"""Number of files that are read at most, the newest first; each costs a request or two."""


class _Wanted(NamedTuple):
    """A file with the dependencies of one version: a metadata file, or one without such a file."""

    project: NormalizedName
    version: str
    uploaded_at: str
    filename: Filename
    asset: Asset
    sha256: Sha256 | None


class Dependencies(NamedTuple):
    """The dependencies of published versions.

    Attributes:
        requirements: What each version requires.
        unread: The number of versions whose dependencies are not known.
    """

    requirements: tuple[VersionRequirement, ...]
    unread: int


def read_dependencies(
    source: FileSource,
    releases: Iterable[StoredRelease],
    catalog: Catalog,
    config: Config,
    reporter: Reporter,
) -> Dependencies:
    """Read the dependencies of all versions that are neither yanked nor quarantined.

    Wheels of one version that have the same metadata are read once, and a source distribution only
    if the version has no wheel.

    Args:
        source: The stores.
        releases: Their listing.
        catalog: The published index.
        config: Its configuration.
        reporter: Shows progress.
    """
    listed = complete_assets(releases)
    versions: dict[tuple[NormalizedName, str], dict[str, _Wanted]] = {}
    for name, file in _choosable(catalog, config):
        wanted = versions.setdefault((name, file.version), {})
        if found := _file_to_read(name, file, listed):
            wanted.setdefault(found.sha256 or found.asset.key, found)
    every = [each for wanted in versions.values() for each in _wheels_first(wanted.values())]
    newest = sorted(every, key=lambda x: x.uploaded_at, reverse=True)[:MOST_FILES]

    def read(each: _Wanted) -> tuple[str, ...] | None:
        return _read(source, each)

    known: set[tuple[NormalizedName, str]] = set()
    found_all = list[VersionRequirement]()
    parallel = 1 if source.local else PARALLEL
    with reporter.progress("reading dependencies", len(newest), unit="file") as advance:
        texts = in_order(read, newest, parallel, "ghpypi-dependencies")
        for each, requires in zip(newest, texts, strict=True):
            advance(1)
            if requires is not None:
                known.add((each.project, each.version))
                found_all += [
                    VersionRequirement(each.project, each.version, text) for text in requires
                ]
    return Dependencies(tuple(found_all), len(versions.keys() - known))


def _wheels_first(files: Iterable[_Wanted]) -> list[_Wanted]:
    found = list(files)
    wheels = [each for each in found if each.filename.kind == "wheel"]
    return wheels or found[:1]


def _choosable(catalog: Catalog, config: Config) -> Iterator[tuple[NormalizedName, File]]:
    """Yield the files that installers may choose without an exact pin."""
    for entry in catalog.entries():
        name = entry.project.name
        status = config.statuses.get(name)
        if status and status.marker is StatusMarker.QUARANTINED:
            continue
        yanked = config.yanked.get(name, {})
        for file in entry.project.files:
            if not file.yank(yanked):
                yield name, file


def _file_to_read(
    name: NormalizedName, file: File, listed: dict[tuple[str, str, str], Asset]
) -> _Wanted | None:
    filename = Filename.parse(file.filename)
    metadata = listed.get((file.origin, file.tag, file.filename + SIDECAR_SUFFIX))
    if metadata and file.core_metadata:
        return _Wanted(name, file.version, file.uploaded_at, filename, metadata, file.core_metadata)
    asset = listed.get((file.origin, file.tag, file.filename))
    if asset is None:
        return None
    return _Wanted(name, file.version, file.uploaded_at, filename, asset, asset.sha256)


def _read(source: FileSource, wanted: _Wanted) -> tuple[str, ...] | None:
    """Return the dependencies in a file; `None` if they cannot be read."""

    def read(file: BinaryIO) -> Metadata | None:
        if wanted.asset.name.endswith(SIDECAR_SUFFIX):
            return Metadata.parse(file.read(METADATA_LIMIT))
        return glance(file, wanted.filename).metadata

    try:
        metadata = read_stored(source, wanted.asset, wanted.sha256, read)
    except (DamagedError, InvalidMetadataError, NotFoundError):
        return None
    return metadata.requires_dist if metadata else None
