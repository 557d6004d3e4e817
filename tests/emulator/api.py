"""The REST API's front: credentials, limits, the table of routes, and the headers of answers."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.emulator.access import READ, Needs, api_token, check_sso, is_visible, may, refusal
from tests.emulator.accounts import Token
from tests.emulator.answers import (
    RefusalError,
    error,
    json_answer,
    not_found,
    request_id,
    tag_matches,
    weak_etag,
)
from tests.emulator.faults import Kind
from tests.emulator.limits import Limits
from tests.emulator.log import KEPT_BODY, Request
from tests.emulator.repository import Repository
from tests.emulator.state import World
from tests.emulator.wire import Answer, Body


@dataclass(slots=True)
class Call:
    """One API request on its way to its handler."""

    world: World
    limits: Limits
    request: Request
    stream: Body
    token: Token | None = None
    fault: Kind | None = None
    arguments: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    found: Repository | None = None
    needs: Needs | None = None

    @property
    def repository(self) -> Repository:
        """The repository of the path."""
        assert self.found is not None
        return self.found

    @property
    def query(self) -> dict[str, str]:
        """The decoded query."""
        return self.request.query

    @property
    def url(self) -> str:
        """The request's own URL without its query."""
        return self.world.api_url + self.request.path

    def accepts(self, media_type: str) -> bool:
        """Whether the Accept header names this type."""
        return media_type in self.request.headers.get("accept", "")

    def may(self, needs: Needs) -> bool:
        """Whether the caller is allowed that on the path's repository."""
        return may(self.token, self.repository, needs)

    def document(self) -> dict[str, Any]:
        """The JSON object of the body; no body is an empty one.

        Raises:
            RefusalError: it is not one.
        """
        try:
            found = json.loads(self.content) if self.content else {}
        except ValueError:
            raise error(400, "Problems parsing JSON") from None
        if not isinstance(found, dict):
            raise error(400, "Body should be a JSON object")
        return found


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; a streamed one reads its body itself and takes the lock when it has to."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs: Needs | None
    streamed: bool = False
    origin: str = "api"


