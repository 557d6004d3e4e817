"""Publishing: the legacy upload API, for twine, uv, Poetry, PDM, hatch and flit.

    form ─receive─► file on disk ─check─► draft ─quiet for a while─► published ─► index started

The checks and outcomes are those of `ghpypi upload`, translated to responses that clients expect.
"""

import asyncio
import errno
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_number
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.legacy_form import Answer, answer_to, incomplete
from ghpypi.core.upload.tags import default_tag
from ghpypi.errors import BadTokenError, GhpypiError, NotAllowedError, UnfinishedError
from ghpypi.jobs.upload import IndexReader
from ghpypi.ports import UploadTarget
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.ports import Uploader, UploadTokenReader
from ghpypi.server.responses import challenge, text
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.draft import Draft
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.multipart import OTHER_FIELDS, ReceivedUpload, TooLargeError
from ghpypi.server.upload.service import UploadService
from ghpypi.server.upload.tracked_store import SharedDraft

if TYPE_CHECKING:
    from ghpypi.server.upload.storing import Stored

_log = logging.getLogger("ghpypi")


@dataclass(slots=True)
class _RunningUpload:
    """A running upload, and its draft once the name of the file is known."""

    drafts: Drafts
    served_store: ServedStore
    draft: Draft | None = None
    over: bool = False

    def begin(self, filename: Filename) -> None:
        if not self.over:
            self.draft = self.drafts.enter(self.served_store, default_tag(filename))

    def end(self) -> None:
        self.over = True
        if self.draft:
            self.drafts.leave(self.draft)


