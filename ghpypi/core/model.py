"""The central value types.

A store has a `StoredRelease` with `Asset`s; an index lists a `File` of a `Project`. Times are
strings in the format of the standards: RFC 3339, UTC, `Z`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, NotRequired, TypedDict

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.names import Sha256, distinct_versions, quote_path, version_key


class StatusMarker(StrEnum):
    """The markers of project status (PEP 792)."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DEPRECATED = "deprecated"


class Asset(NamedTuple):
    """A stored file of a release: a distribution, a metadata file, or an unrelated file.

    It has what a listing says, and makes what follows from that when it is asked for: a large
    listing has hundreds of thousands of files, and an index run uses few values of most of them.

    Attributes:
        folder: The path of its folder in the store; on GitHub, of the assets in the API.
        name: The name in the store, which may differ from the name of the uploaded file.
        size: Size in bytes.
        version: Changes whenever content, URL or label change: a modification time, an entity tag.
        uploaded: When it was uploaded: as in `uploaded_at`, or in nanoseconds since 1970.
        sha256: The digest listed by the store; `None` if there is none.
        complete: False for an upload that is running or was interrupted.
        identifier: The identifier in its folder, if that is not its name.
        address: The download URL, if it is not on the site.
        label: The label in its release, if that differs from its name.
        downloads: The number of downloads, as far as the store counts them.
        arriving: Incomplete, and so recent that another process may be uploading it.
    """

    folder: str
    name: str
    size: int
    version: str | int
    uploaded: str | int
    sha256: Sha256 | None = None
    complete: bool = True
    identifier: str = ""
    address: str = ""
    label: str = ""
    downloads: int = 0
    arriving: bool = False

    @property
    def key(self) -> str:
        """The identifier in the store; opaque to other code."""
        return f"{self.folder}/{self.identifier or self.name}"

    @property
    def url(self) -> str:
        """The download URL: absolute, or relative to the root of the site."""
        return self.address or quote_path(self.key)

    @property
    def uploaded_at(self) -> str:
        """When it was uploaded, such as `2026-01-31T12:00:00Z`."""
        if isinstance(self.uploaded, str):
            return self.uploaded
        time = datetime.fromtimestamp(self.uploaded // NANOSECONDS, UTC)
        return time.isoformat().replace("+00:00", "Z")

    @property
    def stamp(self) -> str:
        """Changes whenever content, URL or label change; unique in the store."""
        if self.identifier:
            return f"{self.identifier}@{self.version}"
        return f"{self.folder}/{self.name} {self.size} {self.version}"


NANOSECONDS = 10**9
"""Nanoseconds of a second."""

OWN = ""
"""The origin of files in the same folder as their site. It is a constant, so that the folder can be
moved and renamed."""


class StoredRelease(NamedTuple):
    """A release of a store, with all its assets.

    Attributes:
        key: The identifier in the store; opaque to other code.
        origin: Its repository, such as `acme/pypi`, or `OWN`.
        tag: Its tag, unique among the published releases of its origin; several drafts may have it.
        draft: Not published yet, so it is not indexed.
        prerelease: Marked as a prerelease by its publisher; independent of versions.
        immutable: Whether assets can no longer be added, replaced or removed.
        assets: All its assets.
    """

    key: str
    origin: str
    tag: str
    draft: bool
    prerelease: bool
    immutable: bool
    assets: Sequence[Asset]


def complete_assets(
    releases: Iterable[StoredRelease],
) -> dict[tuple[str, str, str], Asset]:
    """Return the complete assets of published releases, by origin, tag and name."""
    return {
        (release.origin, release.tag, asset.name): asset
        for release in releases
        if not release.draft
        for asset in release.assets
        if asset.complete
    }


def release_name(origin: str, tag: str) -> str:
    """Return a release for messages: `acme/pypi acme-1.0`, or `release acme-1.0` in a folder."""
    return f"{origin or 'release'} {tag}"


class Yank(NamedTuple):
    """A yank of a version, which remains available for users who pinned it (PEP 592)."""

    reason: str = ""


Yanks = Mapping[Version | str, Yank]
"""Yanks of a project: by version, or by filename for single files of a version."""


class Status(NamedTuple):
    """The status of a project (PEP 792)."""

    marker: StatusMarker
    reason: str = ""


class File(NamedTuple):
    """A file as listed by an index; a row of the catalog.

    A named tuple for performance: a large index has a hundred thousand of them.

    Attributes:
        filename: The name, equal to the last component of the URL.
        version: The normalized version.
        url: The download URL: absolute, or relative to the root of the site.
        size: Size in bytes.
        sha256: Its digest; empty if it is not known.
        uploaded_at: When it was uploaded (PEP 700).
        requires_python: The Requires-Python specifier of its metadata, if any.
        core_metadata: The digest of its metadata file, if there is one (PEP 714).
        origin: Its repository, or `OWN`.
        tag: The tag of its release.
        prerelease: Whether its release is marked as a prerelease.
        stamp: Changes with the file or its siblings, see `stamp_of`.
        label: The label in its release, if that differs from its filename.
        provenance: The URL of its provenance (PEP 740): absolute; relative like `url`; or that of
            a page of the site, relative to its root (`core.provenance_pages`). Empty if an index
            run has looked for attestations and found none; `None` if it has none beside it, and
            none was looked for.
        downloads: The number of downloads, as far as its store counts them; may be outdated.
        key: The identifier in its store.
        signer: Who signed it, see `core.provenance.Signer`; empty if it has no provenance, or that
            was not read.
    """

    filename: str
    version: str
    url: str
    size: int
    sha256: Sha256
    uploaded_at: str
    requires_python: str | None
    core_metadata: Sha256 | None
    origin: str
    tag: str
    prerelease: bool
    stamp: str
    label: str = ""
    provenance: str | None = None
    downloads: int = 0
    key: str = ""
    signer: str = ""

    def yank(self, yanked: Yanks) -> Yank | None:
        """Return the yank of the file: of its version, or of the file alone."""
        if not yanked:
            return None
        return yanked.get(version_key(self.version)) or yanked.get(self.filename)

    @property
    def content(self) -> str:
        """Tell files apart by what is in them, and those without a digest by their addresses."""
        return self.sha256 or self.url


FileDocument = TypedDict(
    "FileDocument",
    {
        "filename": str,
        "url": str,
        "hashes": dict[str, str],
        "size": NotRequired[int],
        "upload-time": NotRequired[str],
        "requires-python": NotRequired[str],
        "yanked": NotRequired[bool | str],
        "core-metadata": NotRequired[bool | dict[str, str]],
        "provenance": NotRequired[str],
    },
)
"""One file of a project page of the Simple API, in its JSON form (PEP 691, 700, 714, 740)."""

UpstreamFile = FileDocument
"""A file of an upstream index, checked by `core.simple.upstream_file`.

It is a dictionary, because it is published as it was read: in the catalog, and on pages.
"""


class Offer(NamedTuple):
    """The files of a project in an index.

    Attributes:
        files: The sorted files of the stores.
        upstream: Those of upstream indexes that are merged in.
    """

    files: tuple[File, ...]
    upstream: tuple[UpstreamFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All files of a project, sorted by version, filename and location."""

    name: NormalizedName
    files: tuple[File, ...]

    def __post_init__(self) -> None:
        """Sort the files, so that the order of the listing does not matter."""
        ordered = sorted(self.files, key=lambda x: (version_key(x.version), x.filename, x.url))
        object.__setattr__(self, "files", tuple(ordered))

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions, oldest first, without duplicates."""
        return tuple(distinct_versions(file.version for file in self.files))
