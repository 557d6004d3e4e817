"""One release that is being filled by uploads."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName

from ghpypi.core.model import Asset, File
from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError, NotAllowedError
from ghpypi.jobs.upload import publish
from ghpypi.ports import FileStore
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.tracked_store import SharedDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingFile:
    """A file that waits to be published.

    Attributes:
        project: Its project.
        file: The file, as readers see it.
        folder: Where it is kept meanwhile.
    """

    project: NormalizedName
    file: File
    folder: Path


@dataclass(kw_only=True)
class Draft:
    """One release that is being filled.

    Attributes:
        served_store: The store it is in.
        tag: Its tag.
        shared: What the uploads to it know of each other.
        visitors: How many uploads are on their way to it.
        store: Opened for the one who uploaded last; `None` while there is nothing to publish.
        token: Theirs.
        waiting: What it holds that nobody else can see yet.
    """

    served_store: ServedStore
    tag: str
    shared: SharedDraft = field(default_factory=SharedDraft)
    visitors: int = 0
    store: FileStore | None = None
    token: Secret | None = field(default=None, repr=False)
    waiting: list[PendingFile] = field(default_factory=list)
    attempts: int = 0
    timer: asyncio.TimerHandle | None = None
    task: "asyncio.Task[None] | None" = None
    done: "asyncio.Future[GhpypiError | None] | None" = None

    def quiet(self) -> None:
        """Let nothing begin by itself."""
        if self.timer:
            self.timer.cancel()
        self.timer = None


def publish_draft(draft: Draft) -> dict[str, Asset]:
    """Publish a draft, and list the files of its release; blocks.

    Where the token of the upload has expired, that of the server is used.

    Raises:
        UnfinishedError: An upload of another file broke off, and the release would freeze.
    """
    if draft.store is None:
        return {}
    # A release of version 1.0 takes files of version 1.0.0, too.
    tag = draft.shared.tag or draft.tag
    try:
        published = publish(tag, draft.store, partial=True)
    except NotAllowedError:
        served_store = draft.served_store
        if served_store.token is None or served_store.upload_target is None:
            raise
        published = publish(tag, served_store.upload_target.open(served_store.token), partial=True)
    return {asset.name: asset for asset in published.release.assets}


def found(file: File, assets: dict[str, Asset]) -> File:
    """Say where a file is now that it is published."""
    asset = assets.get(file.filename)
    return file._replace(url=asset.url, key=asset.key) if asset else file
