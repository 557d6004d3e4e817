"""The stores of a server, and the routes below each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router

from ghpypi.core.shelved import FILES
from ghpypi.server.auth.authorizer import Gate
from ghpypi.server.index.downloads import Files
from ghpypi.server.index.simple_api import Reading
from ghpypi.server.index.site import PLACES, People
from ghpypi.server.responses import text
from ghpypi.server.served_store import Stall

Rest = tuple[str, ...]


class Part(Protocol):
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
class Rooms:
    """What a server has to show; another one takes its place when settings change.

    Attributes:
        stalls: The stores by their paths in lower case: `owner/repo`, short names.
        first: The store at the root.
        gate: Decides who may do what.
        reading: Answers for pages.
        files: Answers for files.
        people: Answers browsers.
        parts: Answer what is left.
    """

    stalls: Mapping[str, Stall]
    first: Stall
    gate: Gate
    reading: Reading
    files: Files
    people: People
    parts: Sequence[Part] = ()

    @property
    def all(self) -> tuple[Stall, ...]:
        """Every store once."""
        return tuple({id(stall): stall for stall in self.stalls.values()}.values())

    @cached_property
    def open_to_all(self) -> bool:
        """Whether some private store can be read without signing in."""
        return any(map(self.gate.is_open, self.all))

    def find(self, segments: Rest) -> tuple[Stall, Rest]:
        """Find the store that a path names, and what is left of the path."""
        for length in (2, 1):
            path = "/".join(segments[:length])
            stall = self.stalls.get(path.lower() if path.isascii() else path)
            if stall is not None and len(segments) >= length:
                return stall, segments[length:]
        return self.first, segments

    @cached_property
    def router(self) -> Router:
        """The routes below a store, whose path is the `root_path` of the request.

        The names of routes are the kinds of requests in the metrics. The most frequent come first.
        """
        return Router([*self._routes()], redirect_slashes=False)

    def _routes(self) -> Iterator[BaseRoute]:
        project, root = self.reading.project, self.reading.root
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
        yield Route("/", self.people.page, name="people")
        for place in PLACES:
            yield Route(f"/{place}", self.people.page, name="people")
            yield Route(f"/{place}/{{path:path}}", self.people.page, name="people")


async def _index_mtime(request: Request) -> Response:
    """Say when the index changed last, in seconds since 1970, as far as this server saw."""
    store: Stall = request.state.store
    return text(200, str(int(store.shelf.changed)))
