"""The stores of a server, and the routes below each of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Scope

from ghpypi.core.served_paths import FILES
from ghpypi.core.site.copied_files import COPIES_FOLDER
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.index.downloads import Downloads
from ghpypi.server.index.simple_api import SimpleApi
from ghpypi.server.index.site import PLACES, SitePages
from ghpypi.server.page_locations import HATCH_FOLDERS, check_paths
from ghpypi.server.ports import RouteProvider
from ghpypi.server.requests import client_address
from ghpypi.server.responses import NO_STORE, text
from ghpypi.server.served_store import ServedStore

Rest = tuple[str, ...]


class _IndexConvertor(Convertor[str]):
    """Matches the name of an index in a path; that of several dimensions has several parts.

    Pages for people are no indexes: `project/simple/` is the page of a project.
    """

    regex = rf"(?!(?:{'|'.join(map(re.escape, PLACES))})/)[^/]+(?:/[^/]+)*"

    def convert(self, value: str) -> str:
        """Return the value unchanged."""
        return value

    def to_string(self, value: str) -> str:
        """Return the value unchanged."""
        return value


class _DigestConvertor(_IndexConvertor):
    """Matches the digest in the path of a copied file, without its first two digits."""

    regex = "[0-9a-f]{62}"


register_url_convertor("index", _IndexConvertor())
register_url_convertor("digest", _DigestConvertor())


@dataclass(frozen=True, kw_only=True)
class Stores:
    """The stores of a server and the handlers of requests; replaced when the settings change.

    Attributes:
        served_stores: The stores by their paths in lower case: `owner/repo`, short names.
        first: The store at the root.
        authorizer: Checks permissions.
        simple_api: Handles pages of the Simple API.
        files: Handles downloads.
        site_pages: Handles published pages and sign-ins.
        parts: Components with further routes.
    """

    served_stores: Mapping[str, ServedStore]
    first: ServedStore
    authorizer: Authorizer
    simple_api: SimpleApi
    files: Downloads
    site_pages: SitePages
    parts: Sequence[RouteProvider] = ()

    @property
    def all(self) -> tuple[ServedStore, ...]:
        """All stores, without duplicates."""
        return tuple({id(store): store for store in self.served_stores.values()}.values())

    @cached_property
    def open_to_all(self) -> bool:
        """Whether a store that is not public can be read without signing in."""
        return any(map(self.authorizer.is_open, self.all))

    def find(self, segments: Rest) -> tuple[ServedStore, Rest]:
        """Return the store that a path names, and the rest of the path."""
        for length in (2, 1):
            path = "/".join(segments[:length])
            served_store = self.served_stores.get(path.lower() if path.isascii() else path)
            if served_store is not None and len(segments) >= length:
                return served_store, segments[length:]
        return self.first, segments

    def check_locations(self) -> None:
        """Check that no store hides an index of another one, now and for each new catalog.

        Raises:
            ConfigError: A store hides an index that is known already.
        """
        checks = [
            partial(check_paths, store.name, reserved=self._paths_of_others(store))
            for store in self.all
        ]
        for store, check in zip(self.all, checks, strict=True):
            check(store.catalog_view.revision.locations)
        for store, check in zip(self.all, checks, strict=True):
            store.catalog_view.check_locations(check)

    def _paths_of_others(self, store: ServedStore) -> frozenset[str]:
        """Return the paths of other stores that are below a store, relative to it."""
        own = [f"{path}/" for path, found in self.served_stores.items() if found is store]
        others = [path for path, found in self.served_stores.items() if found is not store]
        roots = [*own, ""] if store is self.first else own
        return frozenset(
            path.removeprefix(root) for root in roots for path in others if path.startswith(root)
        )

    @cached_property
    def router(self) -> Router:
        """The routes below a store; the path of the store is the request's `root_path`.

        The names of routes are the label `kind` of the metrics. The most frequent come first.
        """
        return Router([*self._routes()], redirect_slashes=False)

    def _routes(self) -> Iterator[BaseRoute]:
        page = self.simple_api.page
        yield Route("/simple/{name}", page, name="project")
        yield Route(f"/{FILES}/{{tag}}/{{name:path}}", self.files.download, name="file")
        yield Route("/simple", page, name="root")
        copies = f"/{COPIES_FOLDER}/{{start}}/{{digest:digest}}/{{name}}"
        yield Route(copies, self.files.download, name="file")
        for folder in HATCH_FOLDERS:
            yield Route(f"/{folder}/{{name}}", page, name="project")
        yield Route("/{index:index}/simple/{name}", page, name="project")
        yield Route("/{index:index}/simple", page, name="root")
        yield Route("/pypi/{name}/json", self.simple_api.json_api, name="project")
        yield Route("/{index:index}/pypi/{name}/json", self.simple_api.json_api, name="project")
        yield Route("/variants/{name}/{filename}", self.simple_api.variants, name="file")
        yield Route("/index_mtime", _index_mtime, name="operating")
        yield Route("/may-read", self._may_read, name="operating")
        for part in self.parts:
            yield from part.routes
        yield Route("/", self.site_pages.page, name="people")
        for place in PLACES:
            yield Route(f"/{place}", self.site_pages.page, name="people")
            yield Route(f"/{place}/{{path:path}}", self.site_pages.page, name="people")
        yield _ConfiguredRoute("/{path:path}", page, name="project")

    async def _may_read(self, request: Request) -> Response:
        """Respond with 204 if the caller may read the files of a store.

        For a web server in front of it that has the files itself, such as nginx with
        `auth_request`. The index is not read, so the repository needs none. A permission is as
        recent as for a download.
        """
        store: ServedStore = request.state.store
        caller = await self.authorizer.admit(request, store)
        if store.has_rights:
            address = client_address(request)
            await self.authorizer.check_file(caller, store, store.name, address)
        return Response(status_code=204, headers={**NO_STORE, "vary": "Authorization, Cookie"})


class _ConfiguredRoute(Route):
    """Matches paths of stores whose configuration may say where their indexes are.

    A store whose index was not read yet may have such a configuration.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for an index."""
        store: ServedStore = scope["state"]["store"]
        if store.loaded and not store.catalog_view.revision.locations.configured:
            return Match.NONE, {}
        return super().matches(scope)


async def _index_mtime(request: Request) -> Response:
    """Return when the server last saw a change of the index, in seconds since 1970."""
    store: ServedStore = request.state.store
    return text(200, str(int(store.catalog_view.changed)))
