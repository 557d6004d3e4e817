"""A draft release that receives uploads."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError, NotAllowedError
from ghpypi.jobs.upload import Publication, publish
from ghpypi.ports import FileStore
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.tracked_store import SharedDraft


class PendingFile(NamedTuple):
    """An uploaded file whose release is not published yet.

    Attributes:
        project: The normalized name of its project.
        file: The file, as readers see it.
        folder: The temporary folder with its content.
    """

    project: NormalizedName
    file: File
    folder: Path


@dataclass(kw_only=True)
class Draft:
    """A draft release that receives uploads.

    Attributes:
        served_store: The store of the release.
        tag: The tag of the release.
        shared: State shared by its uploads.
        uploads: The number of running uploads.
        store: The store, opened with the token of the last upload; `None` if there is nothing to
            publish.
        token: The token of the last upload.
        pending: Its unpublished files.
    """

    served_store: ServedStore
    tag: str
    shared: SharedDraft = field(default_factory=SharedDraft)
    uploads: int = 0
    store: FileStore | None = None
    token: Secret | None = field(default=None, repr=False)
    pending: list[PendingFile] = field(default_factory=list)
    attempts: int = 0
    timer: asyncio.TimerHandle | None = None
    task: "asyncio.Task[None] | None" = None
    done: "asyncio.Future[GhpypiError | None] | None" = None

    @property
    def tags(self) -> set[str]:
        """The tags of its releases."""
        return {self.shared.tag or self.tag, *self.shared.parts}

    def cancel_timer(self) -> None:
        """Cancel the timer that publishes the draft."""
        if self.timer:
            self.timer.cancel()
        self.timer = None


def publish_draft(draft: Draft) -> dict[str, Asset]:
    """Publish a draft; return the assets of its release by name. Blocks.

    If the token of the upload has expired, the server's own is used.

    Raises:
        UnfinishedError: The upload of another file was interrupted, and a published release would
            be immutable without it.
    """
    if draft.store is None:
        return {}
    # The release of version 1.0 is also used for files of version 1.0.0.
    releases = draft.shared.drafted() or [(draft.shared.tag or draft.tag, None)]
    found: dict[str, Asset] = {}
    for tag, filled in releases:
        published = _publish(tag, filled, draft, draft.store)
        found |= {asset.name: asset for asset in published.release.assets}
    return found


def _publish(tag: str, filled: StoredRelease | None, draft: Draft, store: FileStore) -> Publication:
    try:
        return publish(tag, store, partial=True, draft=filled)
    except NotAllowedError:
        served_store = draft.served_store
        if served_store.token is None or served_store.upload_target is None:
            raise
        store = served_store.upload_target.open(served_store.token).files
        return publish(tag, store, partial=True, draft=filled)


def published_file(file: File, assets: dict[str, Asset]) -> File:
    """Return a file with the URL and key of its published asset."""
    asset = assets.get(file.filename)
    return file._replace(url=asset.url, key=asset.key) if asset else file
