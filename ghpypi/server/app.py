"""The server: a Starlette application with the routes of all stores.

/simple/  /INDEX/simple/         the first store
/OWNER/REPO/...  /SHORT/...      each store, with the same below it
.../files/TAG/NAME               files, their metadata files and provenance
/login  /logout                  sign-in for browsers, which lets them read the published pages
/health  /ready  /metrics        for operators; .../index_mtime, .../may-read

The routes below a store are those of `Stores.router`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ghpypi.core.names import LONGEST_FILENAME
from ghpypi.core.quantities import count_of
from ghpypi.errors import GhpypiError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.server.access_log import AccessLog
from ghpypi.server.error_pages import error_response
from ghpypi.server.health import health, readiness
from ghpypi.server.metrics import Metrics
from ghpypi.server.middleware import RequestLog, ResponseHeaders
from ghpypi.server.requests import path_segments, server_port
from ghpypi.server.responses import NO_STORE, later
from ghpypi.server.stores import Stores

THREADS = 64
"""Size of the thread pool for blocking work: requests to GitHub and downloads passed through."""

TICK_SECONDS = 0.5

_STATUSES = {NotFoundError: 404, NotAllowedError: 403}
"""HTTP statuses of errors. All others are 502: they come from a store or from GitHub."""

_log = logging.getLogger("ghpypi")


class App(Starlette):
    """The ASGI application.

    Args:
        all_stores: The stores to serve.
        metrics: Receives a record of each request.
        log: Receives a record of each request.
        reload: Checks for changed settings and returns new stores if there are any. Blocks.
        metrics_port: The port on which operators get all details without signing in; 0 for none.
    """

    def __init__(
        self,
        *,
        all_stores: Stores,
        metrics: Metrics | None = None,
        log: AccessLog | None = None,
        reload: Callable[[], Stores | None] = lambda: None,
        metrics_port: int = 0,
    ) -> None:
        self.all_stores = all_stores
        self.metrics = metrics or Metrics()
        self.log = log or AccessLog(None)
        self.metrics_port = metrics_port
        self._reload = reload
        routes = [
            Route("/health", self._health, name="operating"),
            Route("/ready", self._ready, name="operating"),
            Route("/metrics", self._metrics, name="operating"),
            Route("/login", self._sign_in, methods=["GET", "POST"], name="people"),
            Route("/logout", self._sign_out, methods=["GET", "POST"], name="people"),
        ]
        super().__init__(
            middleware=[
                Middleware(RequestLog, metrics=self.metrics, log=self.log),
                Middleware(ResponseHeaders),
            ],
            exception_handlers={HTTPException: _http_error, GhpypiError: _ghpypi_error},
        )
        # Starlette's own router accepts neither middleware nor a default endpoint.
        self.router = Router(
            redirect_slashes=False,
            default=self._dispatch,
            lifespan=App._lifespan,
            middleware=[Middleware(NormalizedPath)],
        )
        # Matching five patterns first costs a page 4 % of its time.
        self._own_paths = frozenset(route.path for route in routes)
        self._own_router = Router(routes, redirect_slashes=False)

    async def _health(self, _: Request) -> Response:
        return health()

    async def _ready(self, request: Request) -> Response:
        stores = self.all_stores.all
        return readiness(stores, await self.all_stores.authorizer.visible(request, stores))

    async def _metrics(self, request: Request) -> Response:
        visible = await self.all_stores.authorizer.visible(request, self.all_stores.all)
        accept = request.headers.get("accept", "")
        content, media_type = self.metrics.exposition(
            visible, accept, downloads=request.state.monitoring
        )
        return Response(content, headers={"content-type": media_type, **NO_STORE})

    async def _sign_in(self, request: Request) -> Response:
        return await self.all_stores.site_pages.forms.sign_in(request, self.all_stores.all)

    async def _sign_out(self, request: Request) -> Response:
        return await self.all_stores.site_pages.forms.sign_out(request)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on with the routes of the server itself, or with those of the stores."""
        own = scope["path"] in self._own_paths
        await (self._own_router if own else self._serve_store)(scope, receive, send)

    async def _serve_store(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the store that a path names, and dispatch to the routes below it."""
        if scope["state"]["monitoring"]:
            raise HTTPException(404)
        all_stores, segments = self.all_stores, scope["state"]["segments"]
        store, rest = all_stores.find(segments)
        scope["state"].update(store=store, segments=rest)
        if len(rest) < len(segments):
            root = _joined(segments[: len(segments) - len(rest)])
            scope["root_path"] = root
            scope["path"] = root + _joined(rest)
        await all_stores.router(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, "ghpypi"))
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        refreshing = asyncio.create_task(self._refresh())
        for part in self.all_stores.parts:
            part.start()
        yield
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing
        for part in self.all_stores.parts:
            await part.close()
        self.log.flush()

    async def _refresh(self) -> None:
        """Refresh the catalogs that the server can read without a caller's token."""
        while True:
            for served_store in self.all_stores.all:
                if served_store.token or not served_store.has_rights:
                    served_store.refresh_if_due(None)
            self.log.flush()
            await asyncio.sleep(TICK_SECONDS)
            self._take_changes(await asyncio.to_thread(self._changed))

    def _changed(self) -> Stores | None:
        try:
            return self._reload()
        except GhpypiError as error:
            _log.warning("ignoring the changed settings: %s", error)
            return None

    def _take_changes(self, all_stores: Stores | None) -> None:
        if all_stores is not None:
            self.all_stores = all_stores
            _log.warning(
                "settings changed; now serving %s",
                ", ".join(served_store.name for served_store in all_stores.all),
            )


class NormalizedPath:
    """Passes the decoded path without empty segments to routes, and rejects overlong segments.

    A slash within a segment stays encoded, so that no route mistakes it for a separator. The
    attributes of `request.state` are documented in the module `requests`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request (ASGI)."""
        if scope["type"] == "http":
            self._normalize(scope)
        await self._app(scope, receive, send)

    def _normalize(self, scope: Scope) -> None:
        segments = path_segments(scope)
        if any(len(each) > LONGEST_FILENAME for each in segments):
            # No file or project has such a name, and names are keys of caches.
            raise HTTPException(
                404, f"names are limited to {count_of(LONGEST_FILENAME, 'character')}"
            )
        port = scope["app"].metrics_port
        monitoring = port > 0 and server_port(scope) == port
        scope["state"].update(segments=segments, monitoring=monitoring)
        scope["path"] = _joined(segments)
        scope["root_path"] = ""


def _joined(segments: tuple[str, ...]) -> str:
    return "/" + "/".join(part.replace("/", "%2F") for part in segments)


async def _http_error(request: Request, error: Exception) -> Response:
    """Convert an HTTP exception into a response."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if "Allow" in headers:  # Starlette joins a set, so the order varies
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return error_response(request, error, headers)


async def _ghpypi_error(request: Request, error: Exception) -> Response:
    """Convert a `GhpypiError` into a response."""
    if isinstance(error, TryLaterError):
        return await _http_error(request, later(10, str(error)))
    status = next((x for kind, x in _STATUSES.items() if isinstance(error, kind)), 502)
    return error_response(request, HTTPException(status, str(error)), {})
