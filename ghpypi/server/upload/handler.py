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

from ghpypi.core.legacy import Answer, answer_to, incomplete
from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_number
from ghpypi.core.plan import default_tag
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError, GhpypiError, NotAllowedError, UnfinishedError
from ghpypi.ports import UploadTarget
from ghpypi.server.auth.authorizer import Gate
from ghpypi.server.responses import challenge, text
from ghpypi.server.served_store import Stall
from ghpypi.server.upload.draft import Draft
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.multipart import OTHER_FIELDS, Arrived, TooLargeError
from ghpypi.server.upload.service import Works
from ghpypi.server.upload.storing import Stored, Visitor, store_file

_log = logging.getLogger("ghpypi")


class Passes(Protocol):
    """Knows those who come without a token of GitHub's."""

    def visitor(self, secret: Secret, stall: Stall) -> Visitor | None:
        """Tell who brings a secret; `None` if it is none of ours.

        Raises:
            NotAllowedError: It is one, and good for nothing here.
        """
        ...


@dataclass(slots=True)
class _Visit:
    """One upload on its way, and the draft that waits for it."""

    drafts: Drafts
    stall: Stall
    draft: Draft | None = None
    over: bool = False

    def begin(self, filename: Filename) -> None:
        if not self.over:
            self.draft = self.drafts.enter(self.stall, default_tag(filename))

    def end(self) -> None:
        self.over = True
        if self.draft:
            self.drafts.leave(self.draft)


class Publishing:
    """Takes uploads: a part of the server.

    Args:
        gate: Decides who may.
        works: Where it is done.
        passes: Knows those who come without a token of GitHub's.
    """

    def __init__(self, gate: Gate, works: Works, passes: Passes | None = None) -> None:
        self._gate, self._works, self._passes = gate, works, passes

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
        await self._works.close()

    async def _take(self, request: Request) -> Response:
        """Take an upload, and answer it."""
        answer = await self._upload(request, request.state.store)
        wait = {"retry-after": str(answer.retry_after)} if answer.retry_after else {}
        return text(answer.status, answer.text, wait)

    async def _upload(self, request: Request, stall: Stall) -> Answer:
        visitor = await self._admit(request, stall)
        outlet = stall.outlet
        if outlet is None:
            return Answer(status=403, text=f"{stall.name} takes no uploads")
        self._refuse_large(request)
        filename = ""
        try:
            async with (
                self._works.room,
                self._visit(stall) as visit,
                self._received(request, visit, visitor) as arrived,
            ):
                filename = arrived.path.name
                stored = await self._stored(arrived, visit, outlet, visitor)
            return await self._told(stored, visit, visitor)
        except GhpypiError as error:
            if isinstance(error, BadTokenError):
                visitor.forget()
                raise challenge("GitHub does not know this token") from error
            return answer_to(error, filename)
        except TooLargeError as error:
            return Answer(status=413, text=str(error))
        except TimeoutError:
            return Answer(status=408, text="the upload stood still for too long")
        except OSError as error:
            _log.exception("an upload to %s failed", stall.name)
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            message = "the server has no room left" if full else "the server could not keep it"
            return Answer(status=507 if full else 500, text=message)

    async def _admit(self, request: Request, stall: Stall) -> Visitor:
        """Let somebody in who may write.

        What is not GitHub's is never shown to GitHub. A browser signs what any page makes it
        send with what its user typed once, so browsers upload nothing.
        """
        if request.headers.get("origin", "") or request.headers.get("sec-fetch-site", ""):
            raise HTTPException(403, "files are not uploaded with a browser")
        given = self._gate.credentials(request)
        if given and self._passes:
            try:
                visitor = self._passes.visitor(given.secret, stall)
            except NotAllowedError as error:
                raise HTTPException(403, str(error)) from error
            if visitor:
                request.state.user = given.user
                return visitor
        caller = await self._gate.admit(request, stall, write=True)
        return Visitor(token=caller.token, forget=lambda: self._gate.forget(caller))

    def _refuse_large(self, request: Request) -> None:
        """Refuse before anything is read what is said to be too large."""
        declared = parse_number(request.headers.get("content-length", ""))
        largest = self._works.entrance.largest
        if declared is not None and declared > largest + OTHER_FIELDS:
            raise HTTPException(413, f"files have {largest:,} bytes at most here")

    @asynccontextmanager
    async def _visit(self, stall: Stall) -> AsyncIterator[_Visit]:
        visit = _Visit(self._works.drafts, stall)
        try:
            yield visit
        finally:
            visit.end()

    @asynccontextmanager
    async def _received(
        self, request: Request, visit: _Visit, visitor: Visitor
    ) -> AsyncIterator[Arrived]:
        """Take a file in; unless somebody kept it, it is gone afterwards."""
        loop = asyncio.get_running_loop()

        def accept(filename: Filename) -> None:
            if not visitor.allows(filename):
                raise NotAllowedError(
                    f"who is signed in here may not publish {filename.project} to "
                    f"{visit.stall.name}"
                )
            loop.call_soon_threadsafe(visit.begin, filename)

        arrived = await self._works.entrance.receive(
            request.headers.get("content-type", ""), request.stream(), accept
        )
        try:
            yield arrived
        finally:
            if not self._works.drafts.spool.holds(arrived.path):
                shutil.rmtree(arrived.path.parent, ignore_errors=True)

    async def _stored(
        self, arrived: Arrived, visit: _Visit, outlet: UploadTarget, visitor: Visitor
    ) -> Stored:
        """Store a file when it is its turn, and show it to readers."""
        drafts, draft, name = self._works.drafts, visit.draft, arrived.path.name
        if draft is None:
            raise RuntimeError("a file came in unannounced")
        await drafts.turn(draft, name)
        try:
            loop = asyncio.get_running_loop()
            stored = await loop.run_in_executor(
                self._works.pool, store_file, arrived, outlet, visitor, draft.shared
            )
        finally:
            drafts.end_turn(draft, name)
        if stored.draft:
            drafts.fill(draft, stored.store, visitor.token)
        if stored.waiting and stored.draft:
            await drafts.show(draft, stored.waiting)
        elif stored.waiting:
            waiting = stored.waiting
            await asyncio.to_thread(visit.stall.shelf.add, waiting.project, waiting.file)
            drafts.starts.soon(visit.stall, visitor.token, drafts.delay(visit.stall, visitor.token))
        drafts.report_left(visit.stall, stored.drafts)
        return stored

    async def _told(self, stored: Stored, visit: _Visit, visitor: Visitor) -> Answer:
        """Answer; where nothing is gained by waiting, only when it is published."""
        drafts = self._works.drafts
        at_once = not drafts.delay(visit.stall, visitor.token)
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
