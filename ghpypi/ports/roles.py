"""Roles of teams and people on a store."""

from typing import Literal, NamedTuple, Protocol

from ghpypi.core.roles import Role, role_for

RoleHolder = Literal["team", "user"]


class RoleAssignment(NamedTuple):
    """The role of a team or a person.

    Attributes:
        kind: Team or person.
        name: The team's name, or the person's login.
        permission: GitHub's name of the role: `pull`, `triage`, `push`, `maintain` or `admin`.
        through: Where the role comes from; empty if it was given on the repository itself.
        invitation: The number of a pending invitation; 0 if there is none.
        expired: The invitation is too old to be accepted.
    """

    kind: RoleHolder
    name: str
    permission: str
    through: str = ""
    invitation: int = 0
    expired: bool = False

    @property
    def role(self) -> Role | None:
        """The role in an index: the highest that this one includes."""
        return role_for(self.permission)


class RoleChange(NamedTuple):
    """A planned change of the role of one team or person.

    Attributes:
        kind: Team or person.
        name: The team's name, or the person's login.
        action: What to do; `keep` changes nothing.
        text: The effect, in words.
        role: The role to give; `None` to take one away.
        invitation: The number of the invitation to change or withdraw; 0 for none.
    """

    kind: RoleHolder
    name: str
    action: Literal["grant", "invite", "revoke", "withdraw", "keep"]
    text: str
    role: Role | None = None
    invitation: int = 0


class OwnRole(NamedTuple):
    """The role of the token's user.

    Attributes:
        store: The current name of the store.
        role: The role; `None` if that is not known.
    """

    store: str
    role: Role | None


class RoleRegistry(Protocol):
    """The roles on a store: a change is planned first, then carried out."""

    @property
    def name(self) -> str:
        """The current name of the store."""
        ...

    def assignments(self) -> tuple[RoleAssignment, ...]:
        """List the roles of all teams and people, teams first, and those of pending invitations.

        Raises:
            NotAllowedError: The token may not see them.
        """
        ...

    def plan_grant(self, who: str, role: Role, *, exact: bool) -> RoleChange:
        """Plan to grant a role.

        Args:
            who: The slug of a team, or `@LOGIN` of a user.
            role: The role to grant.
            exact: Also lower a higher role.

        Raises:
            NotFoundError: The team or user does not exist.
            RefusedError: It would grant more than was requested, or must be done on GitHub.
        """
        ...

    def plan_revoke(self, who: str) -> RoleChange:
        """Plan to revoke a role.

        Raises:
            RefusedError: The role comes from somewhere else, such as an organization.
        """
        ...

    def apply(self, change: RoleChange) -> str:
        """Carry out a change; return how the result differs from the request.

        Raises:
            NotAllowedError: The token lacks a permission; the error names it.
        """
        ...
