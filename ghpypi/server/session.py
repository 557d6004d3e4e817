"""Sessions of browsers: the token travels in a cookie that only this server can read."""

import base64
import hmac
import json
import secrets
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from ghpypi.core.parsing import parse_json
from ghpypi.core.secret import Secret
from ghpypi.server.credentials import Credentials
from ghpypi.server.http import Request

HOURS = 8
COOKIE = "ghpypi-session"
FORM_COOKIE = "ghpypi-form"
HOST = "__Host-"
"""Cookies of this beginning are taken by browsers from this very host only, and only over TLS."""


class Sessions:
    """Encrypts tokens into cookies, and forms against requests forged elsewhere.

    Args:
        secret: Shared by all replicas; without one, sessions end with this process.
    """

    def __init__(self, secret: Secret | None = None) -> None:
        text = secret.reveal().encode() if secret else secrets.token_bytes(32)
        self._box = Fernet(base64.urlsafe_b64encode(sha256(b"session " + text).digest()))
        self._key = sha256(b"form " + text).digest()

    def credentials(self, request: Request) -> Credentials | None:
        """Read the token of a session; `None` if there is none, or it is too old."""
        value = request.cookies.get(_name(request, COOKIE))
        if not value:
            return None
        try:
            data = parse_json(self._box.decrypt(value.encode(), ttl=HOURS * 3600))
            return Credentials("", Secret(data["token"]))
        except (InvalidToken, ValueError, KeyError):
            return None

    def open(self, request: Request, secret: Secret) -> tuple[bytes, bytes]:
        """Make the header that begins a session."""
        value = self._box.encrypt(json.dumps({"token": secret.reveal()}).encode()).decode()
        return _cookie(request, COOKIE, value, seconds=HOURS * 3600)

    def close(self, request: Request) -> tuple[bytes, bytes]:
        """Make the header that ends a session."""
        return _cookie(request, COOKIE, "", seconds=0)

    def form(self, request: Request) -> tuple[str, tuple[bytes, bytes]]:
        """Make what a form has to carry, and the cookie it has to match."""
        known = request.cookies.get(_name(request, FORM_COOKIE), "")
        value = known if len(known) >= 32 else secrets.token_urlsafe(32)  # noqa: PLR2004
        return self._sign(value), _cookie(request, FORM_COOKIE, value, seconds=HOURS * 3600)

    def is_ours(self, request: Request, form: str) -> bool:
        """Tell whether a form was sent from a page of ours."""
        origin = request.header(b"origin")
        if origin not in {"", "null"} and origin.partition("://")[2] != request.header(b"host"):
            return False
        if request.header(b"sec-fetch-site") not in {"", "same-origin", "none"}:
            return False
        value = request.cookies.get(_name(request, FORM_COOKIE), "")
        return bool(value) and hmac.compare_digest(self._sign(value).encode(), form.encode())

    def _sign(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), sha256).hexdigest()


def _name(request: Request, name: str) -> str:
    return HOST + name if request.secure else name


def _cookie(request: Request, name: str, value: str, *, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if request.secure else ""
    text = (
        f"{_name(request, name)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    )
    return b"set-cookie", text.encode()
