"""Pages of the Simple API: project lists and project pages, in HTML or JSON."""

import asyncio
import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from urllib.parse import quote

from cachetools import TTLCache
from packaging.utils import NormalizedName
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ghpypi.core.names import normalize
from ghpypi.core.simple.negotiation import NAMES, PageFormat, choose, named
from ghpypi.errors import GhpypiError
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Caller
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.index.page_response import LONGEST_ACCEPT, paged
from ghpypi.server.index.site import SitePages
from ghpypi.server.index.upstream import UpstreamIndex
from ghpypi.server.page_locations import PageLocation
from ghpypi.server.requests import client_address, has_trailing_slash, host_of, is_secure
from ghpypi.server.responses import redirect
from ghpypi.server.revision import Page
from ghpypi.server.served_store import ServedStore
from ghpypi.server.simple_pages import PageKey, merged_page

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""The form of normalized names (PEP 503)."""

_MOVED = "private, max-age=3600"

MERGED = 16 << 20
"""Size of the cache of pages with files of an upstream index, in bytes."""

MERGED_SECONDS = 10.0
"""How long a page with files of an upstream index is cached."""

_MergeKey = tuple[str, int, PageKey]


class SimpleApi:
    """Handles requests for pages of the Simple API.

    Args:
        authorizer: Checks read permissions.
        upstream_index: The index for projects that the store does not have.
        site_pages: Reads published pages, for PyPI's JSON API.
        public_url: The URL of this server for clients, ending in `/`; empty to use the one of
            the request.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        upstream_index: UpstreamIndex,
        site_pages: SitePages,
        *,
        public_url: str = "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authorizer = authorizer
        self._upstream_index = upstream_index
        self._site_pages = site_pages
        self._public_url = public_url
        self._merges: TTLCache[_MergeKey, Page] = TTLCache(
            MERGED, MERGED_SECONDS, timer=now, getsizeof=len
        )
        self._merging: SingleFlight[_MergeKey, Page | None] = SingleFlight()

    async def page(self, request: Request) -> Response:
        """Handle a request for a page of an index."""
        store: ServedStore = request.state.store
        caller = await self._admitted(request, store)
        location = await self._location(request, store, caller, request.state.segments)
        if location.name:
            return await self._named(request, store, caller, location)
        return await self._whole(request, store, caller, location)

    async def json_api(self, request: Request) -> Response:
        """Handle a request for a project in the format of PyPI's JSON API.

        The address is that of the project's page, with `pypi` and a final `json`. Names need not be
        normalized, because Dependabot does not.
        """
        store: ServedStore = request.state.store
        caller = await self._admitted(request, store)
        *index, _, written, _ = request.state.segments
        name, form = _normalized(written, store), PageFormat.JSON_API
        location = await self._location(request, store, caller, (*index, "simple", name))
        origins = store.catalog_view.origins(name)
        visible = await self._visible(request, store, caller, origins)
        about = b""
        if {*origins} <= visible:  # it may describe a version of any of them
            about = await self._site_pages.about(store, name, caller.token)
        key = replace(PageKey.of(location, form, name), about=about)
        return await self._project(request, store, caller, key, form)

    async def _location(
        self, request: Request, store: ServedStore, caller: Caller, segments: Sequence[str]
    ) -> PageLocation:
        """Find the page at a path.

        Raises:
            HTTPException: 404 if there is none.
        """
        location = store.catalog_view.revision.locations.find(segments)
        if location is None:  # the index may be new
            await store.refresh_after_miss(caller.token)
            location = store.catalog_view.revision.locations.find(segments)
        if location is None:
            index = request.path_params.get("index")
            what = f"index '{index}'" if index else f"'{'/'.join(segments)}'"
            raise HTTPException(404, f"{what} not found in {store.name}")
        return location

    async def variants(self, request: Request) -> Response:
        """Return a file that says what the wheel variants of a version need."""
        store: ServedStore = request.state.store
        caller = await self._admitted(request, store)
        name, filename = request.path_params["name"], request.path_params["filename"]
        origins = store.catalog_view.origins(normalize(name))
        visible = await self._visible(request, store, caller, origins)
        content = await store.catalog_view.variants(normalize(name), filename, visible)
        if content is None:
            raise HTTPException(404, f"file '{filename}' not found in {store.name}")
        return Response(content, media_type="application/json")

    async def _whole(
        self, request: Request, store: ServedStore, caller: Caller, location: PageLocation
    ) -> Response:
        """Return the list of the projects of an index, or the page with all of their files."""
        form = PageFormat.TEXT_HTML if location.flat else _form(request)
        page = await self._list(request, store, caller, PageKey.of(location, form))
        if page is None:
            raise HTTPException(404, f"index '{location.index}' not found in {store.name}")
        if location.folder and not has_trailing_slash(request):
            last = request.state.segments[-1]
            return redirect(f"{last}/{_query(request)}", 301, cache=_MOVED)
        shared = _is_shared(store, store.catalog_view.revision.origins)
        return paged(request, page, form, shared=shared)

    async def _named(
        self, request: Request, store: ServedStore, caller: Caller, location: PageLocation
    ) -> Response:
        """Return the page of a project, or redirect to its normalized name."""
        name, normal = location.name, _normalized(location.name, store)
        slash = has_trailing_slash(request)
        if name != normal or not slash:
            up = "../" if slash else ""
            return redirect(f"{up}{normal}/{_query(request)}", 301, cache=_MOVED)
        form = _form(request)
        return await self._project(request, store, caller, PageKey.of(location, form, normal), form)

    async def _admitted(self, request: Request, store: ServedStore) -> Caller:
        caller = await self._authorizer.admit(request, store)
        if not store.loaded:
            await store.ensure_loaded(caller.token)
        store.refresh_if_due(caller.token)
        return caller

    async def _visible(
        self, request: Request, store: ServedStore, caller: Caller, origins: Collection[str]
    ) -> frozenset[str]:
        """Return which of some repositories the caller may read."""
        return await self._authorizer.visible_repositories(
            caller, store, origins, client_address(request)
        )

    async def _project(
        self,
        request: Request,
        served_store: ServedStore,
        caller: Caller,
        key: PageKey,
        form: PageFormat,
    ) -> Response:
        name, options = key.name, self._upstream_index.options
        page = await self._store_page(request, served_store, caller, key)
        if page is None and not served_store.catalog_view.has(name):
            await served_store.refresh_after_miss(caller.token)
            page = await self._store_page(request, served_store, caller, key)
        if page is None:
            if not served_store.catalog_view.has_index(key.index):
                raise HTTPException(404, f"index '{key.index}' not found in {served_store.name}")
            if not options.allows(name) or served_store.catalog_view.has(name):
                raise HTTPException(404, f"project '{name}' not found in {served_store.name}")
            if options.redirects(name) and form is not PageFormat.JSON_API:
                return redirect(f"{options.url}{name}/{_query(request)}")
            page = await self._merged(served_store, key)
        shared = _is_shared(served_store, served_store.catalog_view.origins(name))
        return paged(request, page, form, shared=shared)

    async def _list(
        self, request: Request, served_store: ServedStore, caller: Caller, key: PageKey
    ) -> Page | None:
        """Return the list of the projects of an index that the caller may see."""
        origins = served_store.catalog_view.revision.origins
        visible = await self._visible(request, served_store, caller, origins)
        root_url = self._root_url(request, served_store)
        key = replace(key, visible=visible, attested=served_store.verifier is not None)
        return await served_store.catalog_view.page(key, root_url)

    async def _store_page(
        self, request: Request, served_store: ServedStore, caller: Caller, key: PageKey
    ) -> Page | None:
        """Return the page of a project in the store as the caller may see it."""
        origins = served_store.catalog_view.origins(key.name)
        visible = await self._visible(request, served_store, caller, origins)
        key = replace(key, visible=visible, attested=served_store.verifier is not None)
        root_url = self._root_url(request, served_store)
        page = await served_store.catalog_view.page(key, root_url)
        if page is None or not self._upstream_index.options.merges(key.name):
            return page
        return await self._merged(
            served_store, replace(key, root_url=root_url if page.has_provenance else "")
        )

    async def _merged(self, served_store: ServedStore, key: PageKey) -> Page:
        """Return a page that includes the upstream's files; without them if upstream fails."""
        revision, store = served_store.catalog_view.revision, served_store.catalog_view.store
        cached = served_store.name, revision.number, key
        if page := self._merges.get(cached):
            return page
        try:
            theirs = await self._upstream_index.files(key.name)
        except GhpypiError as error:
            if not served_store.catalog_view.has(key.name):
                raise HTTPException(502, str(error)) from error
            theirs = []
        made = await self._merging.run(
            cached, lambda: asyncio.to_thread(merged_page, revision, key, store, theirs)
        )
        if made is None:
            where = f"{served_store.name} or its upstream index"
            raise HTTPException(404, f"project '{key.name}' not found in {where}")
        put(self._merges, cached, made)
        return made

    def _root_url(self, request: Request, served_store: ServedStore) -> str:
        """Return the URL of a store on this server; empty if it is unknown or not HTTPS."""
        base = self._public_url
        if not base and is_secure(request) and (host := host_of(request)):
            base = f"https://{host}/"
        return f"{base}{quote(served_store.name)}/" if base.startswith("https://") else ""


def _normalized(name: str, store: ServedStore) -> NormalizedName:
    """Normalize the name of a project (PEP 503).

    Raises:
        HTTPException: 404 if it is no name.
    """
    normal = normalize(name)
    # Some non-ASCII letters become ASCII in lower case, such as the Kelvin sign.
    if not name.isascii() or not _NAME.fullmatch(normal):
        raise HTTPException(404, f"project '{name}' not found in {store.name}")
    return normal


def _is_shared(served_store: ServedStore, origins: Collection[str]) -> bool:
    """Return whether a page is the same for all readers of the store."""
    own = {served_store.name.lower()}
    return not served_store.has_rights or {x.lower() for x in origins} <= own


def _form(request: Request) -> PageFormat:
    """Choose the media type; the query parameter `format` wins over the header (PEP 691)."""
    given = request.query_params.getlist("format") if request.scope["query_string"] else ()
    asked = given[0] if given else ""
    form = named(asked) if asked else choose(request.headers.get("accept", "")[:LONGEST_ACCEPT])
    if form is None:
        known = "\n".join(NAMES)
        raise HTTPException(406, f"unsupported format; supported formats:\n{known}")
    return form


def _query(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"?{query}" if query else ""
