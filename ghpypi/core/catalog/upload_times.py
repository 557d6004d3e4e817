"""The upload times of published files, which stay as they are (PEP 700).

A store may not know when a file was uploaded: a copied folder has the times of the copies. Clients
with a minimum age (`exclude-newer`, cooldowns) would take such files for new ones.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import Line
from ghpypi.core.catalog.stock import Place
from ghpypi.core.config.retention import UploadTime
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import normalize, stem_of
from ghpypi.errors import FailedError, PartMismatchError


def place_of(file: File) -> Place:
    """Return where a file of the catalog is, as far as the listing said so."""
    return file.filename, file.origin, file.tag


def with_published_times(
    files: Iterable[File], published: Iterable[File], listed: Collection[Place]
) -> list[File]:
    """Return the files of a project with the upload times that are published.

    A file with the digest of a published one keeps its time, in the same release, or in another one
    if it was moved there. A copy in a second release has its own time, as replaced content has.

    Args:
        files: The files as the store describes them.
        published: The published files of the project; those without a digest prove nothing.
        listed: The places of all files of the project in the store.
    """
    known = {(place_of(file), file.sha256): file.uploaded_at for file in published if file.sha256}
    moved = {
        (place[0], digest): time for (place, digest), time in known.items() if place not in listed
    }

    def time_of(file: File) -> str:
        own = known.get((place_of(file), file.sha256))
        return own or moved.get((file.filename, file.sha256), file.uploaded_at)

    return [file._replace(uploaded_at=time_of(file)) for file in files] if known else [*files]


def published_time(lines: Mapping[NormalizedName, Line]) -> UploadTime:
    """Return what knows when listed files were uploaded, from the files that are published.

    No stored file is read for it. A file is taken for the published one of its name and release if
    it has the same digest, or the same size where the listing has no digest.

    Args:
        lines: The published catalog. The lines of projects are read when one of their files is
            asked about; those that cannot be read are reported when the index is built.
    """
    known: dict[NormalizedName, dict[Place, File]] = {}

    def files_of(project: NormalizedName) -> tuple[File, ...]:
        with suppress(FailedError, PartMismatchError):
            return lines[project].entry().project.files if project in lines else ()
        return ()

    def time_of(release: StoredRelease, asset: Asset) -> str:
        project = normalize(stem_of(asset.name) or "")
        if project not in known:
            known[project] = {place_of(file): file for file in files_of(project)}
        file = known[project].get((asset.name, release.origin, release.tag))
        if file is None:
            return asset.uploaded_at
        same = asset.sha256 == file.sha256 if asset.sha256 else asset.size == file.size
        return file.uploaded_at if same else asset.uploaded_at

    return time_of
