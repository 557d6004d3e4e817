"""Tokens: their user, kind, scopes and expiration.

The role that the user has on a repository is in `repositories`.

Source: GitHub documentation, "Token expiration and revocation" and "Scopes for OAuth apps".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError
from ghpypi.stores.github.api_messages import ApiRequest, login_of
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import api_error

_KINDS = {
    "ghp_": "classic token",
    "github_pat_": "fine-grained token",
    "gho_": "token of gh or another app",
    "ghu_": "token of a GitHub App for its user",
    "ghs_": "token of a workflow or a GitHub App",
}
"""Beginnings of tokens, and what they are. Source: "About authentication to GitHub"."""

_FORBIDDEN = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What GitHub tells of a token.

    Attributes:
        login: Its user; empty for one that has none, such as that of a workflow.
        kind: What sort of token it is.
        scopes: Of a classic token; `None` for others, which do not tell.
        expires_at: When it ends; `None` if it does not, or nobody says.
    """

    login: str
    kind: str
    scopes: tuple[str, ...] | None
    expires_at: datetime | None


def identify(client: Client, secret: Secret) -> Identity:
    """Ask whose token it is.

    Raises:
        NotAllowedError: GitHub does not know it.
    """
    answer = client.call(ApiRequest(verb="GET", path="/user", expect=(_FORBIDDEN,)))
    if answer.status == _FORBIDDEN and "by integration" not in answer.message:
        raise api_error(answer)
    login = answer.parsed(login_of) if answer.ok else ""
    return Identity(
        login=login,
        kind=_kind(secret),
        scopes=answer.scopes,
        expires_at=_expiration(answer.headers),
    )


def check(client: Client, secret: Secret) -> Identity:
    """Be sure that GitHub knows a token, before it is kept.

    Raises:
        NotAllowedError: It does not, or the token has no user, and so will not live long.
    """
    found = identify(client, secret)
    if not found.login:
        raise NotAllowedError(
            "this is the token of a workflow or an app, which ends within hours",
            hint="use a classic or fine-grained token of a person",
        )
    return found


def _kind(secret: Secret) -> str:
    text = secret.reveal()
    return next((kind for start, kind in _KINDS.items() if text.startswith(start)), "token")


def _expiration(headers: Mapping[str, str]) -> datetime | None:
    """Read `2027-01-31 12:00:00 UTC`, or with an offset."""
    text = headers.get("github-authentication-token-expiration", "").replace("UTC", "+0000")
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
