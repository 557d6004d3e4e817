"""Who may do what: roles of people, and what their tokens cut from them.

docs: rest/using-the-rest-api/troubleshooting-the-rest-api: what may not be seen is "not found";
fine-grained tokens and apps that lack a permission get 403.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from tests.emulator.accounts import Token, rank
from tests.emulator.answers import RefusalError, error, not_found
from tests.emulator.repository import Repository
from tests.emulator.state import World

_NOT_BY = {
    "classic": "",
    "fine-grained": "Resource not accessible by personal access token",
    "installation": "Resource not accessible by integration",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What an operation on a repository asks for: a role, and a fine-grained permission."""

    permission: str = "metadata"
    level: str = "read"
    role: str = "read"

    @property
    def writes(self) -> bool:
        """Whether it is more than reading what the repository shows its readers."""
        return self.level != "read" or self.role != "read"

    @property
    def scopes(self) -> str:
        """Value of `X-Accepted-OAuth-Scopes`."""
        return "repo" if self.writes else ""


READ = Needs()
READ_CONTENTS = Needs("contents")
PUSH = Needs("contents", "write", "write")


def api_token(world: World, headers: Mapping[str, str]) -> Token | None:
    """The token of an API request, None for an anonymous one.

    Raises:
        RefusalError: credentials were given and are bad.
    """
    header = headers.get("authorization", "")
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    token = world.token(value.strip()) if scheme.lower() in {"bearer", "token"} else None
    if token is None:
        raise error(401, "Bad credentials")
    return token


def basic_token(world: World, headers: Mapping[str, str]) -> Token | None:
    """The token of a git request: Basic, with any user name and the token as password.

    Raises:
        RefusalError: credentials were given and are bad.
    """
    header = headers.get("authorization", "")
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user = password = ""
    token = world.token(password) or world.token(user) if scheme.lower() == "basic" else None
    if token is None:
        raise error(401, "Bad credentials")
    return token


def role_with(token: Token | None, repository: Repository) -> str:
    """The role in which a token acts on a repository it reaches; readers of public ones count."""
    public = "none" if repository.private else "read"
    if token is None or not token.covers(repository.owner.login, repository.id):
        return public
    if token.kind == "installation":
        return "write" if token.permits("contents", "write") else "read"
    role = repository.role_of(token.user)
    if token.kind == "classic" and not _scope_reaches(token, repository):
        return public
    return role if rank(role) > rank(public) else public


def _scope_reaches(token: Token, repository: Repository) -> bool:
    return "repo" in token.scopes or (not repository.private and "public_repo" in token.scopes)


def is_visible(token: Token | None, repository: Repository) -> bool:
    """Whether the repository exists for this caller."""
    return role_with(token, repository) != "none"


def check_sso(token: Token | None, repository: Repository) -> None:
    """Refuse a classic token that the organization wants authorized for single sign-on.

    docs: authentication/authenticating-with-single-sign-on/about-authentication-with-single-sign-on

    Raises:
        RefusalError: it is one.
    """
    url = repository.owner.sso_url
    if token is not None and token.kind == "classic" and url:
        refused = error(403, "Resource protected by organization SAML enforcement.")
        refused.answer.headers["X-GitHub-SSO"] = f"required; url={url}"
        raise refused


def may(token: Token | None, repository: Repository, needs: Needs) -> bool:
    """Whether an operation is allowed."""
    app = token is not None and token.kind == "installation"
    if not app and rank(role_with(token, repository)) < rank(needs.role):
        return False
    if token is None or token.kind == "classic":
        return True
    if not needs.writes and not repository.private:
        return True
    covered = token.covers(repository.owner.login, repository.id)
    return covered and token.permits(needs.permission, needs.level)


def may_change_workflows(token: Token | None) -> bool:
    """Whether a token may touch `.github/workflows` (docs: rest/releases, create a release)."""
    if token is None:
        return False
    if token.kind == "classic":
        return "workflow" in token.scopes
    return token.kind == "fine-grained" and token.permits("workflows", "write")


def refusal(token: Token | None, repository: Repository) -> RefusalError:
    """Why an operation that is not allowed is refused."""
    if not is_visible(token, repository):
        return not_found()
    if token is None:
        return error(401, "Requires authentication")
    message = _NOT_BY[token.kind]
    return error(403, message) if message else not_found()
