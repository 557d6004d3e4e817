"""The emulator: a GitHub on loopback ports."""

import tempfile
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

from tests.emulator import (
    assets,
    attestations,
    branch_rules,
    collaborators,
    contents,
    dispatches,
    gitdata,
    graphql,
    issues,
    organizations,
    private_registries,
    pulls,
    releases,
    repositories,
    sites,
    workflows,
)
from tests.emulator.api import Api
from tests.emulator.downloads import cdn_answer, web_answer
from tests.emulator.faults import Faults, Kind
from tests.emulator.githttp import GIT_PATH, GitHttp
from tests.emulator.log import Log, Request
from tests.emulator.pages import Pages
from tests.emulator.server import Front, Listener, Locate, Respond
from tests.emulator.state import World
from tests.emulator.wire import Answer, Body

# Importing them registers their operations.
OPERATIONS = (
    assets,
    attestations,
    branch_rules,
    collaborators,
    contents,
    dispatches,
    gitdata,
    graphql,
    issues,
    private_registries,
    pulls,
    organizations,
    releases,
    repositories,
    sites,
    workflows,
)
_API = "/api/v3"
_UPLOADS = "/api/uploads"
_GRAPHQL = "/api/graphql"


class Emulator(World):
    """A GitHub of one's own: state to arrange and look at, and servers that speak HTTP.

    The API is shaped like GitHub Enterprise Server's (`/api/v3`, uploads at `/api/uploads`), so
    that API, uploads, web and git share one origin and clients need no host names.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="github-", dir=folder)))
        self.faults = Faults()
        self._log = Log()
        self._stopped = Event()
        self._api = Api(self)
        self._git = GitHttp(self)
        self._pages = Pages(self)
        main = self._listen(_locate, self._respond)
        cdn = self._listen(lambda path: ("cdn", path), lambda r, _b, _f: cdn_answer(self, r))
        pages = self._listen(lambda path: ("pages", path), lambda r, _b, _f: self._pages.answer(r))
        self._listeners = (main, cdn, pages)
        self.server_url = main.url
        self.api_url, self.uploads_url = main.url + _API, main.url + _UPLOADS
        self.cdn_url, self.pages_url = cdn.url, pages.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all servers, threads and processes."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        for listener in self._listeners:
            listener.stop()
        for repository in self.repositories():
            repository.git.close()

    # The record

    @property
    def requests(self) -> list[Request]:
        """Every request since the last `clear_log`, in order of arrival."""
        return self._log.requests()

    def requests_to(self, origin: str) -> list[Request]:
        """Those to one origin: api, uploads, web, git, cdn or pages."""
        return [request for request in self.requests if request.origin == origin]

    def clear_log(self) -> None:
        """Forget the requests so far; counting starts at 1 again, for `Fault.at`."""
        self._log.clear()

    def keep_answers(self) -> None:
        """Keep the bodies of answers in the record from now on."""
        self._log.keep_answers = True

    # Serving

    def _listen(self, locate: Locate, respond: Respond) -> Listener:
        front = Front(locate, respond, self._stopped.wait, self.clock.time)
        return Listener(front, self._log, self.faults)

    def _respond(self, request: Request, body: Body, fault: Kind | None) -> Answer:
        if request.origin in {"api", "uploads"}:
            return self._api.answer(request, body, fault)
        if request.origin == "git":
            return self._git.answer(request, body)
        return web_answer(self, request)


def _locate(path: str) -> tuple[str, str]:
    if path == _GRAPHQL:
        return "api", "/graphql"
    for prefix, origin in ((_API, "api"), (_UPLOADS, "uploads")):
        if path == prefix or path.startswith(prefix + "/"):
            return origin, path[len(prefix) :]
    return ("git" if GIT_PATH.fullmatch(path) else "web"), path
