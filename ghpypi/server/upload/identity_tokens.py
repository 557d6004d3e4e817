"""Identity tokens (OpenID Connect) that GitHub issues to jobs of workflows, and their validation.

Source: GitHub documentation, "OpenID Connect"; OpenID Connect Discovery 1.0; RFC 7519.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import jwt
import requests
from cryptography.exceptions import UnsupportedAlgorithm

from ghpypi.connection_errors import SEND_ERRORS, describe_failure
from ghpypi.core.locator import Hosts
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.errors import NotAllowedError, TryLaterError
from ghpypi.server.cache import expiry_times

KEYS_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
"""Minimum time between two fetches of keys because of an unknown key ID."""

LEEWAY_SECONDS = 30
TIMEOUTS = (5, 10)
LARGEST = 1 << 20

UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError,
    jwt.PyJWTError, UnsupportedAlgorithm,
)  # fmt: skip
"""Exceptions for malformed tokens and keys. PyJWT documents `PyJWTError` only, but a deeply nested
header raises RecursionError, and invalid Unicode ValueError."""

Claims = Mapping[str, Any]
Fetch = Callable[[str], bytes]
"""Fetches a URL; raises `TryLaterError` if that fails."""


def issuer_of(hosts: Hosts) -> str:
    """Return the URL of the issuer of a GitHub server.

    Source: GitHub documentation, "OpenID Connect reference", for each product.
    """
    if hosts.hostname == "github.com":
        return "https://token.actions.githubusercontent.com"
    if hosts.hostname.endswith(".ghe.com"):
        return f"https://token.actions.{hosts.hostname}"
    return f"{hosts.server}/_services/token"


def fetch(url: str) -> bytes:
    """Fetch a URL, without following redirects."""
    try:
        with requests.get(
            url, auth=_unsigned, timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != requests.codes.ok:
                raise TryLaterError(f"{url}: HTTP {response.status_code}")
            content: bytes = response.raw.read(LARGEST, decode_content=True)
            return content
    except SEND_ERRORS as error:
        raise TryLaterError(f"{url}: {describe_failure(error, url).reason}") from error


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials: passing an auth function stops requests from reading `.netrc`."""
    return request


class Issuer:
    """Validates identity tokens of one issuer for one audience; each token is accepted once.

    Args:
        url: The URL of the issuer.
        audience: The required audience of tokens.
        fetch: Fetches the keys of the issuer.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        url: str,
        audience: str,
        *,
        fetch: Fetch = fetch,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self.audience = audience
        self._fetch = fetch
        self._now = now
        self._lock = Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._used = expiry_times(time.time)

    def claims(self, token: str) -> Claims:
        """Validate a token and return its claims. Blocks.

        Raises:
            NotAllowedError: The token is invalid, or was used before.
            TryLaterError: The keys of the issuer cannot be fetched.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(str(header.get("kid", "")))
            claims: Claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self.audience,
                issuer=self.url,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti", "repository"]},
            )
            self._use(claims)
        except (NotAllowedError, TryLaterError):
            raise
        except UNREADABLE as error:
            raise NotAllowedError(f"invalid identity token: {error}") from error
        return claims

    def _key(self, kid: str) -> jwt.PyJWK:
        with self._lock:
            age = self._now() - self._fetched
            if age > KEYS_SECONDS or (kid not in self._keys and age > AGAIN_SECONDS):
                self._renew(kid)
        if kid not in self._keys:
            raise NotAllowedError(f"the identity token is not signed by {self.url}")
        return self._keys[kid]

    def _renew(self, kid: str) -> None:
        """Fetch the keys; if that fails, known ones stay valid."""
        try:
            where = f"{self.url}/.well-known/openid-configuration"
            keys_url = self._own(str(parse_json(self._fetch(where))["jwks_uri"]))
            found = parse_json(self._fetch(keys_url))["keys"]
            keys = [jwt.PyJWK(each) for each in found if each.get("kty") == "RSA"]
        except (TryLaterError, *UNREADABLE) as error:
            if kid in self._keys:
                return
            reason = error if isinstance(error, TryLaterError) else f"unreadable ({error})"
            raise TryLaterError(f"cannot fetch the keys of {self.url}: {reason}") from error
        self._keys = {str(each.key_id): each for each in keys}
        self._fetched = self._now()

    def _own(self, url: str) -> str:
        if split_url(url)[:2] != split_url(self.url)[:2]:
            raise TryLaterError(f"{self.url} refers to keys on another host: {url}")
        return url

    def _use(self, claims: Claims) -> None:
        """Reject a token that was used before; used tokens are stored until they expire."""
        identity, until = str(claims["jti"]), float(claims["exp"]) + 2 * LEEWAY_SECONDS
        with self._lock:
            if identity in self._used:
                raise NotAllowedError("the identity token was already used")
            self._used[identity] = until