class UploadHandler:
    """Handles uploads (a `RouteProvider`).

    Args:
        authorizer: Checks write permissions.
        upload_service: Receives files and manages drafts.
        upload_tokens: Accepts tokens of trusted publishing; `None` if it is disabled.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        upload_service: UploadService,
        upload_tokens: UploadTokenReader | None = None,
    ) -> None:
        self._authorizer, self._upload_service, self._upload_tokens = (
            authorizer,
            upload_service,
            upload_tokens,
        )

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes below each store."""
        return [
            Route("/legacy", self._handle, methods=["POST"], name="upload"),
            Route("/simple", self._handle, methods=["POST"], name="upload"),
            Route("/", self._handle, methods=["POST"], name="upload"),  # as pypiserver has it
            Route("/legacy", _method_not_allowed, name="upload"),
        ]

    def start(self) -> None:
        """Do nothing: no preparation is needed."""

    async def close(self) -> None:
        """Publish all drafts."""
        await self._upload_service.close()

    async def _handle(self, request: Request) -> Response:
        answer = await self._upload(request, request.state.store)
        wait = {"retry-after": str(answer.retry_after)} if answer.retry_after else {}
        return text(answer.status, answer.text, wait)

    async def _upload(self, request: Request, served_store: ServedStore) -> Answer:
        uploader = await self._admit(request, served_store)
        upload_target = served_store.upload_target
        if upload_target is None:
            return Answer(status=403, text=f"{served_store.name} accepts no uploads")
        self._check_size(request)
        filename = ""
        try:
            async with (
                self._upload_service.slots,
                self._running_upload(served_store) as running,
                self._received(request, running, uploader) as received,
            ):
                filename = received.path.name
                stored = await self._stored(received, running, upload_target, uploader)
            return await self._response(stored, running, uploader)
        except GhpypiError as error:
            if isinstance(error, BadTokenError):
                uploader.forget()
                raise challenge("GitHub does not know this token") from error
            return answer_to(error, filename)
        except TooLargeError as error:
            return Answer(status=413, text=str(error))
        except TimeoutError:
            return Answer(status=408, text="timeout while waiting for data of the upload")
        except OSError as error:
            _log.exception("an upload to %s failed", served_store.name)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            message = "no space left on the server" if full else "the server cannot store the file"
            return Answer(status=507 if full else 500, text=message)

    async def _admit(self, request: Request, served_store: ServedStore) -> Uploader:
        """Authenticate the uploader.

        Upload tokens are never sent to GitHub. Requests from browsers are rejected, because a
        browser adds saved credentials to any request, also to one forged by another site.
        """
        if request.headers.get("origin", "") or request.headers.get("sec-fetch-site", ""):
            raise HTTPException(403, "uploads from browsers are not allowed")
        given = self._authorizer.credentials(request)
        if given and self._upload_tokens:
            try:
                uploader = self._upload_tokens.uploader(given.secret, served_store)
            except NotAllowedError as error:
                raise HTTPException(403, str(error)) from error
            if uploader:
                request.state.user = given.user
                return uploader
        caller = await self._authorizer.admit(request, served_store, write=True)
        return Uploader(token=caller.token, forget=lambda: self._authorizer.forget(caller))

    def _check_size(self, request: Request) -> None:
        """Reject an upload by its Content-Length, before reading it."""
        declared = parse_number(request.headers.get("content-length", ""))
        limit = self._upload_service.receiver.max_file_size
        if declared is not None and declared > limit + OTHER_FIELDS:
            raise HTTPException(
                413, f"the file is too large; the limit is {count_of(limit, 'byte')}"
            )

    @asynccontextmanager
    async def _running_upload(self, served_store: ServedStore) -> AsyncIterator[_RunningUpload]:
        running = _RunningUpload(self._upload_service.drafts, served_store)
        try:
            yield running
        finally:
            running.end()

    @asynccontextmanager
    async def _received(
        self, request: Request, running: _RunningUpload, uploader: Uploader
    ) -> AsyncIterator[ReceivedUpload]:
        """Receive a file; delete it afterwards, unless it is a pending file."""
        loop = asyncio.get_running_loop()

        def accept(filename: Filename) -> None:
            if not uploader.allows(filename):
                raise NotAllowedError(
                    f"this upload token is not valid for project '{filename.project}' in "
                    f"{running.served_store.name}"
                )
            loop.call_soon_threadsafe(running.begin, filename)

        received = await self._upload_service.receiver.receive(
            request.headers.get("content-type", ""), request.stream(), accept
        )
        try:
            yield received
        finally:
            if not self._upload_service.drafts.pending_files.holds(received.path):
                shutil.rmtree(received.path.parent, ignore_errors=True)

    async def _stored(
        self,
        received: ReceivedUpload,
        running: _RunningUpload,
        upload_target: UploadTarget,
        uploader: Uploader,
    ) -> "Stored":
        """Store a file and show it to readers."""
        drafts, draft, name = self._upload_service.drafts, running.draft, received.path.name
        if draft is None:
            raise RuntimeError("the draft must be opened before a file is stored")
        await drafts.lock(draft, name)
        try:
            loop = asyncio.get_running_loop()
            stored = await loop.run_in_executor(
                self._upload_service.pool,
                _store_file,
                received,
                upload_target,
                uploader,
                draft.shared,
                drafts.index_reader(running.served_store),
            )
        finally:
            drafts.unlock(draft, name)
        if stored.draft:
            drafts.set_unpublished(draft, stored.store, uploader.token)
        if stored.pending and stored.draft:
            await drafts.show(draft, stored.pending)
        elif stored.pending:
            pending = stored.pending
            await asyncio.to_thread(
                running.served_store.catalog_view.add, pending.project, pending.file
            )
            drafts.index_trigger.schedule(
                running.served_store,
                uploader.token,
                drafts.delay(running.served_store, uploader.token),
            )
        drafts.warn_about_drafts(running.served_store, stored.drafts)
        return stored

    async def _response(
        self, stored: "Stored", running: _RunningUpload, uploader: Uploader
    ) -> Answer:
        """Return the response; if the draft is published at once, wait for that first."""
        drafts = self._upload_service.drafts
        concurrent_uploads = not drafts.delay(running.served_store, uploader.token)
        if running.draft and stored.draft and concurrent_uploads:
            error = await drafts.published(running.draft)
            if isinstance(error, UnfinishedError):
                # The client sends the missing file only after a success.
                return incomplete(stored.answer, error)
            if error:
                raise error
        return stored.answer


async def _method_not_allowed(_: Request) -> Response:
    message = "this URL accepts uploads with POST; the URL for installers ends in simple/"
    return text(405, message, {"allow": "POST"})


def _store_file(
    received: ReceivedUpload,
    upload_target: UploadTarget,
    uploader: Uploader,
    shared: SharedDraft,
    index: IndexReader | None,
) -> "Stored":
    """Store a file; what examines files is imported with the first one, in its thread."""
    from ghpypi.server.upload.storing import store_file  # noqa: PLC0415 - slow to import

    return store_file(received, upload_target, uploader, shared, index)
