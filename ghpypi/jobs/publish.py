"""Publish: make a draft, filled by an earlier upload, visible."""

from ghpypi.core.names import is_distribution
from ghpypi.core.plan import find_release
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.ports import FileStore


def publish(tag: str, store: FileStore) -> bool:
    """Publish the draft of a tag.

    Returns:
        Whether there was anything to do; a published release stays as it is.

    Raises:
        NotFoundError: There is no release of this tag.
        RefusedError: An upload to it was interrupted, or it holds nothing to install.
    """
    release = find_release(store.releases(), tag)
    if release is None:
        raise NotFoundError(
            f"{store.name} has no release {tag}, draft or published",
            hint="'ghpypi upload --draft' prints the tag it filled",
        )
    if not release.draft:
        return False
    unfinished = [asset.name for asset in release.assets if not asset.complete]
    if unfinished:
        raise RefusedError(
            f"the upload to {tag} was interrupted; nothing was published",
            faults=[f"{name} has not arrived" for name in unfinished],
            hint="run the same 'ghpypi upload --draft' again",
        )
    if not any(is_distribution(asset.name) for asset in release.assets):
        raise RefusedError(f"release {tag} holds no distribution; nothing was published")
    store.publish(release)
    return True
