"""Publish: make the drafts of a tag public, which earlier uploads have filled."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256, is_distribution
from ghpypi.core.upload.planning import find_release
from ghpypi.errors import ConflictError, NotFoundError, RefusedError
from ghpypi.jobs.upload.checks import common_digests, refuse_unfinished
from ghpypi.ports import FileStore, NewAsset


class Publication(NamedTuple):
    """The outcome of publishing.

    Attributes:
        release: The published release.
        changed: Whether there was something to publish.
    """

    release: StoredRelease
    changed: bool


def publish(
    tag: str, store: FileStore, *, partial: bool = False, draft: StoredRelease | None = None
) -> Publication:
    """Publish the drafts of a tag, as one release.

    Args:
        tag: The tag.
        store: Where the drafts are.
        draft: A draft of the tag that the caller has filled; with it, a large store is not listed
            for others, and one that GitHub does not find by the tag is left alone.
        partial: Publish despite incomplete uploads, if their files can be added later. Then a
            draft that the caller has filled is published without reading anything before: another
            release of the tag refuses that, and receives its files.

    Raises:
        NotFoundError: The tag has no release.
        UnfinishedError: The release has incomplete uploads.
        RefusedError: It has no distributions, or the published release accepts no more files.
        ConflictError: Two drafts have different files of the same name.
    """
    if draft and partial and not store.freezes:
        with suppress(NotFoundError):  # another process may have deleted it
            return Publication(release=_publish_as_one(draft, [], store), changed=True)
    found = _with_tag(tag, store, draft)
    release = find_release(found, tag)
    if release is None:
        raise NotFoundError(
            f"{store.name} has no release {tag}, draft or published",
            hint="use the tag that 'ghpypi upload --draft' printed",
        )
    drafts = [each for each in found if each.draft]
    if not drafts:
        return Publication(release=release, changed=False)
    if store.freezes or not partial:
        drafts = [store.settled(each) for each in drafts]
        for each in drafts:
            refuse_unfinished(each)
    if not any(is_distribution(asset.name) for each in found for asset in each.assets):
        raise RefusedError(f"release {tag} has no distributions; nothing was published")
    others = [each for each in drafts if each.key != release.key]
    return Publication(release=_publish_as_one(release, others, store), changed=True)


def _with_tag(tag: str, store: FileStore, draft: StoredRelease | None) -> list[StoredRelease]:
    """Find the releases of a tag, with a draft that is known."""
    related = store.related(lambda: {tag}) if draft else None
    releases = store.releases() if related is None else related
    found = {release.key: release for release in releases if release.tag == tag}
    if draft and draft.key not in found:
        with suppress(NotFoundError):
            found[draft.key] = store.current(draft)
    return list(found.values())


def _publish_as_one(
    release: StoredRelease, drafts: list[StoredRelease], store: FileStore
) -> StoredRelease:
    """Publish a release with the files of other drafts of its tag, and delete those drafts."""
    gathered = [(each, _gather(each, release, store)) for each in drafts]
    published = store.publish(release)
    if published.key != release.key:
        # Another process has just published another draft.
        draft = store.settled(release)
        gathered.append((draft, _gather(draft, published, store)))
    for draft, held in gathered:
        store.discard(draft, held)
    return store.current(published) if gathered else published


def _gather(draft: StoredRelease, release: StoredRelease, store: FileStore) -> dict[str, Sha256]:
    """Copy the files of a draft into another release of its tag; return names and digests.

    Raises:
        ConflictError: The release has files of these names with different content.
        RefusedError: The release accepts no more files.
    """
    wanted = common_digests(draft, draft, store)
    present = common_digests(release, draft, store)
    differing = [name for name in wanted if present.get(name, wanted[name]) != wanted[name]]
    if differing:
        raise ConflictError(
            f"two releases {draft.tag} of {store.name} have different files of these names",
            faults=differing,
            hint="delete the wrong draft on the page of the releases",
        )
    # In this order, a metadata file comes before its wheel.
    for asset in sorted(draft.assets, key=lambda x: x.name, reverse=True):
        if asset.complete and asset.name not in present:
            _copy(asset, wanted[asset.name], release, store)
    return wanted


def _copy(asset: Asset, digest: Sha256, release: StoredRelease, store: FileStore) -> None:
    """Copy a file from one release to another, by downloading and uploading it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with store.stream(asset) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        new = NewAsset(
            name=asset.name, size=asset.size, sha256=digest, open=lambda: path.open("rb")
        )
        store.put(release, new, lambda _: None)
