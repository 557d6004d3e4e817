"""Tokens: their user, kind, scopes and expiration.

The role that the user has on a repository is in `repositories`.

Source: GitHub documentation, "Token expiration and revocation" and "Scopes for OAuth apps".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError
from ghpypi.stores.github.api_messages import ApiRequest, login_of
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import api_error

_KINDS = {
    "ghp_": "classic",
    "github_pat_": "fine-grained",
    "gho_": "oauth-app",
    "ghu_": "github-app-user",
    "ghs_": "github-app",
}
"""Prefixes of tokens, and their kinds; that of a workflow is one of a GitHub App.

Source: "About authentication to GitHub".
"""

_FORBIDDEN = 403


class Identity(NamedTuple):
    """What GitHub says about a token.

    Attributes:
        login: Its user; empty for one that has none, such as that of a workflow.
        kind: The kind of token.
        scopes: Of a classic token; `None` of other tokens, for which GitHub sends none.
        expires_at: When it expires; `None` if it does not, or GitHub does not say.
    """

    login: str
    kind: str
    scopes: tuple[str, ...] | None
    expires_at: datetime | None


def identify(client: Client, secret: Secret) -> Identity:
    """Find the user, kind, scopes and expiration of a token.

    Raises:
        NotAllowedError: GitHub does not accept the token.
    """
    response = client.call(ApiRequest(verb="GET", path="/user", expect=(_FORBIDDEN,)))
    if response.status == _FORBIDDEN and "by integration" not in response.message:
        raise api_error(response)
    login = response.parsed(login_of) if response.ok else ""
    return Identity(
        login=login,
        kind=_kind(secret),
        scopes=response.scopes,
        expires_at=expiration(response.headers),
    )


def check(client: Client, secret: Secret) -> Identity:
    """Check a token before it is stored.

    Raises:
        NotAllowedError: GitHub does not accept it, or it has no user and will expire in hours.
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
    return next((kind for start, kind in _KINDS.items() if text.startswith(start)), "other")


def expiration(headers: Mapping[str, str]) -> datetime | None:
    """Read the time when a token expires: `2027-01-31 12:00:00 UTC`, or with an offset."""
    text = headers.get("github-authentication-token-expiration", "").replace("UTC", "+0000")
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
