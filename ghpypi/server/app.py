"""The server, put together: which part answers what, and what is told of it.

/simple/  /INDEX/simple/         the first store
/OWNER/REPO/...  /SHORT/...      each store, with the same below it
.../files/TAG/NAME               files, and what lies beside them
/login  /logout                  for browsers, and the published pages behind them
/health  /ready  /metrics        for operators; .../index_mtime
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from ghpypi.core.names import LONGEST_FILENAME
from ghpypi.core.plain_text import masked
from ghpypi.core.shelved import FILES
from ghpypi.errors import GhpypiError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.server.access_log import LONGEST_TEXT, AccessLog
from ghpypi.server.http import (
    BrokenOffError,
    DeniedError,
    GoneError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    TooLargeError,
    later,
    redirect,
    text,
)
from ghpypi.server.metrics import Metrics
from ghpypi.server.operating import PATHS, Operating
from ghpypi.server.people import PLACES
from ghpypi.server.rooms import Rest, Rooms
from ghpypi.server.stall import Stall

THREADS = 64
"""For what blocks: questions to GitHub, and bytes that are passed through."""

TICK_SECONDS = 0.5

_ALLOW = (b"allow", b"GET, HEAD")

_log = logging.getLogger("ghpypi")


@dataclass(kw_only=True)
class App:
    """The ASGI application.

    Attributes:
        rooms: What there is to show.
        metrics: Counts.
        log: Notes each request.
        reload: Looks for changed settings, and gives the new rooms if there are any.
        metrics_port: Where operators get all details without signing in; 0 for nowhere.
    """

    rooms: Rooms
    metrics: Metrics = field(default_factory=Metrics)
    log: AccessLog = field(default_factory=lambda: AccessLog(None))
    reload: Callable[[], Rooms | None] = field(default_factory=lambda: _never)
    metrics_port: int = 0
    _ticking: "asyncio.Task[None] | None" = None

    def __post_init__(self) -> None:
        """Make what needs nothing but the counts."""
        self._operating = Operating(self.metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Request(scope, receive), send)
        else:
            raise NotImplementedError(scope["type"])

    async def _answer(self, request: Request, send: Send) -> None:
        begun = time.perf_counter()
        try:
            response = await self._routed(request)
            response.headers = [*response.headers, *request.new_cookies]
        except DeniedError as denied:
            response = denied.response
        except GoneError:
            return
        except TooLargeError as error:
            response = text(413, str(error))
        except GhpypiError as error:
            response = _told(error)
        except Exception:  # noqa: BLE001 - of one request, and the server goes on
            _log.exception("%s %s failed", request.method[:LONGEST_TEXT], _logged(request.path))
            response = text(500)
        try:
            await response.send(send, request)
        except BrokenOffError as error:  # the client learns of it when we hang up
            _log.warning("%s %s broke off: %s", request.method, _logged(request.path), error)
        seconds = time.perf_counter() - begun
        self.metrics.count(request.kind, response.status, response.sent, seconds)
        self.log.write(request, response, seconds)

    async def _routed(self, request: Request) -> Response:
        segments, rooms = request.segments, self.rooms
        request.monitors = self.metrics_port > 0 and request.port == self.metrics_port
        if any(len(each) > LONGEST_FILENAME for each in segments):
            # Nothing has such a name, and names are kept in caches.
            raise DeniedError(text(404, f"no name has more than {LONGEST_FILENAME} characters"))
        reading = request.method in {"GET", "HEAD"}
        if len(segments) == 1 and segments[0] in PATHS:
            request.kind = "operating"
            if not reading:
                raise DeniedError(text(405, headers=[_ALLOW]))
            visible = await rooms.gate.visible(request, rooms.all)
            return self._operating.answer(request, rooms.all, visible)
        if request.monitors:
            raise DeniedError(text(404))
        if segments in {("login",), ("logout",)}:
            request.kind = "people"
            return await rooms.people.sign(request, rooms.all)
        stall, rest = rooms.find(segments)
        if not reading:
            request.kind = "upload"
            return await self._by_parts(request, stall, rest, 405)
        if len(rest) == 3 and rest[:2] in {("legacy", "+simple"), ("simple", "+simple")}:  # noqa: PLR2004
            rest = ("simple", rest[2])  # where hatch looks before it uploads
        request.kind = _kind(rest)
        if request.kind == "other":
            return await self._by_parts(request, stall, rest, 404)
        return await self._below(request, stall, rest)

    async def _below(self, request: Request, stall: Stall, rest: Rest) -> Response:
        rooms = self.rooms
        match request.kind:
            case "root" | "project":
                return await rooms.reading.answer(request, stall, rest)
            case "file":
                return await rooms.files.answer(request, stall, "/".join(rest))
            case "people":
                return await self._page(request, stall, rest)
            case _:
                return self._operating.changed(stall)

    async def _by_parts(self, request: Request, stall: Stall, rest: Rest, status: int) -> Response:
        for part in self.rooms.parts:
            response = await part.answer(request, stall, rest)
            if response is not None:
                return response
        raise DeniedError(text(status, headers=[_ALLOW] if status == 405 else []))  # noqa: PLR2004

    async def _page(self, request: Request, stall: Stall, rest: Rest) -> Response:
        slash = request.path.endswith("/")
        if not rest and not slash:
            return redirect(f"{request.segments[-1]}/", 301)
        if not all(map(_is_plain, rest)):
            raise DeniedError(text(404))
        path = "/".join(rest) + ("/" if rest and slash else "")
        return await self.rooms.people.page(request, stall, path)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                loop = asyncio.get_running_loop()
                loop.set_default_executor(ThreadPoolExecutor(THREADS, "ghpypi"))
                self._ticking = asyncio.create_task(self._tick())
                for part in self.rooms.parts:
                    part.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._ticking:
                    self._ticking.cancel()
                    with suppress(asyncio.CancelledError):
                        await self._ticking
                for part in self.rooms.parts:
                    await part.close()
                self.log.flush()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _tick(self) -> None:
        """Keep everything fresh that the server itself may look at."""
        while True:
            for stall in self.rooms.all:
                if stall.token or stall.kind != "github":
                    stall.keep_fresh(None)
            self.log.flush()
            await asyncio.sleep(TICK_SECONDS)
            self._take_changes(await asyncio.to_thread(self._changed))

    def _changed(self) -> Rooms | None:
        try:
            return self.reload()
        except GhpypiError as error:
            _log.warning("the changed settings are not used: %s", error)
            return None

    def _take_changes(self, rooms: Rooms | None) -> None:
        if rooms is not None:
            self.rooms = rooms
            _log.warning("serving %s now", ", ".join(stall.name for stall in rooms.all))


def _never() -> None:
    """There are no settings that could change."""


def _logged(path: str) -> str:
    """Return what is logged of a path: no tokens, and not more than fits on a line."""
    return masked(path[: 2 * LONGEST_TEXT], hex_tokens=True)[:LONGEST_TEXT]


def _is_plain(segment: str) -> bool:
    """Tell whether a part of a path is the name of a page, and leads nowhere else."""
    return segment.isprintable() and not segment.startswith(".") and not set(segment) & set("/\\:")


def _kind(rest: Rest) -> str:
    """Tell what is asked for below a store."""
    match rest:
        case ("simple",) | (_, "simple"):
            return "root"
        case ("simple", _) | (_, "simple", _):
            return "project"
        case (first, _, _, *_) if first == FILES:
            return "file"
        case ("index_mtime",):
            return "operating"
        case _:
            return "people" if not rest or rest[0] in PLACES else "other"


def _told(error: GhpypiError) -> Response:
    """Say what went wrong before anything could be shown."""
    if isinstance(error, TryLaterError):
        return later(10, str(error))
    if isinstance(error, NotFoundError):
        return text(404, str(error))
    return text(403 if isinstance(error, NotAllowedError) else 502, str(error))
