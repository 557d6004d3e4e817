"""Deletion of releases and their files."""

from collections.abc import Iterable
from typing import NamedTuple

from ghpypi.core.deletion import ReleaseDeletion
from ghpypi.core.model import StoredRelease, release_name
from ghpypi.core.quantities import count_of
from ghpypi.errors import RefusedError
from ghpypi.ports import FileStore, Reporter

NO_RELEASE = "0"
"""A key that no release of a repository has: GitHub's IDs begin at 1."""


class DeletionReport(NamedTuple):
    """The outcome of a deletion.

    Attributes:
        releases: The tags of deleted releases.
        files: The number of deleted files.
    """

    releases: tuple[str, ...]
    files: int


def check_deletable(plan: Iterable[ReleaseDeletion]) -> None:
    """Check that nothing of a plan is immutable, before anything is deleted.

    Raises:
        RefusedError: A release is immutable.
    """
    frozen = [each.release for each in plan if each.release.immutable]
    if frozen:
        raise RefusedError(
            f"{count_of(len(frozen), 'release')} cannot be deleted; nothing was changed",
            faults=[
                f"{release_name(each.origin, each.tag)}: it is immutable: GitHub keeps its files "
                "and its tag as they were published"
                for each in frozen
            ],
            hint="withdraw the version with 'ghpypi yank', leave files out of the index with "
            "'exclude-assets' in [index], or hide all files of the project with 'ghpypi status "
            "NAME quarantined'",
        )


def delete(store: FileStore, plan: Iterable[ReleaseDeletion], reporter: Reporter) -> DeletionReport:
    """Delete releases with their tags, and files of releases that have others too.

    Running it again after an interruption deletes the rest.

    Raises:
        NotAllowedError: The token may not delete.
        RefusedError: A release became immutable.
        TryLaterError: A rate limit or outage.
    """
    releases, files = [], 0
    for deletion in plan:
        release = deletion.release
        reporter.step(f"deleting {release_name(release.origin, release.tag)}")
        if deletion.whole:
            store.remove(release)
            releases.append(release.tag)
        else:
            for asset in deletion.assets:
                store.remove(release, asset)
        files += len(deletion.files)
    return DeletionReport(releases=tuple(releases), files=files)


def delete_tags(store: FileStore, tags: Iterable[str]) -> None:
    """Delete tags whose releases an earlier attempt deleted, as far as they are still there.

    A tag that a published release has, stays.

    Args:
        store: The store.
        tags: The tags.
    """
    for tag in tags:
        # No release has this key, as if another process had deleted it.
        store.remove(
            StoredRelease(
                key=NO_RELEASE,
                origin=store.origin,
                tag=tag,
                draft=False,
                prerelease=False,
                immutable=False,
                assets=(),
            )
        )
