"""Pages for people: the site as it was published, behind a sign-in for browsers."""

import asyncio
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, quote

from cachetools import LRUCache
from packaging.utils import NormalizedName

from ghpypi.core.secret import Secret
from ghpypi.core.simple import environment
from ghpypi.core.site.frame import SCRIPT
from ghpypi.core.site.templates import asset
from ghpypi.errors import GhpypiError
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.credentials import Caller, Credentials
from ghpypi.server.gate import Gate
from ghpypi.server.http import (
    HTML,
    NO_STORE,
    DeniedError,
    Request,
    Response,
    challenge,
    redirect,
    text,
)
from ghpypi.server.session import HOURS, Sessions
from ghpypi.server.stall import Stall

PLACES = ("project", "projects", "assets", "feed.xml", "search.json", "index.html", "404.html")
KEPT = 16 << 20
"""Bytes of pages that are cached."""

FORM_BYTES = 16 << 10

_CACHE = (b"cache-control", b"private, max-age=0, must-revalidate")
_OWN = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
)
_PUBLISHED = (
    b"content-security-policy",
    (
        b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        b"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
)
"""The policy of published pages, the same as in their markup. Whoever may write to a store writes
its pages, and they share an origin with `/login` and with the pages of other stores. So no script
of a store runs: there is one script that `'self'` allows, and that is the server's own copy."""

SCRIPT_PATH = f"assets/{SCRIPT}"

_PageKey = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    tag: str

    def __len__(self) -> int:
        return len(self.content)


class People:
    """Answers browsers.

    Args:
        gate: Decides who may read.
        sessions: Remembers who signed in.
    """

    def __init__(self, gate: Gate, sessions: Sessions) -> None:
        self._gate = gate
        self._sessions = sessions
        self._kept: LRUCache[_PageKey, _Kept] = LRUCache(KEPT, getsizeof=len)
        self._reading: SingleFlight[_PageKey, _Kept | None] = SingleFlight()

    async def page(self, request: Request, stall: Stall, path: str) -> Response:
        """Show a published page."""
        try:
            caller = await self._gate.admit(request, stall)
            await stall.ready(caller.token)
            stall.keep_fresh(caller.token)
            await self._check_visible(request, stall, caller, path)
        except DeniedError as denied:
            if denied.response.status == 401 and _is_browser(request):  # noqa: PLR2004
                return redirect(f"/login?next={quote(request.path)}", 303)
            raise
        if path and not path.endswith("/") and "." not in path.rpartition("/")[2]:
            return redirect(f"{quote(path.rpartition('/')[2])}/", 301, cache=b"no-store")
        name = f"{path}index.html" if not path or path.endswith("/") else path
        kept = await self._read(stall, name, caller.token)
        if kept is None:
            raise DeniedError(text(404, f"{stall.name} has no page {name}"))
        tag = f'"{kept.tag}"'
        headers = [(b"etag", tag.encode()), _CACHE, _PUBLISHED]
        if tag in request.header(b"if-none-match"):
            return Response(status=304, headers=headers)
        return Response(headers=[*headers, (b"content-type", _type(name))], body=kept.content)

    async def _check_visible(
        self, request: Request, stall: Stall, caller: Caller, path: str
    ) -> None:
        """Refuse a page that shows projects of repositories that the caller may not read.

        Such pages were made for everyone who may read the store; those for installers are made
        for each caller.

        Raises:
            DeniedError: The caller has to sign in, or may not read all of them.
        """
        place, _, rest = path.partition("/")
        if place == "assets" or path == "404.html":
            return
        name = NormalizedName(rest.partition("/")[0])
        shelf = stall.shelf
        origins = shelf.origins(name) if place == "project" else shelf.revision.origins
        if {*origins} <= await self._gate.visible_repositories(
            caller, stall, origins, request.address
        ):
            return
        if caller.token is None or caller.anonymous:
            raise DeniedError(challenge())
        raise DeniedError(
            text(403, "this page shows repositories that your token may not read; see simple/")
        )

    async def _read(self, stall: Stall, name: str, token: Secret | None) -> _Kept | None:
        key = stall.name, stall.shelf.revision.number, name
        if kept := self._kept.get(key):
            return kept

        async def read() -> _Kept | None:
            if name == SCRIPT_PATH:
                content: bytes | None = asset(SCRIPT)
            else:
                content = await asyncio.to_thread(stall.page, name, token)
            if content is None:
                return None
            return _Kept(content, blake2b(content, digest_size=12).hexdigest())

        try:
            kept = await self._reading.run(key, read)
        except GhpypiError as error:
            raise DeniedError(text(502, str(error))) from error
        if kept:
            put(self._kept, key, kept)
        return kept

    async def sign(self, request: Request, stalls: Sequence[Stall]) -> Response:
        """Answer at `/login` and `/logout`."""
        action = request.segments[0]
        if request.method in {"GET", "HEAD"}:
            return self._form(request, action, request.query.get("next", ""))
        if request.method != "POST":
            raise DeniedError(text(405))
        sent = dict(parse_qsl((await request.body(FORM_BYTES)).decode(errors="replace")))
        if not self._sessions.is_ours(request, sent.get("form", "")):
            fault = "This form was not sent from here, or was open for too long; try again."
            return self._form(request, action, sent.get("next", ""), fault, status=403)
        if action == "logout":
            answer = redirect("/login", 303)
            answer.headers.append(self._sessions.end(request))
            return answer
        return await self._sign_in(request, stalls, sent)

    async def _sign_in(
        self, request: Request, stalls: Sequence[Stall], sent: dict[str, str]
    ) -> Response:
        secret = Secret(sent.get("token", "").strip())
        fault = "the password has to be a GitHub token"
        for stall in self._gate.stores_of(secret, stalls):
            try:
                await self._gate.check(Credentials("", secret), stall, request.address)
            except DeniedError as denied:
                fault = denied.response.body.decode().strip() or fault
            else:
                answer = redirect(_safe(sent.get("next", "")), 303)
                answer.headers.append(self._sessions.open(request, secret))
                return answer
        return self._form(request, "login", sent.get("next", ""), fault, status=403)

    def _form(
        self, request: Request, action: str, onward: str, fault: str = "", *, status: int = 200
    ) -> Response:
        form, cookie = self._sessions.form(request)
        page = environment().get_template("server/login.html")
        title = "Sign in" if action == "login" else "Sign out"
        content = page.render(
            title=title, action=action, form=form, next=_safe(onward), fault=fault, hours=HOURS
        )
        headers = [HTML, NO_STORE, _OWN, cookie]
        return Response(status=status, headers=headers, body=content.encode())


def _safe(onward: str) -> str:
    """Go on to a place of ours and nowhere else."""
    fine = onward.startswith("/") and not onward.startswith(("//", "/\\")) and onward.isprintable()
    return quote(onward, safe="/-._~%+@!") if fine else "/"


def _is_browser(request: Request) -> bool:
    return "text/html" in request.header(b"accept") and request.header(b"user-agent").startswith(
        "Mozilla/"
    )


def _type(name: str) -> bytes:
    """Return the media type of a page, which browsers do not guess again (`nosniff`)."""
    found = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if found.endswith(("javascript", "ecmascript")) and name != SCRIPT_PATH:
        found = "text/plain"
    if name == "feed.xml" or name.endswith("/feed.xml"):
        found = "application/atom+xml"
    text = found.startswith("text/") or found.endswith(("xml", "json", "javascript"))
    return (found + ("; charset=utf-8" if text else "")).encode()
