"""Trusted publishing: a workflow of GitHub uploads with no secret, in the way that PyPI has it.

    job ─identity token─► mint-token ─rules─► upload token, good for minutes and some projects

Source: PyPI's documentation, "Trusted publishers: internals and technical details". Upload tokens
are signed and nothing of them is kept, so servers that share a secret take each other's.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any
from uuid import uuid4

import jwt

from ghpypi.core.attestations import Publisher
from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_json
from ghpypi.core.rules import name_pattern
from ghpypi.core.secret import Secret
from ghpypi.core.trust import Grant, Trust
from ghpypi.errors import GhpypiError, NotAllowedError, TryLaterError
from ghpypi.server.http import DeniedError, Request, Response, TooLargeError, as_json, text
from ghpypi.server.issuer import UNREADABLE, Claims, Issuer
from ghpypi.server.repository_ids import RepositoryPins
from ghpypi.server.stall import Stall
from ghpypi.server.storing import Visitor

LIFE_SECONDS = 900
CLOCK_SECONDS = 60
"""How far the clocks of servers that share a secret may be apart."""

PREFIX = "ghpypi-upload-"
"""What upload tokens begin with, so that none is ever taken for one of GitHub's."""

LARGEST_BODY = 64 << 10
_LONGEST = LIFE_SECONDS + CLOCK_SECONDS
_PURPOSE = b"ghpypi upload tokens 1"


class Passes:
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

    def visitor(self, secret: Secret, stall: Stall) -> Visitor | None:
        """Tell who brings a token; they write with the server's own."""
        token = secret.reveal()
        if not token.startswith(PREFIX):
            return None
        claims = self._claims(token)
        if stall.kind == "github" and stall.token is None:
            raise NotAllowedError(f"this server has no token of its own to write to {stall.name}")
        grants = _grants(claims)

        def allows(filename: Filename) -> bool:
            return any(grant.covers(stall.name, filename.project) for grant in grants)

        return Visitor(token=stall.token, allows=allows, publisher=claims.get("publisher"))

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


class Oidc:
    """Answers at `/_/oidc/`: a part of the server.

    Args:
        issuer: Signs for jobs.
        rules: Say what they may publish.
        passes: Make upload tokens.
        pins: Know the IDs of repositories, for rules that name none.
    """

    def __init__(
        self,
        issuer: Issuer,
        rules: Sequence[Trust],
        passes: Passes,
        pins: RepositoryPins | None = None,
    ) -> None:
        self._issuer = issuer
        self._rules = tuple(rules)
        self._passes = passes
        self._pins = pins or RepositoryPins()

    async def answer(
        self, request: Request, stall: Stall, rest: tuple[str, ...]
    ) -> Response | None:
        """Answer what is asked about identities."""
        del stall  # there is one such address for a server, whatever stores it has
        match (request.method, *rest):
            case ("GET" | "HEAD", "_", "oidc", "audience"):
                return as_json({"audience": self._issuer.audience})
            case ("POST", "_", "oidc", "mint-token"):
                return await self._mint(request)
            case ("POST", "_", "oidc", "burn-token"):
                self._passes.burn(await _token(request))
                return text(202, "upload token revoked")
            case _:
                return None

    def start(self) -> None:
        """Look up the repositories of rules, in the background."""
        self._pins.start(self._rules)

    async def close(self) -> None:
        """Nothing is under way."""

    async def _mint(self, request: Request) -> Response:
        try:
            token = await _token(request)
            claims = await asyncio.to_thread(self._issuer.claims, token)
        except TryLaterError as error:
            return _refused("service-unavailable", error, 503)
        except NotAllowedError as error:
            return _refused("invalid-token", error)
        rules = await asyncio.to_thread(self._rules_about, claims)
        grants = [rule.grant for rule in rules if rule.matches(claims)]
        if not grants:
            return _refused("invalid-publisher", NotAllowedError(_unknown(claims, rules)))
        self._pins.keep(claims)
        minted, expires = self._passes.mint(grants, _publisher(claims))
        return as_json({"success": True, "token": minted, "expires": expires})

    def _rules_about(self, claims: Claims) -> list[Trust]:
        """Return the rules about the repository of a job. Blocks."""
        return [self._pins.pinned(rule) for rule in self._rules if rule.is_about(claims)]


async def _token(request: Request) -> str:
    try:
        token = parse_json(await request.body(LARGEST_BODY))["token"]
        if isinstance(token, str) and token:
            return token
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, TooLargeError):
            raise
    raise DeniedError(_refused("invalid-payload", NotAllowedError("the body holds no token")))


def _refused(code: str, error: GhpypiError, status: int = 422) -> Response:
    """Say no, as PyPI does."""
    faults = [{"code": code, "description": str(error)}]
    return as_json({"message": "Token request failed", "errors": faults}, status)


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
