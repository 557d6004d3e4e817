"""An issuer of identities, as GitHub's: keys, and tokens that jobs get of it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from ghpypi.errors import TryLaterError

WORKFLOW = "acme/lib/.github/workflows/release.yml@refs/tags/v1.0"
AUDIENCE = "packages.acme.example"


@dataclass
class FakeIssuer:
    """Signs tokens, and says with which keys.

    Attributes:
        url: Its address.
        asked: What of it was fetched.
        down: It does not answer.
    """

    url: str = "https://token.actions.example"
    asked: list[str] = field(default_factory=list)
    down: bool = False
    keys_url: str = ""

    def __post_init__(self) -> None:
        self._keys: dict[str, rsa.RSAPrivateKey] = {}
        self.rotate()

    def rotate(self) -> None:
        """Go on with another key."""
        self._kid = f"key-{len(self._keys)}"
        self._keys = {self._kid: rsa.generate_private_key(65537, 2048)}

    def fetch(self, url: str) -> bytes:
        """Answer as its web server does."""
        self.asked.append(url)
        if self.down:
            raise TryLaterError(f"{url}: HTTP 503")
        return self.page(url.removeprefix(self.url)).encode()

    def page(self, path: str) -> str:
        """Write one of its two pages."""
        if path.endswith("/.well-known/openid-configuration"):
            keys_url = self.keys_url or f"{self.url}/.well-known/jwks"
            return json.dumps({"issuer": self.url, "jwks_uri": keys_url})
        return json.dumps({"keys": [self._public(kid) for kid in self._keys]})

    def token(self, *, kid: str = "", algorithm: str = "RS256", **changes: Any) -> str:
        """Make the token of a job; a change to `None` leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "repo:acme/lib:ref:refs/tags/v1.0",
            "jti": uuid4().hex,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "repository": "acme/lib",
            "repository_owner_id": "1234",
            "repository_id": "5678",
            "event_name": "push",
            "ref": "refs/tags/v1.0",
            "workflow_ref": WORKFLOW,
            "job_workflow_ref": WORKFLOW,
            **changes,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        key: Any = self._keys[self._kid] if algorithm == "RS256" else "x" * 32
        return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid or self._kid})

    def signed(self, changes: dict[str, Any]) -> str:
        """Sign claims of any shape, which PyJWT itself would refuse to sign."""
        now = int(time.time())
        usual = {
            "iss": self.url, "aud": AUDIENCE, "sub": "x", "jti": uuid4().hex, "iat": now,
            "exp": now + 300, "repository": "acme/lib",
        }  # fmt: skip
        text = json.dumps({**usual, **changes}).encode()
        key = self._keys[self._kid]
        return jwt.PyJWS().encode(text, key, algorithm="RS256", headers={"kid": self._kid})

    def _public(self, kid: str) -> dict[str, Any]:
        public = self._keys[kid].public_key()
        told: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        return {**told, "kid": kid, "use": "sig", "alg": "RS256"}
