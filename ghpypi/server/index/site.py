"""The published pages of a store for browsers, with a sign-in form."""

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, quote

from cachetools import LRUCache
from packaging.utils import NormalizedName
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ghpypi.core.secret import Secret
from ghpypi.core.site.frame import SCRIPT
from ghpypi.core.site.templates import asset
from ghpypi.core.site.tree import about_path
from ghpypi.core.templates import template
from ghpypi.errors import GhpypiError
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Caller, Credentials
from ghpypi.server.auth.sessions import HOURS, Sessions
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.requests import client_address, has_trailing_slash, raw_path, read_body
from ghpypi.server.responses import NO_STORE, PageResponse, challenge, redirect
from ghpypi.server.served_store import ServedStore

PLACES = (
    "project",
    "projects",
    "assets",
    "feed.xml",
    "search.json",
    "downloads.json",
    "index.html",
    "404.html",
)
PAGE_CACHE_BYTES = 16 << 20
"""Size of the page cache, in bytes."""

FORM_BYTES = 16 << 10

_CACHE = {"cache-control": "private, max-age=0, must-revalidate"}
_OWN = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'"
}
_PUBLISHED = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
"""The Content Security Policy of published pages, the same as in their markup. Everyone with write
access to a store can write its pages, and these share an origin with `/login` and with the pages of
other stores. So no script of a store may run: the only script that `'self'` allows is the server's
own copy."""

_FORGED = "This form has expired or was sent from another site; try again."

SCRIPT_PATH = f"assets/{SCRIPT}"

_PageKey = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class _CachedPage:
    content: bytes
    tag: str

    def __len__(self) -> int:
        return len(self.content)


