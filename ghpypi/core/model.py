"""The values everything else is about. Frozen, checked where they enter, sorted where they meet.

What a store holds is a `StoredRelease` with its `Asset`s; what an index offers is a `File` of a
`Project`. Times are text in the one form the standards give: RFC 3339, UTC, `Z`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NotRequired, TypedDict

from packaging.utils import NormalizedName

from ghpypi.core.names import Sha256, distinct_versions, version_key


class StatusMarker(StrEnum):
    """What can be said of a whole project (PEP 792)."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One stored file of a release: a distribution, a sidecar, or something of no concern.

    Attributes:
        key: What the store knows it by; nobody else reads it.
        name: The name it has in the store, which need not be the one it was sent under.
        size: Bytes.
        sha256: The digest the store vouches for; `None` if it has none.
        url: Where installers fetch it: absolute, or relative to the root of the site.
        uploaded_at: When it arrived, such as `2026-01-31T12:00:00Z`.
        complete: False for an upload that has not ended, or broke off.
        stamp: Changes whenever content, address or label change; equal stamps, equal facts.
        label: What its release calls it, if that is not its name.
        downloads: How often it was fetched, as far as the store counts.
        arriving: Not complete, and so recent that another process may be sending it now.
    """

    key: str
    name: str
    size: int
    sha256: Sha256 | None
    url: str
    uploaded_at: str
    complete: bool
    stamp: str
    label: str = ""
    downloads: int = 0
    arriving: bool = False


OWN = ""
"""The origin of files that lie beside their site, in a folder: it is the same wherever that folder
lies, and whatever it is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRelease:
    """One release of a store, with all its assets.

    Attributes:
        key: What the store knows it by; nobody else reads it.
        origin: The repository it is in, such as `acme/pypi`, or `OWN`.
        tag: Its tag, unique among the published releases of its origin; several drafts may have it.
        draft: Not yet published; index and installers do not see it.
        prerelease: Marked so by its publisher; says nothing about versions.
        immutable: No asset can be added, replaced or removed any more.
        assets: Everything in it.
    """

    key: str
    origin: str
    tag: str
    draft: bool
    prerelease: bool
    immutable: bool
    assets: tuple[Asset, ...]


def release_name(origin: str, tag: str) -> str:
    """Name a release in a message: `acme/pypi acme-1.0`, or in a folder `release acme-1.0`."""
    return f"{origin or 'release'} {tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Yank:
    """A file is withdrawn, but kept for those who pinned it (PEP 592)."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of a whole project (PEP 792)."""

    marker: StatusMarker
    reason: str = ""


class File(NamedTuple):
    """One file as an index offers it; a row of the catalog.

    A named tuple, because a large index reads and writes a hundred thousand of them.

    Attributes:
        filename: The name, equal to the last component of the URL.
        version: The normalized version.
        url: Where it is: absolute, or relative to the root of the site.
        size: Bytes.
        sha256: Its digest; empty if it is not known.
        uploaded_at: When it was uploaded (PEP 700).
        requires_python: The specifier of its metadata, if it has one.
        core_metadata: The digest of the sidecar, if there is one beside the file (PEP 714).
        origin: The repository it was found in, or `OWN`.
        tag: The release it was found in.
        prerelease: That release is marked as a prerelease.
        stamp: The stamps of asset and sidecars; equal stamps, equal facts.
        label: What the release calls it, if that is not its filename.
        provenance: Where its attestations are, if there are any beside it (PEP 740): absolute, or
            relative to the root of the site like `url`.
        downloads: How often it was fetched, as far as its store counts; not always up to date.
        key: What its store knows it by.
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
    """What one index offers of one project.

    Attributes:
        files: Ours, in order.
        upstream: Those of upstream indexes that are merged in.
    """

    files: tuple[File, ...]
    upstream: tuple[UpstreamFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All files of one project, oldest version first, then by filename and place."""

    name: NormalizedName
    files: tuple[File, ...]

    def __post_init__(self) -> None:
        """Sort, so that the order of a listing never shows."""
        ordered = sorted(self.files, key=lambda x: (version_key(x.version), x.filename, x.url))
        object.__setattr__(self, "files", tuple(ordered))

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions once, oldest first."""
        return tuple(distinct_versions(file.version for file in self.files))
