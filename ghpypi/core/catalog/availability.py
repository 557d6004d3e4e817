"""Whether the files of an earlier catalog are still in the stores as it describes them."""

from collections.abc import Iterable, Iterator, Mapping

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.stock import HALF, short_digest
from ghpypi.core.model import Asset, File, StoredRelease, complete_assets, release_name
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX, Sha256
from ghpypi.core.provenance_pages import digest_in

_Place = tuple[str, str, str]


def unavailable_files(catalog: Catalog, releases: Iterable[StoredRelease]) -> Iterator[str]:
    """Yield a sentence about each file that links of a catalog lead to and that is not there.

    Installers would fail on such a link, or on the digest of a replaced file.

    Args:
        catalog: The earlier catalog.
        releases: The listing of the stores; drafts do not count.
    """
    there = complete_assets(releases)
    for entry in catalog.entries():
        for file in entry.project.files:
            if problem := _problem(file, there):
                yield f"{release_name(file.origin, file.tag)}: {problem}"


def _problem(file: File, there: Mapping[_Place, Asset]) -> str:
    name = file.filename
    asset = there.get((file.origin, file.tag, name))
    if asset is None:
        return f"{name} is not there any more"
    if _is_other(asset, file):
        return f"{name} was replaced"
    # pip does not install a file whose metadata file is missing or has another digest.
    metadata = there.get((file.origin, file.tag, name + SIDECAR_SUFFIX))
    if file.core_metadata and (metadata is None or _differs(metadata, file.core_metadata)):
        verb = "is not there any more" if metadata is None else "was replaced"
        return f"{name}{SIDECAR_SUFFIX} {verb}"
    beside = bool(file.provenance) and not digest_in(file.provenance)
    if beside and (file.origin, file.tag, name + PROVENANCE_SUFFIX) not in there:
        return f"{name}{PROVENANCE_SUFFIX} is not there any more"
    return ""


def _is_other(asset: Asset, file: File) -> bool:
    if asset.size != file.size:
        return True
    if file.sha256 and asset.sha256:
        return asset.sha256 != file.sha256
    return short_digest(asset.stamp) != file.stamp[:HALF]


def _differs(asset: Asset, digest: Sha256) -> bool:
    return asset.sha256 not in {None, digest}