class SitePages:
    """Handles requests from browsers.

    Args:
        authorizer: Checks read permissions.
        sessions: Reads and writes session cookies.
    """

    def __init__(self, authorizer: Authorizer, sessions: Sessions) -> None:
        self._authorizer = authorizer
        self._sessions = sessions
        self._kept: LRUCache[_PageKey, _CachedPage] = LRUCache(PAGE_CACHE_BYTES, getsizeof=len)
        self._reading: SingleFlight[_PageKey, _CachedPage | None] = SingleFlight()

    async def page(self, request: Request) -> Response:
        """Handle a request for a published page."""
        served_store: ServedStore = request.state.store
        rest, slash = request.state.segments, has_trailing_slash(request)
        if not rest and not slash:
            last = raw_path(request.scope).rpartition("/")[2]
            return redirect(f"{last}/", 301)
        if not all(map(_is_plain, rest)):
            raise HTTPException(404)
        path = "/".join(rest) + ("/" if rest and slash else "")
        try:
            caller = await self._authorizer.admit(request, served_store)
            await served_store.ensure_loaded(caller.token)
            served_store.refresh_if_due(caller.token)
            await self._check_visible(request, served_store, caller, path)
        except HTTPException as denied:
            if denied.status_code == 401 and _is_browser(request):  # noqa: PLR2004
                return redirect(f"/login?next={quote(raw_path(request.scope))}", 303)
            raise
        return await self._published(request, served_store, caller, path)

    async def _published(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> Response:
        """Return a page for a caller that may read the store."""
        if path and not path.endswith("/") and "." not in path.rpartition("/")[2]:
            return redirect(f"{quote(path.rpartition('/')[2])}/", 301)
        name = f"{path}index.html" if not path or path.endswith("/") else path
        kept = await self._read(served_store, name, caller.token)
        if kept is None:
            raise HTTPException(404, f"page '{name}' not found in {served_store.name}")
        tag = f'"{kept.tag}"'
        headers = {"etag": tag, **_CACHE, **_PUBLISHED}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return PageResponse(kept.content, headers={**headers, "content-type": _type(name)})

    async def _check_visible(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> None:
        """Reject a page that shows projects of repositories that the caller may not read.

        Published pages are the same for all readers of the store, whereas pages for installers are
        filtered for each caller.

        Raises:
            HTTPException: 401 or 403 if the caller may not read one of the repositories.
        """
        place, _, rest = path.partition("/")
        if place == "assets" or path == "404.html":
            return
        name = NormalizedName(rest.partition("/")[0])
        catalog_view = served_store.catalog_view
        origins = (
            catalog_view.origins(name) if place == "project" else catalog_view.revision.origins
        )
        if {*origins} <= await self._authorizer.visible_repositories(
            caller, served_store, origins, client_address(request)
        ):
            return
        if caller.token is None or caller.anonymous:
            raise challenge()
        raise HTTPException(
            403, "this page includes repositories that your token may not read; use simple/ instead"
        )

    async def about(
        self, served_store: ServedStore, name: NormalizedName, token: Secret | None
    ) -> bytes:
        """Return the published metadata of a project; empty if there is none.

        Raises:
            HTTPException: 502 if it cannot be read.
        """
        kept = await self._read(served_store, about_path(name), token)
        return kept.content if kept else b""

    async def _read(
        self, served_store: ServedStore, name: str, token: Secret | None
    ) -> _CachedPage | None:
        key = served_store.name, served_store.catalog_view.revision.number, name
        if kept := self._kept.get(key):
            return kept

        async def read() -> _CachedPage | None:
            if name == SCRIPT_PATH:
                content: bytes | None = asset(SCRIPT)
            else:
                content = await asyncio.to_thread(served_store.page, name, token)
            if content is None:
                return None
            return _CachedPage(content, blake2b(content, digest_size=12).hexdigest())

        try:
            kept = await self._reading.run(key, read)
        except GhpypiError as error:
            raise HTTPException(502, str(error)) from error
        if kept:
            put(self._kept, key, kept)
        return kept

    async def sign_in(self, request: Request, served_stores: Sequence[ServedStore]) -> Response:
        """Show the form at `/login`, or process it."""
        if request.method != "POST":
            return self._form(request, "login", request.query_params.get("next", ""))
        sent = await self._sent(request)
        next_url = sent.get("next", "")
        if not self._sessions.is_own_form(request, sent.get("form", "")):
            return self._form(request, "login", next_url, _FORGED, status=403)
        secret = Secret(sent.get("token", "").strip())
        fault = "use a GitHub token as the password"
        for served_store in self._authorizer.stores_of(secret, served_stores):
            try:
                await self._authorizer.check(
                    Credentials("", secret), served_store, client_address(request)
                )
            except HTTPException as denied:
                fault = denied.detail
            else:
                response = redirect(_checked_next_url(next_url), 303)
                response.raw_headers.append(self._sessions.open(request, secret))
                return response
        return self._form(request, "login", next_url, fault, status=403)

    async def sign_out(self, request: Request) -> Response:
        """Show the form at `/logout`, or process it by ending the session."""
        if request.method != "POST":
            return self._form(request, "logout", request.query_params.get("next", ""))
        sent = await self._sent(request)
        if not self._sessions.is_own_form(request, sent.get("form", "")):
            return self._form(request, "logout", sent.get("next", ""), _FORGED, status=403)
        response = redirect("/login", 303)
        response.raw_headers.append(self._sessions.end(request))
        return response

    async def _sent(self, request: Request) -> dict[str, str]:
        body = await read_body(request, FORM_BYTES)
        return dict(parse_qsl(body.decode(errors="replace")))

    def _form(
        self, request: Request, action: str, next_url: str, fault: str = "", *, status: int = 200
    ) -> Response:
        form, cookie = self._sessions.form(request)
        page = template("server/login.html")
        title = "Sign in" if action == "login" else "Sign out"
        content = page.render(
            title=title,
            action=action,
            form=form,
            next=_checked_next_url(next_url),
            fault=fault,
            hours=HOURS,
        )
        response = HTMLResponse(content, status, {**NO_STORE, **_OWN})
        response.raw_headers.append(cookie)
        return response


def _checked_next_url(next_url: str) -> str:
    """Return the URL to continue at; `/` unless it is a path on this server (open redirects)."""
    fine = (
        next_url.startswith("/")
        and not next_url.startswith(("//", "/\\"))
        and next_url.isprintable()
    )
    return quote(next_url, safe="/-._~%+@!") if fine else "/"


def _is_plain(segment: str) -> bool:
    """Return whether a path segment is a plain name, not a path traversal."""
    return segment.isprintable() and not segment.startswith(".") and not set(segment) & set("/\\:")


def _is_browser(request: Request) -> bool:
    accept, agent = (request.headers.get(name, "") for name in ("accept", "user-agent"))
    return "text/html" in accept and agent.startswith("Mozilla/")


def _type(name: str) -> str:
    """Return the media type of a page; browsers do not guess it because of `nosniff`."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if found.endswith(("javascript", "ecmascript")) and name != SCRIPT_PATH:
        found = "text/plain"
    if name == "feed.xml" or name.endswith("/feed.xml"):
        found = "application/atom+xml"
    text = found.startswith("text/") or found.endswith(("xml", "json", "javascript"))
    return found + ("; charset=utf-8" if text else "")
