"""The upload times of published files, which stay as they are (PEP 700).

A store may not know when a file was uploaded: a copied folder has the times of the copies. Clients
with a minimum age (`exclude-newer`, cooldowns) would take such files for new ones.
"""

from collections.abc import Collection, Iterable

from ghpypi.core.catalog.stock import Place
from ghpypi.core.config.retention import UploadTime
from ghpypi.core.model import Asset, File, StoredRelease


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


def published_time(published: Iterable[File]) -> UploadTime:
    """Return what knows when listed files were uploaded, from the files that are published.

    Nothing is read for it. A file is taken for the published one of its name and release if it has
    the same digest, or the same size where the listing has no digest.

    Args:
        published: The published files.
    """
    known = {place_of(file): file for file in published}

    def time_of(release: StoredRelease, asset: Asset) -> str:
        file = known.get((asset.name, release.origin, release.tag))
        if file is None:
            return asset.uploaded_at
        same = asset.sha256 == file.sha256 if asset.sha256 else asset.size == file.size
        return file.uploaded_at if same else asset.uploaded_at

    return time_of
