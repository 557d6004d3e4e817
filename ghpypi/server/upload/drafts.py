"""Drafts that wait until nobody uploads to them any more.

twine sends the files of a version one by one, and says nowhere which is the last. GitHub can
freeze a release when it is published ("immutable releases"): a file that comes later finds no way
in. So a release stays a draft until it was quiet for a while. Readers of this server see its
files at once.
"""

import asyncio
import logging
from collections.abc import Iterable

from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError, TryLaterError
from ghpypi.ports import FileStore
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.draft import Draft, PendingFile, found, publish_draft
from ghpypi.server.upload.index_trigger import INDEX_SECONDS, PATIENCE, IndexTrigger, Tasks
from ghpypi.server.upload.pending import PendingFiles, PendingFilesReader

GONE_SECONDS = 3600.0
"""How long a file is kept that could not be published: as long as pages show it."""

JOB_TOKEN = "ghs_"  # noqa: S105 - what such tokens begin with
"""Begins the tokens of workflows and Apps.

Source: GitHub documentation, "About authentication to GitHub", "GitHub's token formats".
"""

_log = logging.getLogger("ghpypi")


class Drafts:
    """All drafts that wait. Everything but what `Draft.shared` holds is of the event loop's thread.

    Args:
        after: Seconds of quiet before a draft is published.
        index_after: Seconds after the last publication before an index is started.
        patience: Seconds before each new attempt where GitHub refuses for now.
    """

    def __init__(
        self,
        *,
        after: float,
        index_after: float = INDEX_SECONDS,
        patience: tuple[float, ...] = PATIENCE,
    ) -> None:
        self.after = after
        self._patience = patience
        self.pending_files = PendingFiles()
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._reported: set[tuple[str, str]] = set()
        self._tasks = Tasks()
        self.index_trigger = IndexTrigger(self._busy, after=index_after, patience=patience)
        self._closing = False

    def delay(self, served_store: ServedStore, token: Secret | None) -> float:
        """Say how long a draft waits.

        Only GitHub freezes what is published. And the token of a workflow ends with its job, so
        that nobody could publish later where the server has no token of its own.
        """
        short = token is not None and token.reveal().startswith(JOB_TOKEN)
        if not served_store.capabilities.freezes or (short and served_store.token is None):
            return 0.0
        return self.after

    def enter(self, served_store: ServedStore, tag: str) -> Draft:
        """Begin an upload to a release: it is not published before `leave`."""
        key = served_store.name.lower(), tag
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = Draft(served_store=served_store, tag=tag)
        if not isinstance(served_store.reader, PendingFilesReader):
            served_store.reader = PendingFilesReader(
                served_store.reader, self.pending_files, served_store.name
            )
        draft.visitors += 1
        draft.quiet()
        return draft

    def leave(self, draft: Draft) -> None:
        """End an upload to a release; the last one sets the clock."""
        draft.visitors -= 1
        if draft.visitors:
            return
        if draft.store is None:
            self._forget(draft)
        elif draft.task is None:
            seconds = 0.0 if self._closing else self.delay(draft.served_store, draft.token)
            self._publish_in(draft, seconds)

    async def turn(self, draft: Draft, filename: str) -> None:
        """Wait until nothing else happens to a file or to the release; `end_turn` ends that."""
        while filename in draft.shared.arriving or draft.task:
            if draft.task:
                await asyncio.wait([draft.task])
            else:
                await asyncio.sleep(0.05)
        with draft.shared.lock:
            draft.shared.arriving.add(filename)

    def end_turn(self, draft: Draft, filename: str) -> None:
        """Let others go on with a file."""
        with draft.shared.lock:
            draft.shared.arriving.discard(filename)

    def fill(self, draft: Draft, store: FileStore, token: Secret | None) -> None:
        """Note that a draft holds something that has to be published."""
        draft.store, draft.token, draft.attempts = store, token, 0

    async def show(self, draft: Draft, waiting: PendingFile) -> None:
        """Show a file to the readers of this server, who get it from here."""
        if any(each.file.filename == waiting.file.filename for each in draft.waiting):
            self.pending_files.drop(waiting.folder)
            return
        self.pending_files.keep(draft.served_store.name, waiting.file, waiting.folder)
        draft.waiting.append(waiting)
        await asyncio.to_thread(draft.served_store.catalog_view.add, waiting.project, waiting.file)

    def report_left(self, served_store: ServedStore, tags: Iterable[str]) -> None:
        """Log the drafts that no upload of this server fills: an earlier one may have been killed.

        Args:
            served_store: The store.
            tags: The tags of all drafts in there.
        """
        here = {(each.shared.tag or each.tag) for each in self._drafts.values()}
        for tag in sorted(tags):
            if tag not in here and (served_store.name, tag) not in self._reported:
                self._reported.add((served_store.name, tag))
                _log.warning(
                    "%s: draft %s is not published, and no upload to this server fills it; "
                    "'ghpypi publish %s' publishes it", served_store.name, tag, tag,
                )  # fmt: skip

    async def published(self, draft: Draft) -> GhpypiError | None:
        """Wait until a draft is published; tell what prevented it."""
        if draft.done is None:
            draft.done = asyncio.get_running_loop().create_future()
        return await asyncio.shield(draft.done)

    async def close(self) -> None:
        """Publish what waits, and start the indexes that have to be, without waiting longer."""
        self._closing = True
        for draft in list(self._drafts.values()):
            if draft.store and not draft.visitors and not draft.task:
                self._publish_in(draft, 0.0)
        await self._tasks.end()
        await self.index_trigger.close()

    # Publishing

    def _publish_in(self, draft: Draft, seconds: float) -> None:
        draft.quiet()
        if seconds:
            loop = asyncio.get_running_loop()
            draft.timer = loop.call_later(seconds, self._begin, draft)
        else:
            self._begin(draft)

    def _begin(self, draft: Draft) -> None:
        draft.timer = None
        draft.task = self._tasks.begin(self._publish(draft))

    async def _publish(self, draft: Draft) -> None:
        error: GhpypiError | None = None
        try:
            assets = await asyncio.to_thread(publish_draft, draft)
            for each in draft.waiting:  # none comes to it while it is being published
                file = found(each.file, assets)
                await asyncio.to_thread(draft.served_store.catalog_view.add, each.project, file)
        except GhpypiError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - somebody may wait to be told
            _log.exception("%s: %s was not published", draft.served_store.name, draft.tag)
            error = FailedError(f"{draft.tag} was not published: {raised}")
        draft.task = None
        patient = draft.done is None and not self._closing and draft.attempts < len(self._patience)
        if isinstance(error, TryLaterError) and patient:
            _log.warning("%s: %s waits on: %s", draft.served_store.name, draft.tag, error)
            draft.attempts += 1
            if not draft.visitors:
                self._publish_in(draft, self._patience[draft.attempts - 1])
            return
        self._settle(draft, error)

    def _settle(self, draft: Draft, error: GhpypiError | None) -> None:
        """Be done with a draft, whatever came of it."""
        loop = asyncio.get_running_loop()
        draft.store = draft.shared.release = None
        for each in draft.waiting:
            if error is None:
                self.pending_files.drop(each.folder)
            else:
                loop.call_later(GONE_SECONDS, self.pending_files.drop, each.folder)
        draft.waiting = []
        if error is None:
            self.index_trigger.soon(draft.served_store, draft.token)
        else:
            _log.error(
                "%s: %s was uploaded but not published: %s (%s)",
                draft.served_store.name, draft.tag, error, error.hint or "ghpypi publish does it",
            )  # fmt: skip
        if draft.done:
            draft.done.set_result(error)
            draft.done = None
        if not draft.visitors:
            self._forget(draft)

    def _forget(self, draft: Draft) -> None:
        self._drafts.pop((draft.served_store.name.lower(), draft.tag), None)

    def _busy(self, served_store: ServedStore) -> bool:
        drafts = self._drafts.values()
        return any(each.served_store.name == served_store.name and each.store for each in drafts)
