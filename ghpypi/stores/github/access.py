"""Changes of roles on a repository: a plan is made first, then carried out.

A plan never gives more than was requested, and never takes a role that was not named.

Source: GitHub documentation, "REST API endpoints for collaborators" and "... for repository
invitations".
"""

from typing import Literal

from ghpypi.core.roles import Role, rank
from ghpypi.errors import NotAllowedError, NotFoundError, RefusedError
from ghpypi.ports import RoleAssignment, RoleChange, RoleHolder
from ghpypi.stores.github.api_messages import ApiRequest, quote_segment
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import ADMINISTRATION, MEMBERS
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.role_assignments import (
    ORGANIZATION,
    find_role_assignments,
    grant_team,
    no_team,
    revoke_team,
)
from ghpypi.stores.github.target import Target


class RepositoryRoles:
    """The roles of teams and users on a repository.

    Args:
        target: The repository; it is loaded here.

    Raises:
        NotFoundError: The repository is missing, or the token may not see it.
        NotAllowedError: The token's user does not administer it.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        response = target.get("", what=f"repository {target.name}")
        if response.missing:
            raise api_error(response)
        found = response.parsed(Repository.parse)
        target.update(found)
        self._personal = found.personal
        if found.permission not in {"", "admin"}:
            raise NotAllowedError(
                f"only administrators of {target.name} can see and change access to it; "
                f"the user of this token has the role {found.permission}",
                hint="ask an administrator for the role admin, or to make the change",
            )

    @property
    def name(self) -> str:
        """The current name of the repository."""
        return self.target.name

    def assignments(self) -> tuple[RoleAssignment, ...]:
        """List the roles of all teams and users, including pending invitations."""
        return find_role_assignments(self.target)

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
        kind, name = self._parse(who)
        member = self._find(kind, name)
        if kind == "user":
            self._check_personal(role)
        if member is None:
            return self._first(kind, name, role)
        has, wanted = rank(member.permission), rank(role.permission)
        if has == wanted or (has > wanted and not exact):
            return _unchanged(member, role)
        if has > wanted:
            self._check_lowering(member)
        action: Literal["grant", "invite"] = "invite" if member.invitation else "grant"
        was = member.role.value if member.role else member.permission
        return RoleChange(
            kind=kind,
            name=member.name,
            action=action,
            text=f"{role.value} instead of {was}",
            role=role,
            invitation=member.invitation,
        )

    def plan_revoke(self, who: str) -> RoleChange:
        """Plan to revoke a role.

        Raises:
            RefusedError: The role comes from the organization or a team.
        """
        kind, name = self._parse(who)
        member = self._find(kind, name)
        if member is None:
            return RoleChange(kind=kind, name=name, action="keep", text="has no role")
        if member.invitation:
            text = "the invitation is canceled"
            return RoleChange(
                kind=kind, name=member.name, action="withdraw", text=text,
                invitation=member.invitation,
            )  # fmt: skip
        self._check_lowering(member)
        was = member.role.value if member.role else member.permission
        return RoleChange(kind=kind, name=member.name, action="revoke", text=f"had {was}")

    def apply(self, change: RoleChange) -> str:
        """Carry out a change; return how the result differs from the request.

        Raises:
            NotAllowedError: The token lacks a permission; the error names it.
        """
        match change:
            case RoleChange(kind="team", action="grant", role=Role() as role):
                grant_team(self.target, change.name, role)
            case RoleChange(kind="team", action="revoke"):
                revoke_team(self.target, change.name)
            case RoleChange(action="invite", role=Role() as role) if change.invitation:
                self._change_invitation(change.invitation, role)
            case RoleChange(action="keep"):
                return ""
            case _:
                self._change_person(change)
        return self._left(change)

    def _change_person(self, change: RoleChange) -> None:
        with self.target.client.objects(needs=ADMINISTRATION) as github:
            repository = github.repository(self.target.name)
            if change.role:
                repository.add_to_collaborators(change.name, change.role.permission)
            elif change.invitation:
                repository.remove_invitation(change.invitation)
            else:
                repository.remove_from_collaborators(change.name)

    def _change_invitation(self, number: int, role: Role) -> None:
        # PyGithub has no method for this. Invitations spell two roles their own way.
        spelt = {"pull": "read", "push": "write"}.get(role.permission, role.permission)
        body = {"permissions": spelt}
        path = f"/invitations/{number}"
        self.target.send(ApiRequest(verb="PATCH", path=path, body=body, needs=ADMINISTRATION))

    def _left(self, change: RoleChange) -> str:
        """Read the role again: one that comes from a team or the organization stays."""
        member = self._find(change.kind, change.name)
        wanted = rank(change.role.permission) if change.role else -1
        if member is None or rank(member.permission) <= wanted:
            return ""
        return f"{change.name} still has {member.permission}, through {ORGANIZATION}"

    def _parse(self, who: str) -> tuple[RoleHolder, str]:
        if who.startswith("@"):
            return "user", who[1:]
        owner, separator, team = who.rpartition("/")
        if separator and owner.lower() != self.target.owner.lower():
            raise NotFoundError(f"'{who}' is not a team of {self.target.owner}")
        if self._personal:
            raise NotFoundError(
                f"{self.target.owner} is a user account, which has no teams",
                hint=f"write users with an @: @{who}",
            )
        return "team", "-".join(team.lower().split())

    def _find(self, kind: RoleHolder, name: str) -> RoleAssignment | None:
        return next(
            (
                each
                for each in find_role_assignments(self.target)
                if (each.kind, each.name.lower()) == (kind, name.lower())
            ),
            None,
        )

    def _first(self, kind: RoleHolder, name: str, role: Role) -> RoleChange:
        """Plan the first role of an existing team or user."""
        quoted = quote_segment(name)
        try:
            with self.target.client.objects(needs=MEMBERS if kind == "team" else None) as github:
                team = github.team(self.target.owner, quoted) if kind == "team" else None
                (team or github.user(quoted)).complete()
        except NotFoundError as error:
            if kind == "team":
                raise no_team(self.target, name) from error
            raise NotFoundError(
                f"GitHub user '{name}' not found", hint="check the login"
            ) from error
        text = role.value if kind == "team" else f"{role.value}, once the invitation is accepted"
        action: Literal["grant", "invite"] = "grant" if kind == "team" else "invite"
        return RoleChange(kind=kind, name=name, action=action, text=text, role=role)

    def _check_personal(self, role: Role) -> None:
        if self._personal and role is not Role.PUBLISH:
            raise RefusedError(
                f"{self.target.name} belongs to a user account, where all collaborators can "
                f"publish, so the role {role.value} cannot be granted",
                hint="move it to an organization, or grant the role publish",
            )

    def _check_lowering(self, member: RoleAssignment) -> None:
        if member.through:
            raise RefusedError(
                f"{member.name} has {member.permission} through {member.through}, not here",
                hint=f"change it at {self.target.hosts.server}/orgs/{self.target.owner}/people",
            )
        if member.kind == "user" and member.permission == "admin":
            login = self.target.client.login()
            if login.lower() == member.name.lower():
                raise RefusedError(
                    f"'{member.name}' is the user of this token, who would lose access",
                    hint="ask another administrator to change your role",
                )


def _unchanged(member: RoleAssignment, role: Role) -> RoleChange:
    """Plan no change for a team or user that has the role, or a higher one."""
    where = f", through {member.through}" if member.through else ""
    state = " (invitation pending)" if member.invitation else ""
    has = member.role.value if member.role else "a role"
    if rank(member.permission) == rank(role.permission):
        text = f"has {has} already{where}{state}"
    else:
        github = f" (GitHub: {member.permission})" if has == role.value else ""
        lower = "" if member.through else "; use --exact to lower it"
        text = f"already has a higher role: {has}{github}{where}{state}{lower}"
    return RoleChange(kind=member.kind, name=member.name, action="keep", text=text)
