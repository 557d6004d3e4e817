"""Browser sessions: the token is in an encrypted cookie, and the server stores nothing.

A session ends after `HOURS`, after `IDLE_SECONDS` without a request, or when its user signs out.
If an attacker has a copy of the cookie of a session that was signed out:

- A single server rejects the cookie at once. After a restart without a fixed
  `GHPYPI_SERVE_SESSION_SECRET`, all sessions have ended anyway.
- Servers that share a secret do not share sign-outs. The server that handled the sign-out rejects
  the cookie at once. The others, and that server after a restart, reject it `IDLE_SECONDS` after it
  was issued, or after `HOURS` if the copy is in constant use. If that is not enough, use sticky
  sessions in the load balancer, or revoke the token at GitHub, which ends the session on all
  servers within `--auth-read-expires`.
"""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from cachetools import TTLCache
from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request

from ghpypi.core.parsing import parse_json
from ghpypi.core.secret import Secret
from ghpypi.server.auth.credentials import Credentials
from ghpypi.server.requests import is_secure

HOURS = 8
"""Maximum duration of a session."""

IDLE_SECONDS = 3600
"""Maximum time between two requests of a session."""

RENEW_SECONDS = 300
"""Age at which a cookie is replaced with a new one for the same session."""

CLOCK_SECONDS = 60
"""Tolerated clock difference between servers that share a secret."""

ENDED = 100_000
"""Maximum number of ended sessions that are remembered."""

COOKIE = "ghpypi-session"
FORM_COOKIE = "ghpypi-form"
HOST = "__Host-"
"""Cookie prefix with which browsers accept a cookie only over TLS and for this exact host.

Source: MDN Web Docs, "Set-Cookie", "Cookie prefixes".
"""


class _Session(NamedTuple):
    """The content of a session cookie.

    Attributes:
        token: The token that the user signed in with.
        identity: A unique ID.
        started: The time of the sign-in, in seconds since 1970.
    """

    token: Secret
    identity: str
    started: float

    def dump(self) -> bytes:
        content = {"token": self.token.reveal(), "id": self.identity, "begun": self.started}
        return json.dumps(content).encode()


class Sessions:
    """Encrypts tokens into cookies, and protects forms against cross-site request forgery.

    Args:
        secret: A secret shared by all servers; without one, sessions end with the process.
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
        """Return the token of a request's session; `None` without a valid session.

        An old cookie is renewed with the response to the request.
        """
        found = self._read(request)
        if found is None:
            return None
        session, issued = found
        if self._now() - issued > RENEW_SECONDS:
            request.state.new_cookies.append(self._issue(request, session))
        return Credentials("", session.token)

    def open(self, request: Request, secret: Secret) -> tuple[bytes, bytes]:
        """Start a session; return the header that sets its cookie."""
        return self._issue(request, _Session(secret, secrets.token_urlsafe(16), self._now()))

    def end(self, request: Request) -> tuple[bytes, bytes]:
        """End the session of a request on this server; return the header that clears its cookie."""
        found = self._read(request)
        if found is not None:
            self._ended[found[0].identity] = None
        return _cookie(request, COOKIE, "", seconds=0)

    def form(self, request: Request) -> tuple[str, tuple[bytes, bytes]]:
        """Return the CSRF token for a form, and the header that sets the matching cookie."""
        known = request.cookies.get(_name(request, FORM_COOKIE), "")
        value = known if len(known) >= 32 else secrets.token_urlsafe(32)  # noqa: PLR2004
        return self._sign(value), _cookie(request, FORM_COOKIE, value, seconds=HOURS * 3600)

    def is_own_form(self, request: Request, form: str) -> bool:
        """Return whether a form was sent from a page of this server, by its CSRF token."""
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
        age = now - session.started
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
