"""The published pages of a store for browsers."""

import asyncio
import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

from cachetools import LRUCache
from packaging.utils import NormalizedName
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ghpypi.core.secret import Secret
from ghpypi.core.site.frame import SCRIPT
from ghpypi.core.site.paths import about_path
from ghpypi.core.site.templates import asset
from ghpypi.core.site.version_paths import version_page_project
from ghpypi.errors import GhpypiError
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Caller
from ghpypi.server.auth.sessions import Sessions
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.error_pages import HiddenProjectsError
from ghpypi.server.index.file_links import is_project_page, with_served_links
from ghpypi.server.index.sign_in import SignInForms
from ghpypi.server.index.visible_data import VISIBLE_DATA
from ghpypi.server.requests import (
    client_address,
    has_trailing_slash,
    is_browser,
    raw_path,
)
from ghpypi.server.responses import PageResponse, challenge, redirect
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

_CACHE = {"cache-control": "private, max-age=0, must-revalidate"}
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

SCRIPT_PATH = f"assets/{SCRIPT}"

_PageKey = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class _CachedPage:
    content: bytes
    tag: str

    @classmethod
    def of(cls, content: bytes) -> "_CachedPage":
        return cls(content, blake2b(content, digest_size=12).hexdigest())

    def __len__(self) -> int:
        return len(self.content)


class SitePages:
    """Handles requests from browsers.

    Args:
        authorizer: Checks read permissions.
        sessions: Reads and writes session cookies.

    Attributes:
        forms: Handles the forms for signing in and out.
    """

    def __init__(self, authorizer: Authorizer, sessions: Sessions) -> None:
        self._authorizer = authorizer
        self.forms = SignInForms(authorizer, sessions)
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
            if path not in VISIBLE_DATA:
                await self._check_visible(request, served_store, caller, path)
        except HTTPException as denied:
            if denied.status_code == 401 and is_browser(request):  # noqa: PLR2004
                return redirect(f"/login?next={quote(raw_path(request.scope))}", 303)
            raise
        if path in VISIBLE_DATA:
            kept = await self._visible_data(request, served_store, caller, path)
            return _response(request, path, kept, served_store)
        return await self._published(request, served_store, caller, path)

    async def _published(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> Response:
        """Return a page for a caller that may read the store."""
        if path and not path.endswith("/") and "." not in path.rpartition("/")[2]:
            return redirect(f"{quote(path.rpartition('/')[2])}/", 301)
        name = f"{path}index.html" if not path or path.endswith("/") else path
        kept = await self._read(served_store, name, caller.token)
        page = f"{path}/index.html"
        # Versions have dots, as the names of files.
        maybe = kept is None and version_page_project(page)
        if maybe and await self._read(served_store, page, caller.token):
            return redirect(f"{quote(path.rpartition('/')[2])}/", 301)
        return _response(request, name, kept, served_store)

    async def _visible_data(
        self, request: Request, served_store: ServedStore, caller: Caller, path: str
    ) -> _CachedPage | None:
        """Return data about all projects, with those that a caller may read."""
        published = await self._read(served_store, path, caller.token)
        catalog_view = served_store.catalog_view
        origins = catalog_view.revision.origins
        visible = await self._authorizer.visible_repositories(
            caller, served_store, origins, client_address(request)
        )
        if published is None or origins <= visible:
            return published

        def is_visible(name: NormalizedName) -> bool:
            found = catalog_view.origins(name)
            return bool(found) and visible.issuperset(found)

        try:
            content = await asyncio.to_thread(VISIBLE_DATA[path], published.content, is_visible)
        except ValueError as error:
            raise HTTPException(502, f"the published {path} is damaged: {error}") from error
        return _CachedPage.of(content)

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
        raise HiddenProjectsError

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
            if is_project_page(name):
                config = served_store.catalog_view.revision.config
                content = with_served_links(content, name, config, served_store.files_url)
            return _CachedPage.of(content)

        try:
            kept = await self._reading.run(key, read)
        except GhpypiError as error:
            raise HTTPException(502, str(error)) from error
        if kept:
            put(self._kept, key, kept)
        return kept


def _response(
    request: Request, name: str, kept: _CachedPage | None, served_store: ServedStore
) -> Response:
    if kept is None:
        raise HTTPException(404, f"page '{name}' not found in {served_store.name}")
    tag = f'"{kept.tag}"'
    headers = {"etag": tag, **_CACHE, **_PUBLISHED}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return PageResponse(kept.content, headers={**headers, "content-type": _type(name)})


def _is_plain(segment: str) -> bool:
    """Return whether a path segment is a plain name, not a path traversal."""
    return segment.isprintable() and not segment.startswith(".") and not set(segment) & set("/\\:")


def _type(name: str) -> str:
    """Return the media type of a page; browsers do not guess it because of `nosniff`."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if found.endswith(("javascript", "ecmascript")) and name != SCRIPT_PATH:
        found = "text/plain"
    if name == "feed.xml" or name.endswith("/feed.xml"):
        found = "application/atom+xml"
    text = found.startswith("text/") or found.endswith(("xml", "json", "javascript"))
    return found + ("; charset=utf-8" if text else "")
