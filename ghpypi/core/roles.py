"""Roles: what people and teams may do, in our words and in GitHub's."""

from collections.abc import Mapping
from enum import Enum


class Role(Enum):
    """What somebody may do with an index, in rising order; each includes those before."""

    READ = "read"
    PUBLISH = "publish"
    ADMIN = "admin"

    @property
    def permission(self) -> str:
        """Name it as GitHub does when it is given."""
        return _PERMISSIONS[self]

    @property
    def meaning(self) -> str:
        """Say what it allows."""
        return _MEANINGS[self]


_PERMISSIONS = {Role.READ: "pull", Role.PUBLISH: "push", Role.ADMIN: "admin"}
_MEANINGS = {
    Role.READ: "install from the index, see releases and the configuration",
    Role.PUBLISH: "also upload, yank and delete packages, and change the configuration",
    Role.ADMIN: "also change settings, secrets and who has access, and delete everything",
}

RANKS = ("pull", "triage", "push", "maintain", "admin")
"""All of GitHub's roles, in rising order; two of them are between ours."""

_SPELLINGS = {"read": "pull", "write": "push"}
"""How GitHub names two of them elsewhere."""


def highest(permissions: Mapping[str, bool]) -> str:
    """Name the highest of GitHub's roles that is among permissions; empty if none is."""
    return next((each for each in reversed(RANKS) if permissions.get(each)), "")


def permission_named(text: str) -> str:
    """Understand `read` and `write`, which is how invitations say `pull` and `push`."""
    return _SPELLINGS.get(text, text)


def rank(permission: str) -> int:
    """Tell how far one of GitHub's roles reaches; -1 for none."""
    return RANKS.index(permission) if permission in RANKS else -1


def role_for(permission: str) -> Role | None:
    """Name our role for one of GitHub's: the highest that it includes."""
    fitting = [each for each in Role if rank(each.permission) <= rank(permission)]
    return fitting[-1] if fitting else None


def role_of(permissions: Mapping[str, bool]) -> Role | None:
    """Name our role for what is permitted."""
    return role_for(highest(permissions))
