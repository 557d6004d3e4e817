"""Roles of users and teams, and their mapping to GitHub's permissions."""

from collections.abc import Mapping
from enum import Enum


class Role(Enum):
    """Roles on an index, in ascending order; each includes the previous ones."""

    READ = "read"
    PUBLISH = "publish"
    ADMIN = "admin"

    @property
    def permission(self) -> str:
        """The GitHub permission to grant for the role."""
        return _PERMISSIONS[self]

    @property
    def meaning(self) -> str:
        """A description of the role."""
        return _MEANINGS[self]


_PERMISSIONS = {Role.READ: "pull", Role.PUBLISH: "push", Role.ADMIN: "admin"}
_MEANINGS = {
    Role.READ: "install from the index, see releases and the configuration",
    Role.PUBLISH: "also upload, yank and delete packages, and change the configuration",
    Role.ADMIN: "also change settings, secrets and who has access, and delete everything",
}

RANKS = ("pull", "triage", "push", "maintain", "admin")
"""All permissions of GitHub, in ascending order."""

_SPELLINGS = {"read": "pull", "write": "push"}
"""Other names that GitHub uses for two of them."""


def highest(permissions: Mapping[str, bool]) -> str:
    """Return the highest granted permission; empty if there is none."""
    return next((each for each in reversed(RANKS) if permissions.get(each)), "")


def permission_named(text: str) -> str:
    """Return the permission for a name; invitations use `read` and `write`."""
    return _SPELLINGS.get(text, text)


def rank(permission: str) -> int:
    """Return the rank of a permission; -1 for none."""
    return RANKS.index(permission) if permission in RANKS else -1


def role_for(permission: str) -> Role | None:
    """Return the highest role that a permission includes."""
    fitting = [each for each in Role if rank(each.permission) <= rank(permission)]
    return fitting[-1] if fitting else None


def role_of(permissions: Mapping[str, bool]) -> Role | None:
    """Return the role for the granted permissions."""
    return role_for(highest(permissions))
