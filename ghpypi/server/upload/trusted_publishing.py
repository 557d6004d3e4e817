"""Trusted publishing: a workflow of GitHub uploads with no secret, in the way that PyPI has it.

    job ─identity token─► mint-token ─rules─► upload token, good for minutes and some projects

Source: PyPI's documentation, "Trusted publishers: internals and technical details". Upload tokens
are signed and nothing of them is kept, so servers that share a secret take each other's.
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
from ghpypi.server.requests import read_body
from ghpypi.server.responses import NO_STORE, text
from ghpypi.server.served_store import ServedStore
from ghpypi.server.upload.identity_tokens import UNREADABLE, Claims, Issuer
from ghpypi.server.upload.repository_ids import RepositoryPins
from ghpypi.server.upload.storing import Uploader

LIFE_SECONDS = 900
CLOCK_SECONDS = 60
"""How far the clocks of servers that share a secret may be apart."""

PREFIX = "ghpypi-upload-"
"""What upload tokens begin with, so that none is ever taken for one of GitHub's."""

LARGEST_BODY = 64 << 10
_LONGEST = LIFE_SECONDS + CLOCK_SECONDS
_PURPOSE = b"ghpypi upload tokens 1"


class UploadTokens:
    """Makes upload tokens, and knows them again.

    Args:
        secret: What they are signed with; servers that share it are as one.
        audience: The server's name, which they are bound to.
        now: Tells the time, in seconds since 1970.
    """

    def __init__(
        self, secret: Secret, audience: str, *, now: Callable[[], float] = time.time
    ) -> None:
        self._key = hmac.new(secret.reveal().encode(), _PURPOSE, sha256).digest()
        self._audience = audience
        self._now = now
        self._burnt: dict[str, float] = {}

    def mint(self, grants: Sequence[Grant], publisher: Publisher) -> tuple[str, int]:
        """Make a token; tell when it ends, too."""
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
        """Take a token no more, on this server."""
        now = self._now()
        self._burnt = {each: end for each, end in self._burnt.items() if end > now}
        try:
            claims = self._claims(token)
        except NotAllowedError:
            return
        self._burnt[str(claims["jti"])] = float(claims["exp"])

    def uploader(self, secret: Secret, served_store: ServedStore) -> Uploader | None:
        """Tell who brings a token; they write with the server's own."""
        token = secret.reveal()
        if not token.startswith(PREFIX):
            return None
        claims = self._claims(token)
        if served_store.has_rights and served_store.token is None:
            raise NotAllowedError(
                f"this server has no token of its own to write to {served_store.name}"
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
            raise NotAllowedError(f"the upload token is none of this server's: {error}") from error
        if not isinstance(claims["exp"], int) or claims["exp"] > self._now() + _LONGEST:
            # No server makes such a token, so somebody else has the secret.
            raise NotAllowedError("the upload token is good for longer than 15 minutes")
        if claims["exp"] <= self._now():
            raise NotAllowedError("the upload token has expired; each is good for 15 minutes")
        if str(claims["jti"]) in self._burnt:
            raise NotAllowedError("the upload token was revoked")
        return claims


def _grants(claims: Claims) -> list[Grant]:
    """Read what an upload token is for; only a server with the same secret can have signed it.

    Raises:
        NotAllowedError: It says so in another way than this version does.
    """
    try:
        return [
            Grant(store=store, projects=name_pattern(projects))
            for store, projects in claims["grants"]
            if isinstance(store, str) and isinstance(claims["publisher"], dict)
        ]
    except UNREADABLE as error:
        raise NotAllowedError("the upload token is of another version of this server") from error


class TrustedPublishing:
    """Answers at `/_/oidc/`: a part of the server.

    Args:
        issuer: Signs for jobs.
        rules: Say what they may publish.
        upload_tokens: Make upload tokens.
        pins: Know the IDs of repositories, for rules that name none.
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
        """Its routes, below each store: there is one such address, whatever stores there are."""
        return [
            Route("/_/oidc/audience", self._audience, name="upload"),
            Route("/_/oidc/mint-token", self._mint, methods=["POST"], name="upload"),
            Route("/_/oidc/burn-token", self._burn, methods=["POST"], name="upload"),
        ]

    def start(self) -> None:
        """Look up the repositories of rules, in the background."""
        self._pins.start(self._rules)

    async def close(self) -> None:
        """Nothing is under way."""

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
    return _refused("invalid-payload", "the body holds no token")


def _refused(code: str, description: str, status: int = 422) -> Response:
    """Say no, as PyPI does."""
    faults = [{"code": code, "description": description}]
    content = json.dumps({"message": "Token request failed", "errors": faults})
    # Not a JSONResponse: texts of others may hold what UTF-8 cannot write, and this escapes it.
    return Response(content, status, {**NO_STORE, "content-type": "application/json"})


def _unknown(claims: Claims, rules: Sequence[Trust]) -> str:
    """Say why a job may not publish: what each rule misses, and what the job is."""
    names = (
        "repository", "repository_owner_id", "repository_id", "workflow_ref", "job_workflow_ref",
        "ref", "environment", "event_name",
    )  # fmt: skip
    job = ", ".join(f"{name} {claims[name]}" for name in names if claims.get(name))
    faults = [f"rule {number}: {'; '.join(x.faults(claims))}" for number, x in enumerate(rules, 1)]
    return "; ".join([f"no rule lets this job publish: {job}", *faults])


def _publisher(claims: Claims) -> Publisher:
    """Say who it is, in the words of the provenance object (PEP 740)."""
    workflow = str(claims.get("workflow_ref", "")).partition("@")[0].rpartition("/")[2]
    return {
        "kind": "GitHub",
        "repository": claims["repository"],
        "workflow": workflow,
        "environment": claims.get("environment"),
        "claims": None,
    }
