"""Checks before a plan is carried out, or a release is published."""

from collections.abc import Collection, Iterable, Mapping

from packaging.utils import NormalizedName

from ghpypi.core.identity import FileKey, key_of, stored_key
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.served_paths import split_sibling
from ghpypi.core.upload.checks import conflict_lines, immutable_hint, plan_faults
from ghpypi.core.upload.plan import Plan
from ghpypi.errors import ConflictError, RefusedError, UnfinishedError
from ghpypi.ports import FileStore
from ghpypi.stored_files import stored_digest

Keys = Mapping[NormalizedName, Collection[FileKey]]
"""What distinguishes some files, by project."""


def keys_of(filenames: Iterable[Filename]) -> Keys:
    """Return what distinguishes files of these names."""
    found: dict[NormalizedName, set[FileKey]] = {}
    for filename in filenames:
        found.setdefault(filename.project, set()).add(key_of(filename))
    return found


def with_digests(release: StoredRelease, keys: Keys, store: FileStore) -> StoredRelease:
    """Return a release with the digests of some files computed, if the store does not list them.

    Args:
        release: A release.
        keys: The files whose digests are needed, including those of the files beside them.
        store: The store of the release.
    """
    assets = []
    for asset in release.assets:
        name, _ = split_sibling(asset.name)
        key = stored_key(name, keys) if asset.complete and not asset.sha256 else None
        if key and key in keys[key[0]]:
            assets.append(asset._replace(sha256=stored_digest(store, asset)))
        else:
            assets.append(asset)
    return release._replace(assets=tuple(assets))


def common_digests(
    release: StoredRelease, other: StoredRelease, store: FileStore
) -> dict[str, Sha256]:
    """Return the digests of files of a release whose names exist in another release."""
    names = {asset.name for asset in other.assets}
    return {
        asset.name: stored_digest(store, asset)
        for asset in release.assets
        if asset.complete and asset.name in names
    }


def refuse_faults(plan: Plan, store: FileStore, *, outcome: str = "nothing was sent") -> None:
    """Raise an error if a plan cannot be carried out completely.

    Args:
        plan: The plan.
        store: The store.
        outcome: The consequence for the files, for the message.

    Raises:
        RefusedError: A release cannot accept the files.
        ConflictError: Files with the same names have different content.
    """
    if plan.conflicts:
        raise ConflictError(
            f"{store.name} has files of these names with different content; {outcome}",
            faults=conflict_lines(plan),
            hint="published files cannot be replaced: release a new version, or skip these files "
            "with --skip-existing",
        )
    faults = list(plan_faults(plan, store.rules))
    if faults:
        frozen = [x.tag for x in plan.releases if x.existing and x.existing.immutable and x.assets]
        raise RefusedError(
            f"{store.name} cannot accept these files; {outcome}",
            faults=faults,
            hint=immutable_hint(frozen[0]) if frozen else "",
        )


def refuse_unfinished(release: StoredRelease) -> None:
    """Raise an error if a release has incomplete uploads.

    Raises:
        UnfinishedError: It has incomplete uploads.
    """
    unfinished = [asset.name for asset in release.assets if not asset.complete]
    if unfinished:
        raise UnfinishedError(
            f"the upload to {release.tag} was interrupted; nothing was published",
            faults=[f"{name} is incomplete" for name in unfinished],
            hint="upload these files again, or delete the incomplete ones on the page of the "
            "release",
        )
