"""Sessions of browsers: the token is in an encrypted cookie, and nothing of it on the server.

A session ends after `HOURS`, or when no request came for `IDLE_SECONDS`, or when its user signs
out. What holds after that, for somebody who has kept a copy of the cookie:

- One server refuses the cookie at once, also later, until it is restarted without a
  `GHPYPI_SERVE_SESSION_SECRET`; then all sessions have ended.
- Several servers that share a secret do not tell each other who signed out. The one that was asked
  refuses the cookie at once; the others, and that one after a restart, refuse it `IDLE_SECONDS`
  after the cookie was issued, or after `HOURS` if the copy was in use there all the time. Let the
  load balancer send one browser to one server (sticky sessions) where that is not enough, or revoke
  the token at GitHub, which ends the session everywhere within `--auth-read-expires`.
"""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cachetools import TTLCache
from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request

from ghpypi.core.parsing import parse_json
from ghpypi.core.secret import Secret
from ghpypi.server.auth.credentials import Credentials
from ghpypi.server.requests import is_secure

HOURS = 8
"""How long a session lasts at most."""

IDLE_SECONDS = 3600
"""How long a session lasts without a request."""

RENEW_SECONDS = 300
"""How old a cookie is when it is replaced by a new one of the same session."""

CLOCK_SECONDS = 60
"""How far the clocks of servers that share a secret may be apart."""

ENDED = 100_000
"""How many sessions that were ended are remembered."""

COOKIE = "ghpypi-session"
FORM_COOKIE = "ghpypi-form"
HOST = "__Host-"
"""Cookies of this beginning are taken by browsers from this very host only, and only over TLS."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What is in a cookie.

    Attributes:
        token: What its user signed in with.
        identity: Tells it from all other sessions.
        begun: When that was, in seconds since 1970.
    """

    token: Secret
    identity: str
    begun: float

    def dump(self) -> bytes:
        content = {"token": self.token.reveal(), "id": self.identity, "begun": self.begun}
        return json.dumps(content).encode()


class Sessions:
    """Encrypts tokens into cookies, and protects forms against requests forged elsewhere.

    Args:
        secret: Shared by all servers; without one, sessions end with this process.
        now: The time, in seconds since 1970.
    """

    def __init__(
        self, secret: Secret | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        text = secret.reveal().encode() if secret else secrets.token_bytes(32)
        self._box = Fernet(base64.urlsafe_b64encode(sha256(b"session " + text).digest()))
        self._key = sha256(b"form " + text).digest()
        self._now = now
        self._ended: TTLCache[str, None] = TTLCache(ENDED, HOURS * 3600, timer=now)

    def credentials(self, request: Request) -> Credentials | None:
        """Return the token of a session; `None` if there is none, or it has ended.

        A cookie that is old is replaced with the response to the request.
        """
        found = self._read(request)
        if found is None:
            return None
        session, issued = found
        if self._now() - issued > RENEW_SECONDS:
            request.state.new_cookies.append(self._issue(request, session))
        return Credentials("", session.token)

    def open(self, request: Request, secret: Secret) -> tuple[bytes, bytes]:
        """Return the header that begins a session."""
        return self._issue(request, _Session(secret, secrets.token_urlsafe(16), self._now()))

    def end(self, request: Request) -> tuple[bytes, bytes]:
        """End the session of a request on this server; return the header that drops the cookie."""
        found = self._read(request)
        if found is not None:
            self._ended[found[0].identity] = None
        return _cookie(request, COOKIE, "", seconds=0)

    def form(self, request: Request) -> tuple[str, tuple[bytes, bytes]]:
        """Return what a form has to carry, and the cookie that it has to match."""
        known = request.cookies.get(_name(request, FORM_COOKIE), "")
        value = known if len(known) >= 32 else secrets.token_urlsafe(32)  # noqa: PLR2004
        return self._sign(value), _cookie(request, FORM_COOKIE, value, seconds=HOURS * 3600)

    def is_ours(self, request: Request, form: str) -> bool:
        """Tell whether a form was sent from a page of this server."""
        origin = request.headers.get("origin", "")
        if origin not in {"", "null"} and origin.partition("://")[2] != request.headers.get(
            "host", ""
        ):
            return False
        if request.headers.get("sec-fetch-site", "") not in {"", "same-origin", "none"}:
            return False
        value = request.cookies.get(_name(request, FORM_COOKIE), "")
        return bool(value) and hmac.compare_digest(
            self._sign(value).encode(), form.encode(errors="replace")
        )

    def _read(self, request: Request) -> tuple[_Session, int] | None:
        """Return the session of a request, and when its cookie was issued."""
        value = request.cookies.get(_name(request, COOKIE), "").encode()
        if not value:
            return None
        now = self._now()
        try:
            content = parse_json(self._box.decrypt_at_time(value, IDLE_SECONDS, int(now)))
            session = _Session(Secret(content["token"]), content["id"], float(content["begun"]))
        except (InvalidToken, ValueError, KeyError, TypeError):
            return None
        age = now - session.begun
        if not -CLOCK_SECONDS < age < HOURS * 3600 or session.identity in self._ended:
            return None
        return session, self._box.extract_timestamp(value)

    def _issue(self, request: Request, session: _Session) -> tuple[bytes, bytes]:
        value = self._box.encrypt_at_time(session.dump(), int(self._now())).decode()
        return _cookie(request, COOKIE, value, seconds=IDLE_SECONDS)

    def _sign(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), sha256).hexdigest()


def _name(request: Request, name: str) -> str:
    return HOST + name if is_secure(request) else name


def _cookie(request: Request, name: str, value: str, *, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if is_secure(request) else ""
    text = (
        f"{_name(request, name)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    )
    return b"set-cookie", text.encode()