_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PLACEHOLDERS = {"": "[^/]+", "int": r"\d+", "path": ".*"}
_REPOSITORY = re.compile(r"/repos/([^/]+)/([^/]+)(/.*)?|/repositories/(\d+)(/.*)?")
_ROUTES: dict[tuple[str, str], list[Route]] = {}
_REPOSITORY_ROUTES: dict[tuple[str, str], list[Route]] = {}
_SAFE = frozenset({"GET", "HEAD"})


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register an operation; `{name}`, `{name:int}` and `{name:path}` are its arguments."""

    def register(handler: Handler) -> Handler:
        found = Route(method, _compiled(path), handler, None)
        _ROUTES.setdefault(("api", method), []).append(found)
        return handler

    return register


def repository_route(
    method: str, path: str, needs: Needs = READ, *, origin: str = "api", streamed: bool = False
) -> Callable[[Handler], Handler]:
    """Register an operation below `/repos/OWNER/REPO` (and `/repositories/ID`)."""

    def register(handler: Handler) -> Handler:
        found = Route(method, _compiled(path), handler, needs, streamed, origin)
        _REPOSITORY_ROUTES.setdefault((origin, method), []).append(found)
        return handler

    return register


def _compiled(path: str) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        return f"(?P<{match[1]}>{_PLACEHOLDERS[match[2] or '']})"

    return re.compile(_PLACEHOLDER.sub(group, path))


class Api:
    """Answers requests to the API and to the host for uploads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.limits = Limits(world)

    def answer(self, request: Request, stream: Body, fault: Kind | None) -> Answer:
        """Answer one request."""
        call = Call(self._world, self.limits, request, stream, fault=fault)
        try:
            answer = self._allowed_answer(call)
        except RefusalError as refused:
            answer = refused.answer
        return self._finished(call, answer)

    def _allowed_answer(self, call: Call) -> Answer:
        if not call.request.headers.get("user-agent"):
            # See "User agent required" in docs: rest/using-the-rest-api/troubleshooting.
            raise error(403, "Request forbidden by administrative rules. User-Agent is required.")
        with self._world.lock:
            call.token = api_token(self._world, call.request.headers)
            counted = call.request.path != "/rate_limit"
            if counted and (refused := self.limits.charge(call.token)):
                raise refused
            found = self._routed(call)
            writes = call.request.method in {"POST", "PATCH", "PUT"}
            makes_content = writes and call.request.path != "/graphql"
            if makes_content and (refused := self.limits.charge_content()):
                raise refused
        if found.streamed:
            return found.handler(call)
        call.content = call.stream.read_all()
        if len(call.content) <= KEPT_BODY:
            call.request.body = call.content
        with self._world.lock:
            return found.handler(call)

    def _routed(self, call: Call) -> Route:
        match = _REPOSITORY.fullmatch(call.request.path)
        if match is None:
            return _pick(_ROUTES, call, call.request.path)
        owner, name, rest, number, numbered_rest = match.groups()
        return self._repository_routed(call, owner, name, rest or numbered_rest or "", number)

    def _repository_routed(
        self, call: Call, owner: str | None, name: str | None, rest: str, number: str | None
    ) -> Route:
        if number is not None:
            call.found = self._world.repository_by_id(int(number))
        else:
            asked = f"{unquote(owner or '')}/{unquote(name or '')}"
            call.found = self._world.find_repository(asked)
            if call.found and call.found.full_name.lower() != asked.lower():
                raise self._moved(call, call.found, rest)
        if call.found is None or not is_visible(call.token, call.found):
            raise not_found()
        check_sso(call.token, call.found)
        found = _pick(_REPOSITORY_ROUTES, call, rest)
        if found.needs and not call.may(found.needs):
            raise refusal(call.token, call.found)
        if call.found.archived and call.request.method not in _SAFE:
            raise error(403, "Repository was archived so is read-only.")
        return found

    def _moved(self, call: Call, repository: Repository, rest: str) -> RefusalError:
        """Redirect from a former name (octokit/fixtures: rename-repository)."""
        if not is_visible(call.token, repository):
            return not_found()
        uploads = call.request.origin == "uploads"
        base = self._world.uploads_url if uploads else self._world.api_url
        url = f"{base}/repositories/{repository.id}{rest}"
        query = call.request.target.partition("?")[2]
        status = 301 if call.request.method in _SAFE else 307
        refused = error(status, "Moved Permanently", url=url)
        refused.answer.headers["Location"] = url + (f"?{query}" if query else "")
        return refused

    def _finished(self, call: Call, answer: Answer) -> Answer:
        with self._world.lock:
            if call.request.method in _SAFE and answer.status == 200:
                answer = self._conditional(call, answer)
            limits = self.limits.headers(call.token)
        answer.headers = {**_token_headers(call.token, call.needs), **answer.headers, **limits}
        answer.headers["X-GitHub-Request-Id"] = request_id()
        answer.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        if call.request.headers.get("x-github-api-version"):
            version = call.request.headers["x-github-api-version"]
            answer.headers["X-GitHub-Api-Version-Selected"] = version
        return answer

    def _conditional(self, call: Call, answer: Answer) -> Answer:
        etag = answer.headers.setdefault(
            "ETag", weak_etag(answer, call.token.value if call.token else "")
        )
        answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        answer.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding"
        if tag_matches(call.request.headers.get("if-none-match", ""), etag):
            self.limits.refund(call.token)
            kept = {name: answer.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
            return Answer(304, kept)
        return answer


def _pick(table: Mapping[tuple[str, str], list[Route]], call: Call, path: str) -> Route:
    method = "GET" if call.request.method == "HEAD" else call.request.method
    for one in table.get((call.request.origin, method), ()):
        match = one.pattern.fullmatch(path)
        if match:
            call.arguments = {name: unquote(value) for name, value in match.groupdict().items()}
            call.needs = one.needs
            return one
    raise not_found()


def _token_headers(token: Token | None, needs: Needs | None) -> dict[str, str]:
    # See "Insufficient permissions" in docs: rest/using-the-rest-api/troubleshooting.
    if token is None:
        return {}
    headers = {}
    if token.kind == "classic":
        headers["X-OAuth-Scopes"] = ", ".join(token.scopes)
        headers["X-Accepted-OAuth-Scopes"] = needs.scopes if needs else ""
    elif needs:
        headers["X-Accepted-GitHub-Permissions"] = f"{needs.permission}={needs.level}"
    if token.expires_at is not None:
        text = token.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        headers["GitHub-Authentication-Token-Expiration"] = text
    return headers


@route("GET", "/rate_limit")
def rate_limit(call: Call) -> Answer:
    """GET /rate_limit, which costs nothing."""
    core = call.limits.status(call.token)
    still = {"limit": 5000, "used": 0, "remaining": 5000, "reset": core["reset"]}
    resources = {"core": core, "search": still, "graphql": still}
    return json_answer({"resources": resources, "rate": core})
