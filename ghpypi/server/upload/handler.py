"""Publishing: the legacy upload API, for twine, uv, Poetry, PDM, hatch and flit.

    form ─receive─► file on disk ─check─► draft ─quiet for a while─► published ─► index started

The same checks as `ghpypi upload`, and the same outcomes, in the words that clients understand.
"""

import asyncio
import errno
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_number
from ghpypi.core.secret import Secret
from ghpypi.core.upload.legacy_form import Answer, answer_to, incomplete
from ghpypi.core.upload.plan import default_tag
from ghpypi.errors import BadTokenError, GhpypiError, NotAllowedError, UnfinishedError
from ghpypi.ports import UploadTarget
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.responses import challenge, text
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.draft import Draft
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.multipart import OTHER_FIELDS, ReceivedUpload, TooLargeError
from ghpypi.server.upload.service import UploadService
from ghpypi.server.upload.storing import Stored, Uploader, store_file

_log = logging.getLogger("ghpypi")


class UploadTokenReader(Protocol):
    """Knows those who come without a token of GitHub's."""

    def uploader(self, secret: Secret, served_store: ServedStore) -> Uploader | None:
        """Tell who brings a secret; `None` if it is none of ours.

        Raises:
            NotAllowedError: It is one, and good for nothing here.
        """
        ...


@dataclass(slots=True)
class _Visit:
    """One upload on its way, and the draft that waits for it."""

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
    """Takes uploads: a part of the server.

    Args:
        authorizer: Decides who may.
        upload_service: Where it is done.
        upload_tokens: Knows those who come without a token of GitHub's.
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
        """Its routes, below each store."""
        return [
            Route("/legacy", self._take, methods=["POST"], name="upload"),
            Route("/simple", self._take, methods=["POST"], name="upload"),
            Route("/legacy", _refuse_reading, name="upload"),
        ]

    def start(self) -> None:
        """Nothing is to be prepared."""

    async def close(self) -> None:
        """Publish what waits."""
        await self._upload_service.close()

    async def _take(self, request: Request) -> Response:
        """Take an upload, and answer it."""
        answer = await self._upload(request, request.state.store)
        wait = {"retry-after": str(answer.retry_after)} if answer.retry_after else {}
        return text(answer.status, answer.text, wait)

    async def _upload(self, request: Request, served_store: ServedStore) -> Answer:
        uploader = await self._admit(request, served_store)
        upload_target = served_store.upload_target
        if upload_target is None:
            return Answer(status=403, text=f"{served_store.name} takes no uploads")
        self._refuse_large(request)
        filename = ""
        try:
            async with (
                self._upload_service.room,
                self._visit(served_store) as visit,
                self._received(request, visit, uploader) as received,
            ):
                filename = received.path.name
                stored = await self._stored(received, visit, upload_target, uploader)
            return await self._told(stored, visit, uploader)
        except GhpypiError as error:
            if isinstance(error, BadTokenError):
                uploader.forget()
                raise challenge("GitHub does not know this token") from error
            return answer_to(error, filename)
        except TooLargeError as error:
            return Answer(status=413, text=str(error))
        except TimeoutError:
            return Answer(status=408, text="the upload stood still for too long")
        except OSError as error:
            _log.exception("an upload to %s failed", served_store.name)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            message = "the server has no room left" if full else "the server could not keep it"
            return Answer(status=507 if full else 500, text=message)

    async def _admit(self, request: Request, served_store: ServedStore) -> Uploader:
        """Let somebody in who may write.

        What is not GitHub's is never shown to GitHub. A browser signs what any page makes it
        send with what its user typed once, so browsers upload nothing.
        """
        if request.headers.get("origin", "") or request.headers.get("sec-fetch-site", ""):
            raise HTTPException(403, "files are not uploaded with a browser")
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

    def _refuse_large(self, request: Request) -> None:
        """Refuse before anything is read what is said to be too large."""
        declared = parse_number(request.headers.get("content-length", ""))
        largest = self._upload_service.receiver.largest
        if declared is not None and declared > largest + OTHER_FIELDS:
            raise HTTPException(413, f"files have {largest:,} bytes at most here")

    @asynccontextmanager
    async def _visit(self, served_store: ServedStore) -> AsyncIterator[_Visit]:
        visit = _Visit(self._upload_service.drafts, served_store)
        try:
            yield visit
        finally:
            visit.end()

    @asynccontextmanager
    async def _received(
        self, request: Request, visit: _Visit, uploader: Uploader
    ) -> AsyncIterator[ReceivedUpload]:
        """Take a file in; unless somebody kept it, it is gone afterwards."""
        loop = asyncio.get_running_loop()

        def accept(filename: Filename) -> None:
            if not uploader.allows(filename):
                raise NotAllowedError(
                    f"who is signed in here may not publish {filename.project} to "
                    f"{visit.served_store.name}"
                )
            loop.call_soon_threadsafe(visit.begin, filename)

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
        visit: _Visit,
        upload_target: UploadTarget,
        uploader: Uploader,
    ) -> Stored:
        """Store a file when it is its turn, and show it to readers."""
        drafts, draft, name = self._upload_service.drafts, visit.draft, received.path.name
        if draft is None:
            raise RuntimeError("a file came in unannounced")
        await drafts.turn(draft, name)
        try:
            loop = asyncio.get_running_loop()
            stored = await loop.run_in_executor(
                self._upload_service.pool,
                store_file,
                received,
                upload_target,
                uploader,
                draft.shared,
            )
        finally:
            drafts.end_turn(draft, name)
        if stored.draft:
            drafts.fill(draft, stored.store, uploader.token)
        if stored.waiting and stored.draft:
            await drafts.show(draft, stored.waiting)
        elif stored.waiting:
            waiting = stored.waiting
            await asyncio.to_thread(
                visit.served_store.catalog_view.add, waiting.project, waiting.file
            )
            drafts.index_trigger.soon(
                visit.served_store, uploader.token, drafts.delay(visit.served_store, uploader.token)
            )
        drafts.report_left(visit.served_store, stored.drafts)
        return stored

    async def _told(self, stored: Stored, visit: _Visit, uploader: Uploader) -> Answer:
        """Answer; where nothing is gained by waiting, only when it is published."""
        drafts = self._upload_service.drafts
        at_once = not drafts.delay(visit.served_store, uploader.token)
        if visit.draft and stored.draft and at_once:
            error = await drafts.published(visit.draft)
            if isinstance(error, UnfinishedError):
                # The client sends the next file only after a success, and that may be the one.
                return incomplete(stored.answer, error)
            if error:
                raise error
        return stored.answer


async def _refuse_reading(_: Request) -> Response:
    message = "files are uploaded here, with POST; installers read .../simple/"
    return text(405, message, {"allow": "POST"})
