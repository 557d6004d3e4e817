"""What stands in the way of a plan, or of publishing a release."""

from dataclasses import replace

from ghpypi.core.identity import FileKey, stored_key
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import SIDECAR_SUFFIX, Sha256
from ghpypi.core.upload.checks import conflict_lines, immutable_hint, plan_faults
from ghpypi.core.upload.plan import Plan
from ghpypi.errors import ConflictError, RefusedError, UnfinishedError
from ghpypi.ports import FileStore
from ghpypi.stored_files import hash_stored


def with_digests(release: StoredRelease, keys: set[FileKey], store: FileStore) -> StoredRelease:
    """Compute the digests that decide something and that the store does not know.

    Args:
        release: A release.
        keys: The files whose digests matter, those of their metadata files included.
        store: Where the release is.
    """
    projects = {project for project, _ in keys}
    assets = []
    for asset in release.assets:
        name = asset.name.removesuffix(SIDECAR_SUFFIX)
        if asset.complete and not asset.sha256 and stored_key(name, projects) in keys:
            assets.append(replace(asset, sha256=hash_stored(store, asset)))
        else:
            assets.append(asset)
    return replace(release, assets=tuple(assets))


def common_digests(
    release: StoredRelease, other: StoredRelease, store: FileStore
) -> dict[str, Sha256]:
    """Return the digests of the files of a release that have the name of a file of another one."""
    names = {asset.name for asset in other.assets}
    return {
        asset.name: asset.sha256 or hash_stored(store, asset)
        for asset in release.assets
        if asset.complete and asset.name in names
    }


def refuse_faults(plan: Plan, store: FileStore, *, outcome: str = "nothing was sent") -> None:
    """Refuse a plan that cannot be carried out as a whole.

    Args:
        plan: The plan.
        store: The store.
        outcome: What became of the files.

    Raises:
        RefusedError: A release cannot take the files.
        ConflictError: Some are there already with other content.
    """
    if plan.conflicts:
        raise ConflictError(
            f"{store.name} has other files of these names; {outcome}",
            faults=conflict_lines(plan),
            hint="a published file never changes: release a new version, "
            "or leave these out with --skip-existing",
        )
    faults = list(plan_faults(plan, store.rules))
    if faults:
        frozen = [x.tag for x in plan.releases if x.existing and x.existing.immutable and x.assets]
        raise RefusedError(
            f"{store.name} cannot take these files; {outcome}",
            faults=faults,
            hint=immutable_hint(frozen[0]) if frozen else "",
        )


def refuse_unfinished(release: StoredRelease) -> None:
    """Refuse to publish a release into which an upload broke off.

    Raises:
        UnfinishedError: It holds such an upload.
    """
    unfinished = [asset.name for asset in release.assets if not asset.complete]
    if unfinished:
        raise UnfinishedError(
            f"the upload to {release.tag} was interrupted; nothing was published",
            faults=[f"{name} has not arrived" for name in unfinished],
            hint="upload these files too, or remove what is left of them on the page of the "
            "release",
        )
