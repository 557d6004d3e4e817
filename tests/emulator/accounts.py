"""People, organizations, teams, and the tokens they act with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from nacl.public import PrivateKey

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
TokenKind = Literal["classic", "fine-grained", "installation"]


def rank(role: str) -> int:
    """How far a role reaches; higher includes lower. The API's `pull` and `push` are understood.

    Raises:
        ValueError: there is no such role.
    """
    return ROLES.index({"pull": "read", "push": "write"}.get(role, role))


def strongest(*roles: str) -> str:
    """The role that reaches furthest."""
    return ROLES[max((rank(role) for role in roles), default=0)]


@dataclass(slots=True, eq=False)
class Team:
    """A team of an organization and its roles on repositories (by repository id)."""

    id: int
    slug: str
    name: str
    members: set[str] = field(default_factory=set)
    roles: dict[int, str] = field(default_factory=dict)
    description: str | None = None


@dataclass(slots=True, eq=False)
class Account:
    """A user or an organization. Logins in its sets are lower-case.

    With `sso_url` it wants classic tokens to be authorized there first.
    """

    id: int
    login: str
    kind: Literal["User", "Organization"]
    created_at: datetime
    owners: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    base_permission: str = "read"
    teams: dict[str, Team] = field(default_factory=dict)
    allows_pages: bool = True
    sso_url: str = ""
    enforces_immutable_releases: bool = False
    registries: dict[str, dict[str, Any]] = field(default_factory=dict)
    registry_key: PrivateKey = field(default_factory=PrivateKey.generate)

    def role_in_organization(self, login: str) -> Literal["admin", "member"] | None:
        """What a user is in this organization."""
        if login.lower() in self.owners:
            return "admin"
        return "member" if login.lower() in self.members else None


@dataclass(slots=True, eq=False)
class Token:
    """A credential. `permissions`, `owner` and `repositories` cut fine-grained ones.

    `repositories` holds ids; None means all of the owner's.
    """

    value: str
    user: Account
    kind: TokenKind
    scopes: tuple[str, ...] = ()
    permissions: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    repositories: frozenset[int] | None = None
    expired: bool = False
    expires_at: datetime | None = None
    rate_limit: int | None = None
    used: int = 0
    reset_at: float = 0.0

    def permits(self, permission: str, level: str) -> bool:
        """Whether a fine-grained token's permission reaches this level (read, write, admin)."""
        levels = ("none", "read", "write", "admin")
        has = self.permissions.get(permission, "none")
        if permission == "metadata" and level == "read":
            return True
        return levels.index(has) >= levels.index(level)

    def covers(self, owner: str, repository_id: int) -> bool:
        """Whether it was made for this repository; classic tokens reach all their user's."""
        if self.kind == "classic":
            return True
        if owner.lower() != self.owner.lower():
            return False
        return self.repositories is None or repository_id in self.repositories
