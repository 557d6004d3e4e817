"""GitHub as the issuer of identities: what a job says of itself, signed, and whether it is true.

Source: GitHub documentation, "OpenID Connect"; OpenID Connect Discovery 1.0; RFC 7519.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import jwt
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from urllib3.exceptions import HTTPError

from ghpypi.core.locator import Hosts
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.errors import NotAllowedError, TryLaterError

KEYS_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
"""Not oftener than this keys are fetched because one is missing."""

LEEWAY_SECONDS = 30
TIMEOUTS = (5, 10)
LARGEST = 1 << 20

UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError,
    jwt.PyJWTError, UnsupportedAlgorithm,
)  # fmt: skip
"""What tokens and keys of the wrong shape raise in Python, PyJWT and cryptography: PyJWT documents
`PyJWTError` alone, but a deeply nested header is a RecursionError, and text that is not Unicode a
ValueError."""

Claims = Mapping[str, Any]
Fetch = Callable[[str], bytes]
"""Gets what is at an address; raises `TryLaterError` if that cannot be had."""


def issuer_of(hosts: Hosts) -> str:
    """Say who signs for the jobs of a GitHub.

    Source: GitHub documentation, "OpenID Connect reference", for each product.
    """
    if hosts.hostname == "github.com":
        return "https://token.actions.githubusercontent.com"
    if hosts.hostname.endswith(".ghe.com"):
        return f"https://token.actions.{hosts.hostname}"
    return f"{hosts.server}/_services/token"


def fetch(url: str) -> bytes:
    """Get what is at an address, from there and nowhere else."""
    try:
        with requests.get(
            url, auth=_unsigned, timeout=TIMEOUTS, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != requests.codes.ok:
                raise TryLaterError(f"{url}: HTTP {response.status_code}")
            content: bytes = response.raw.read(LARGEST, decode_content=True)
            return content
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise TryLaterError(f"{url}: no answer ({type(error).__name__})") from error


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Sign nothing; that this is there keeps `.netrc` out."""
    return request


class Issuer:
    """Believes what one issuer has signed for one audience, once.

    Args:
        url: The issuer.
        audience: For whom its tokens have to be.
        fetch: Gets its keys.
        now: Tells seconds that only grow.
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
        self._used: dict[str, float] = {}

    def claims(self, token: str) -> Claims:
        """Read a token. Blocks.

        Raises:
            NotAllowedError: It is not to be believed, or was used before.
            TryLaterError: The issuer's keys cannot be had.
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
            raise NotAllowedError(f"the identity token is signed with no key of {self.url}")
        return self._keys[kid]

    def _renew(self, kid: str) -> None:
        """Fetch the keys; where that fails, the known ones stay good."""
        try:
            where = f"{self.url}/.well-known/openid-configuration"
            keys_url = self._own(str(parse_json(self._fetch(where))["jwks_uri"]))
            found = parse_json(self._fetch(keys_url))["keys"]
            keys = [jwt.PyJWK(each) for each in found if each.get("kty") == "RSA"]
        except (TryLaterError, *UNREADABLE) as error:
            if kid in self._keys:
                return
            reason = error if isinstance(error, TryLaterError) else f"unreadable ({error})"
            raise TryLaterError(f"the keys of {self.url} cannot be had: {reason}") from error
        self._keys = {str(each.key_id): each for each in keys}
        self._fetched = self._now()

    def _own(self, url: str) -> str:
        if split_url(url)[:2] != split_url(self.url)[:2]:
            raise TryLaterError(f"{self.url} says that its keys are elsewhere, at {url}")
        return url

    def _use(self, claims: Claims) -> None:
        """Take each token once; it is remembered as long as it is good."""
        identity, until = str(claims["jti"]), float(claims["exp"]) + 2 * LEEWAY_SECONDS
        now = time.time()
        with self._lock:
            if identity in self._used:
                raise NotAllowedError("the identity token was used before")
            self._used = {each: end for each, end in self._used.items() if end > now}
            self._used[identity] = until
