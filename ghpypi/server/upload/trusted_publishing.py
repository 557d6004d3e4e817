"""Trusted publishing: uploads from GitHub workflows without secrets, with the protocol of PyPI.

    job ─identity token─► mint-token ─rules─► upload token, for some projects and 15 minutes

Upload tokens are signed and not stored, so servers that share a secret accept each other's.

Source: PyPI's documentation, "Trusted publishers: internals and technical details".
"""

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid4

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ghpypi.core.config.rules import name_pattern
from ghpypi.core.config.trust import Grant, Trust
from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_json
from ghpypi.core.secret import Secret
from ghpypi.core.upload.attestations import Publisher
from ghpypi.errors import NotAllowedError, TryLaterError
from ghpypi.server.cache import expiry_times
from ghpypi.server.ports import Uploader
from ghpypi.server.requests import read_body
from ghpypi.server.responses import NO_STORE, text
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.identity_tokens import UNREADABLE, Claims, Issuer
from ghpypi.server.upload.repository_ids import RepositoryPins

LIFE_SECONDS = 900
CLOCK_SECONDS = 60
"""Tolerated clock difference between servers that share a secret."""

PREFIX = "ghpypi-upload-"
"""Prefix of upload tokens, which distinguishes them from GitHub tokens."""

LARGEST_BODY = 64 << 10
_LONGEST = LIFE_SECONDS + CLOCK_SECONDS
_PURPOSE = b"ghpypi upload tokens 1"


class UploadTokens:
    """Creates and validates upload tokens (JWT).

    Args:
        secret: The signing key; servers with the same key accept each other's tokens.
        audience: The name of the server, which is issuer and audience of its tokens.
        now: The time, in seconds since 1970.
    """

    def __init__(
        self, secret: Secret, audience: str, *, now: Callable[[], float] = time.time
    ) -> None:
        self._key = hmac.new(secret.reveal().encode(), _PURPOSE, sha256).digest()
        self._audience = audience
        self._now = now
        self._revoked = expiry_times(now)

    def mint(self, grants: Sequence[Grant], publisher: Publisher) -> tuple[str, int]:
        """Return a new token, and when it expires, in seconds since 1970."""
        expires = int(self._now()) + LIFE_SECONDS
        claims = {
            "iss": self._audience,
            "aud": self._audience,
            "exp": expires,
            "jti": uuid4().hex,
            "grants": [[grant.store, grant.projects] for grant in grants],
            "publisher": publisher,
        }
        return PREFIX + jwt.encode(claims, self._key, algorithm="HS256"), expires

    def burn(self, token: str) -> None:
        """Revoke a token, on this server only."""
        try:
            claims = self._claims(token)
        except NotAllowedError:
            return
        self._revoked[str(claims["jti"])] = float(claims["exp"])

    def uploader(self, secret: Secret, served_store: ServedStore) -> Uploader | None:
        """Return the uploader of an upload token; they write with the server's own token."""
        token = secret.reveal()
        if not token.startswith(PREFIX):
            return None
        claims = self._claims(token)
        if served_store.has_rights and served_store.token is None:
            raise NotAllowedError(
                f"the server has no GitHub token to publish to {served_store.name}"
            )
        grants = _grants(claims)

        def allows(filename: Filename) -> bool:
            return any(grant.covers(served_store.name, filename.project) for grant in grants)

        return Uploader(token=served_store.token, allows=allows, publisher=claims.get("publisher"))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token.removeprefix(PREFIX),
                self._key,
                algorithms=["HS256"],
                audience=self._audience,
                issuer=self._audience,
                options={"require": ["exp", "jti"], "verify_exp": False},
            )
        except UNREADABLE as error:
            raise NotAllowedError(f"invalid upload token: {error}") from error
        if not isinstance(claims["exp"], int) or claims["exp"] > self._now() + _LONGEST:
            # No server creates such a token, so the secret has leaked.
            raise NotAllowedError("invalid upload token: its lifetime exceeds 15 minutes")
        if claims["exp"] <= self._now():
            raise NotAllowedError("the upload token has expired after 15 minutes")
        if str(claims["jti"]) in self._revoked:
            raise NotAllowedError("the upload token was revoked")
        return claims


def _grants(claims: Claims) -> list[Grant]:
    """Return the grants in the claims of an upload token.

    Raises:
        NotAllowedError: The token was created by an incompatible version of the server.
    """
    try:
        return [
            Grant(store=store, projects=name_pattern(projects))
            for store, projects in claims["grants"]
            if isinstance(store, str) and isinstance(claims["publisher"], dict)
        ]
    except UNREADABLE as error:
        raise NotAllowedError(
            "the upload token was created by another version of the server"
        ) from error


