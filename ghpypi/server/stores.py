"""The stores of a server, and the routes below each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router

from ghpypi.core.served_paths import FILES
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.index.downloads import Downloads
from ghpypi.server.index.simple_api import SimpleApi
from ghpypi.server.index.site import PLACES, SitePages
from ghpypi.server.responses import text
from ghpypi.server.served_store import ServedStore

Rest = tuple[str, ...]


class RouteProvider(Protocol):
    """Something with routes of its own below a store, such as uploads."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Its routes, relative to the store, without slashes at their ends."""
        ...

    def start(self) -> None:
        """Prepare what takes time, in the background: requests will come soon."""
        ...

    async def close(self) -> None:
        """Finish what was begun: no request comes any more."""
        ...


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What a server has to show; another one takes its place when settings change.

    Attributes:
        served_stores: The stores by their paths in lower case: `owner/repo`, short names.
        first: The store at the root.
        authorizer: Decides who may do what.
        simple_api: Answers for pages.
        files: Answers for files.
        site_pages: Answers browsers.
        parts: Answer what is left.
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
        """Every store once."""
        return tuple({id(store): store for store in self.served_stores.values()}.values())

    @cached_property
    def open_to_all(self) -> bool:
        """Whether some private store can be read without signing in."""
        return any(map(self.authorizer.is_open, self.all))

    def find(self, segments: Rest) -> tuple[ServedStore, Rest]:
        """Find the store that a path names, and what is left of the path."""
        for length in (2, 1):
            path = "/".join(segments[:length])
            served_store = self.served_stores.get(path.lower() if path.isascii() else path)
            if served_store is not None and len(segments) >= length:
                return served_store, segments[length:]
        return self.first, segments

    @cached_property
    def router(self) -> Router:
        """The routes below a store, whose path is the `root_path` of the request.

        The names of routes are the kinds of requests in the metrics. The most frequent come first.
        """
        return Router([*self._routes()], redirect_slashes=False)

    def _routes(self) -> Iterator[BaseRoute]:
        project, root = self.simple_api.project, self.simple_api.root
        yield Route("/simple/{name}", project, name="project")
        yield Route(f"/{FILES}/{{tag}}/{{name:path}}", self.files.download, name="file")
        yield Route("/simple", root, name="root")
        # Where hatch looks before it uploads.
        yield Route("/legacy/+simple/{name}", project, name="project")
        yield Route("/simple/+simple/{name}", project, name="project")
        yield Route("/{index}/simple/{name}", project, name="project")
        yield Route("/{index}/simple", root, name="root")
        yield Route("/index_mtime", _index_mtime, name="operating")
        for part in self.parts:
            yield from part.routes
        yield Route("/", self.site_pages.page, name="people")
        for place in PLACES:
            yield Route(f"/{place}", self.site_pages.page, name="people")
            yield Route(f"/{place}/{{path:path}}", self.site_pages.page, name="people")


async def _index_mtime(request: Request) -> Response:
    """Say when the index changed last, in seconds since 1970, as far as this server saw."""
    store: ServedStore = request.state.store
    return text(200, str(int(store.catalog_view.changed)))
