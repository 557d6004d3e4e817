"""Draft releases that are published after the last upload.

twine sends the files of a version one at a time, and does not mark the last one. On GitHub, a
release may be immutable once it is published ("immutable releases"), so that later files cannot be
added. So a release stays a draft until there was no upload for a while. Readers of this server see
its files immediately.
"""

import asyncio
import logging
from collections.abc import Iterable

from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError, TryLaterError
from ghpypi.jobs.upload import IndexReader
from ghpypi.ports import FileStore
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.draft import Draft, PendingFile, publish_draft, published_file
from ghpypi.server.upload.index_trigger import (
    INDEX_SECONDS,
    RETRY_DELAYS,
    BackgroundTasks,
    IndexTrigger,
)
from ghpypi.server.upload.pending import PendingFiles, PendingFilesReader

FAILED_SECONDS = 3600.0
"""How long a file is served that could not be published: as long as pages show it."""

JOB_TOKEN = "ghs_"  # noqa: S105 - a prefix, not a token
"""Prefix of installation tokens: those of GitHub Apps, and `GITHUB_TOKEN` of workflows.

Source: GitHub documentation, "About authentication to GitHub", "GitHub's token formats".
"""

_log = logging.getLogger("ghpypi")


class Drafts:
    """The drafts of a server. For the event loop's thread only, except for `Draft.shared`.

    Args:
        after: Seconds without uploads before a draft is published.
        index_after: Seconds after the last publication before an index run is started.
        retry_delays: Seconds before each retry during rate limits and outages.
    """

    def __init__(
        self,
        *,
        after: float,
        index_after: float = INDEX_SECONDS,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
    ) -> None:
        self.after = after
        self._retry_delays = retry_delays
        self.pending_files = PendingFiles()
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._reported: set[tuple[str, str]] = set()
        self._tasks = BackgroundTasks()
        self.index_trigger = IndexTrigger(self._busy, after=index_after, retry_delays=retry_delays)
        self._closing = False

    def delay(self, served_store: ServedStore, token: Secret | None) -> float:
        """Return how many seconds after the last upload a draft is published.

        Waiting makes no sense if published releases of the store stay mutable. And the token of a
        workflow expires with its job, so without a token of its own the server could not publish
        later.
        """
        short = token is not None and token.reveal().startswith(JOB_TOKEN)
        if not served_store.capabilities.freezes or (short and served_store.token is None):
            return 0.0
        return self.after

    def enter(self, served_store: ServedStore, tag: str) -> Draft:
        """Start an upload to a release, which is not published before `leave`."""
        key = served_store.name.lower(), tag
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = Draft(served_store=served_store, tag=tag)
        if not isinstance(served_store.reader, PendingFilesReader):
            served_store.reader = PendingFilesReader(
                served_store.reader, self.pending_files, served_store.name
            )
        draft.uploads += 1
        draft.cancel_timer()
        return draft

    def leave(self, draft: Draft) -> None:
        """End an upload to a release; after the last one, schedule the publication."""
        draft.uploads -= 1
        if draft.uploads:
            return
        if draft.store is None:
            self._forget(draft)
        elif draft.task is None:
            seconds = 0.0 if self._closing else self.delay(draft.served_store, draft.token)
            self._publish_in(draft, seconds)

    async def lock(self, draft: Draft, filename: str) -> None:
        """Wait until the file is not being uploaded and the draft not published; lock the file."""
        while filename in draft.shared.arriving or draft.task:
            if draft.task:
                await asyncio.wait([draft.task])
            else:
                await asyncio.sleep(0.05)
        with draft.shared.lock:
            draft.shared.arriving.add(filename)

    def unlock(self, draft: Draft, filename: str) -> None:
        """Unlock a file."""
        with draft.shared.lock:
            draft.shared.arriving.discard(filename)

    def set_unpublished(self, draft: Draft, store: FileStore, token: Secret | None) -> None:
        """Record that a draft has content to publish."""
        draft.store, draft.token, draft.attempts = store, token, 0

    async def show(self, draft: Draft, pending: PendingFile) -> None:
        """Show an unpublished file to readers, and serve it from its temporary folder."""
        if any(each.file.filename == pending.file.filename for each in draft.pending):
            self.pending_files.drop(pending.folder)
            return
        self.pending_files.keep(draft.served_store.name, pending.file, pending.folder)
        draft.pending.append(pending)
        await asyncio.to_thread(draft.served_store.catalog_view.add, pending.project, pending.file)

    def index_reader(self, served_store: ServedStore) -> IndexReader | None:
        """Return the index with which an upload need not list the store; `None` if it is unread."""
        files = served_store.catalog_view.files
        return (lambda: files) if served_store.loaded else None

    def warn_about_drafts(self, served_store: ServedStore, tags: Iterable[str]) -> None:
        """Log drafts without uploads to this server, such as those of an interrupted upload.

        Args:
            served_store: The store.
            tags: The tags of the drafts that an upload has seen: those of all releases, or of the
                newest ones of a large store.
        """
        here = {tag for each in self._drafts.values() for tag in each.tags}
        for tag in sorted(tags):
            if tag not in here and (served_store.name, tag) not in self._reported:
                self._reported.add((served_store.name, tag))
                _log.warning(
                    "%s: draft %s is unpublished and no upload to it is running; "
                    "publish it with 'ghpypi publish %s'", served_store.name, tag, tag,
                )  # fmt: skip

    async def published(self, draft: Draft) -> GhpypiError | None:
        """Wait until a draft is published; return the error if that failed."""
        if draft.done is None:
            draft.done = asyncio.get_running_loop().create_future()
        return await asyncio.shield(draft.done)

    async def close(self) -> None:
        """Publish all drafts and start all due index runs immediately."""
        self._closing = True
        for draft in list(self._drafts.values()):
            if draft.store and not draft.uploads and not draft.task:
                self._publish_in(draft, 0.0)
        await self._tasks.wait()
        await self.index_trigger.close()

    # Publishing

    def _publish_in(self, draft: Draft, seconds: float) -> None:
        draft.cancel_timer()
        if seconds:
            loop = asyncio.get_running_loop()
            draft.timer = loop.call_later(seconds, self._begin, draft)
        else:
            self._begin(draft)

    def _begin(self, draft: Draft) -> None:
        draft.timer = None
        draft.task = self._tasks.start(self._publish(draft))

    async def _publish(self, draft: Draft) -> None:
        error: GhpypiError | None = None
        try:
            assets = await asyncio.to_thread(publish_draft, draft)
            for each in draft.pending:  # no file is added during the publication
                file = published_file(each.file, assets)
                await asyncio.to_thread(draft.served_store.catalog_view.add, each.project, file)
        except GhpypiError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - an upload may wait for the result
            _log.exception("%s: %s was not published", draft.served_store.name, draft.tag)
            error = FailedError(f"{draft.tag} was not published: {raised}")
        draft.task = None
        patient = (
            draft.done is None and not self._closing and draft.attempts < len(self._retry_delays)
        )
        if isinstance(error, TryLaterError) and patient:
            _log.warning(
                "%s: publishing %s will be retried: %s", draft.served_store.name, draft.tag, error
            )
            draft.attempts += 1
            if not draft.uploads:
                self._publish_in(draft, self._retry_delays[draft.attempts - 1])
            return
        self._settle(draft, error)

    def _settle(self, draft: Draft, error: GhpypiError | None) -> None:
        """Clean up after the publication of a draft, with or without an error."""
        loop = asyncio.get_running_loop()
        draft.store = None
        draft.shared.forget()
        for each in draft.pending:
            if error is None:
                self.pending_files.drop(each.folder)
            else:
                loop.call_later(FAILED_SECONDS, self.pending_files.drop, each.folder)
        draft.pending = []
        if error is None:
            self.index_trigger.schedule(draft.served_store, draft.token)
        else:
            _log.error(
                "%s: %s was uploaded but not published: %s (%s)",
                draft.served_store.name, draft.tag, error, error.hint or "see 'ghpypi publish'",
            )  # fmt: skip
        if draft.done:
            draft.done.set_result(error)
            draft.done = None
        if not draft.uploads:
            self._forget(draft)

    def _forget(self, draft: Draft) -> None:
        self._drafts.pop((draft.served_store.name.lower(), draft.tag), None)

    def _busy(self, served_store: ServedStore) -> bool:
        drafts = self._drafts.values()
        return any(each.served_store.name == served_store.name and each.store for each in drafts)
