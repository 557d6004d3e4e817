"""Pages for people: the site as it was published, behind a sign-in for browsers."""

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
from ghpypi.core.simple.pages import environment
from ghpypi.core.site.frame import SCRIPT
from ghpypi.core.site.templates import asset
from ghpypi.errors import GhpypiError
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Caller, Credentials
from ghpypi.server.auth.sessions import HOURS, Sessions
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.requests import client_address, has_trailing_slash, raw_path, read_body
from ghpypi.server.responses import NO_STORE, PageResponse, challenge, redirect
from ghpypi.server.served_store import ServedStore

PLACES = ("project", "projects", "assets", "feed.xml", "search.json", "index.html", "404.html")
KEPT = 16 << 20
"""Bytes of pages that are cached."""

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
"""The policy of published pages, the same as in their markup. Whoever may write to a store writes
its pages, and they share an origin with `/login` and with the pages of other stores. So no script
of a store runs: there is one script that `'self'` allows, and that is the server's own copy."""

_FORGED = "This form was not sent from here, or was open for too long; try again."

SCRIPT_PATH = f"assets/{SCRIPT}"

_PageKey = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    tag: str

    def __len__(self) -> int:
        return len(self.content)


class SitePages:
    """Answers browsers.

    Args:
        authorizer: Decides who may read.
        sessions: Remembers who signed in.
    """

    def __init__(self, authorizer: Authorizer, sessions: Sessions) -> None:
        self._authorizer = authorizer
        self._sessions = sessions
        self._kept: LRUCache[_PageKey, _Kept] = LRUCache(KEPT, getsizeof=len)
        self._reading: SingleFlight[_PageKey, _Kept | None] = SingleFlight()

    async def page(self, request: Request) -> Response:
        """Show a published page."""
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
            await served_store.ready(caller.token)
            served_store.keep_fresh(caller.token)
            await self._check_visible(request, served_store, caller, path)
        except HTTPException as denied:
            if denied.status_code == 401 and _is_browser(request):  # noqa: PLR2004
                return redirect(f"/login?next={quote(raw_path(request.scope))}", 303)
            raise
        return await self._published(request, served_store, caller, path)

    async def _published(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> Response:
        """Show a page to a caller who may read it."""
        if path and not path.endswith("/") and "." not in path.rpartition("/")[2]:
            return redirect(f"{quote(path.rpartition('/')[2])}/", 301)
        name = f"{path}index.html" if not path or path.endswith("/") else path
        kept = await self._read(served_store, name, caller.token)
        if kept is None:
            raise HTTPException(404, f"{served_store.name} has no page {name}")
        tag = f'"{kept.tag}"'
        headers = {"etag": tag, **_CACHE, **_PUBLISHED}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return PageResponse(kept.content, headers={**headers, "content-type": _type(name)})

    async def _check_visible(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> None:
        """Refuse a page that shows projects of repositories that the caller may not read.

        Such pages were made for everyone who may read the store; those for installers are made
        for each caller.

        Raises:
            HTTPException: The caller has to sign in, or may not read all of them.
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
            403, "this page shows repositories that your token may not read; see simple/"
        )

    async def _read(
        self, served_store: ServedStore, name: str, token: Secret | None
    ) -> _Kept | None:
        key = served_store.name, served_store.catalog_view.revision.number, name
        if kept := self._kept.get(key):
            return kept

        async def read() -> _Kept | None:
            if name == SCRIPT_PATH:
                content: bytes | None = asset(SCRIPT)
            else:
                content = await asyncio.to_thread(served_store.page, name, token)
            if content is None:
                return None
            return _Kept(content, blake2b(content, digest_size=12).hexdigest())

        try:
            kept = await self._reading.run(key, read)
        except GhpypiError as error:
            raise HTTPException(502, str(error)) from error
        if kept:
            put(self._kept, key, kept)
        return kept

    async def sign_in(self, request: Request, served_stores: Sequence[ServedStore]) -> Response:
        """Show the form at `/login`, or take what was sent with it."""
        if request.method != "POST":
            return self._form(request, "login", request.query_params.get("next", ""))
        sent = await self._sent(request)
        onward = sent.get("next", "")
        if not self._sessions.is_ours(request, sent.get("form", "")):
            return self._form(request, "login", onward, _FORGED, status=403)
        secret = Secret(sent.get("token", "").strip())
        fault = "the password has to be a GitHub token"
        for served_store in self._authorizer.stores_of(secret, served_stores):
            try:
                await self._authorizer.check(
                    Credentials("", secret), served_store, client_address(request)
                )
            except HTTPException as denied:
                fault = denied.detail
            else:
                response = redirect(_safe(onward), 303)
                response.raw_headers.append(self._sessions.open(request, secret))
                return response
        return self._form(request, "login", onward, fault, status=403)

    async def sign_out(self, request: Request) -> Response:
        """Show the form at `/logout`, or end the session."""
        if request.method != "POST":
            return self._form(request, "logout", request.query_params.get("next", ""))
        sent = await self._sent(request)
        if not self._sessions.is_ours(request, sent.get("form", "")):
            return self._form(request, "logout", sent.get("next", ""), _FORGED, status=403)
        response = redirect("/login", 303)
        response.raw_headers.append(self._sessions.end(request))
        return response

    async def _sent(self, request: Request) -> dict[str, str]:
        body = await read_body(request, FORM_BYTES)
        return dict(parse_qsl(body.decode(errors="replace")))

    def _form(
        self, request: Request, action: str, onward: str, fault: str = "", *, status: int = 200
    ) -> Response:
        form, cookie = self._sessions.form(request)
        page = environment().get_template("server/login.html")
        title = "Sign in" if action == "login" else "Sign out"
        content = page.render(
            title=title, action=action, form=form, next=_safe(onward), fault=fault, hours=HOURS
        )
        response = HTMLResponse(content, status, {**NO_STORE, **_OWN})
        response.raw_headers.append(cookie)
        return response


def _safe(onward: str) -> str:
    """Go on to a place of ours and nowhere else."""
    fine = onward.startswith("/") and not onward.startswith(("//", "/\\")) and onward.isprintable()
    return quote(onward, safe="/-._~%+@!") if fine else "/"


def _is_plain(segment: str) -> bool:
    """Tell whether a part of a path is the name of a page, and leads nowhere else."""
    return segment.isprintable() and not segment.startswith(".") and not set(segment) & set("/\\:")


def _is_browser(request: Request) -> bool:
    accept, agent = (request.headers.get(name, "") for name in ("accept", "user-agent"))
    return "text/html" in accept and agent.startswith("Mozilla/")


def _type(name: str) -> str:
    """Return the media type of a page, which browsers do not guess again (`nosniff`)."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if found.endswith(("javascript", "ecmascript")) and name != SCRIPT_PATH:
        found = "text/plain"
    if name == "feed.xml" or name.endswith("/feed.xml"):
        found = "application/atom+xml"
    text = found.startswith("text/") or found.endswith(("xml", "json", "javascript"))
    return found + ("; charset=utf-8" if text else "")