class TrustedPublishing:
    """Handles requests to `/_/oidc/` (a `RouteProvider`).

    Args:
        issuer: Validates identity tokens of jobs.
        rules: What jobs may publish.
        upload_tokens: Creates upload tokens.
        pins: Adds repository IDs to rules that specify none.
    """

    def __init__(
        self,
        issuer: Issuer,
        rules: Sequence[Trust],
        upload_tokens: UploadTokens,
        pins: RepositoryPins | None = None,
    ) -> None:
        self._issuer = issuer
        self._rules = tuple(rules)
        self._upload_tokens = upload_tokens
        self._pins = pins or RepositoryPins()

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes below each store; they do the same for every store."""
        return [
            Route("/_/oidc/audience", self._audience, name="upload"),
            Route("/_/oidc/mint-token", self._mint, methods=["POST"], name="upload"),
            Route("/_/oidc/burn-token", self._burn, methods=["POST"], name="upload"),
        ]

    def start(self) -> None:
        """Start to look up the IDs of repositories, in the background."""
        self._pins.start(self._rules)

    async def close(self) -> None:
        """Do nothing: there is no running work."""

    async def _audience(self, _: Request) -> Response:
        return JSONResponse({"audience": self._issuer.audience}, headers=NO_STORE)

    async def _burn(self, request: Request) -> Response:
        token = await _token(request)
        if token is None:
            return _no_token()
        self._upload_tokens.burn(token)
        return text(202, "upload token revoked")

    async def _mint(self, request: Request) -> Response:
        token = await _token(request)
        if token is None:
            return _no_token()
        try:
            claims = await asyncio.to_thread(self._issuer.claims, token)
        except TryLaterError as error:
            return _refused("service-unavailable", str(error), 503)
        except NotAllowedError as error:
            return _refused("invalid-token", str(error))
        rules = await asyncio.to_thread(self._rules_about, claims)
        grants = [rule.grant for rule in rules if rule.matches(claims)]
        if not grants:
            return _refused("invalid-publisher", _unknown(claims, rules))
        self._pins.keep(claims)
        minted, expires = self._upload_tokens.mint(grants, _publisher(claims))
        content = {"success": True, "token": minted, "expires": expires}
        return JSONResponse(content, headers=NO_STORE)

    def _rules_about(self, claims: Claims) -> list[Trust]:
        """Return the rules about the repository of a job. Blocks."""
        return [self._pins.pinned(rule) for rule in self._rules if rule.is_about(claims)]


async def _token(request: Request) -> str | None:
    """Return the token in the body of a request; `None` if there is none."""
    try:
        token = parse_json(await read_body(request, LARGEST_BODY))["token"]
    except (ValueError, KeyError, TypeError):
        return None
    return token if isinstance(token, str) and token else None


def _no_token() -> Response:
    return _refused("invalid-payload", "the body has no 'token'")


def _refused(code: str, description: str, status: int = 422) -> Response:
    """Return an error response in the format of PyPI."""
    faults = [{"code": code, "description": description}]
    content = json.dumps({"message": "Token request failed", "errors": faults})
    # Not a JSONResponse: foreign strings may contain surrogates, which `json.dumps` escapes.
    return Response(content, status, {**NO_STORE, "content-type": "application/json"})


def _unknown(claims: Claims, rules: Sequence[Trust]) -> str:
    """Describe why a job may not publish: its claims, and the mismatches of each rule."""
    names = (
        "repository", "repository_owner_id", "repository_id", "workflow_ref", "job_workflow_ref",
        "ref", "environment", "event_name",
    )  # fmt: skip
    job = ", ".join(f"{name} {claims[name]}" for name in names if claims.get(name))
    faults = [f"rule {number}: {'; '.join(x.faults(claims))}" for number, x in enumerate(rules, 1)]
    return "; ".join([f"no rule allows this job to publish: {job}", *faults])


def _publisher(claims: Claims) -> Publisher:
    """Return the publisher of a job as in the provenance object (PEP 740)."""
    workflow = str(claims.get("workflow_ref", "")).partition("@")[0].rpartition("/")[2]
    return {
        "kind": "GitHub",
        "repository": claims["repository"],
        "workflow": workflow,
        "environment": claims.get("environment"),
        "claims": None,
    }
