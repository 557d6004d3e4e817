"""Roles on a repository: who has which, and those of teams.

Source: GitHub documentation, "REST API endpoints for collaborators" and "... for teams".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ghpypi.core.roles import Role, highest, permission_named, rank
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.ports import RoleAssignment
from ghpypi.stores.github.api_messages import quote_segment
from ghpypi.stores.github.permissions import ADMINISTRATION, MEMBERS
from ghpypi.stores.github.target import Target

if TYPE_CHECKING:
    from ghpypi.stores.github.pygithub import ObjectRequester

ORGANIZATION = "the organization or a team"


def find_role_assignments(target: Target) -> tuple[RoleAssignment, ...]:
    """List the roles of all teams and people, teams first, and those of pending invitations.

    Raises:
        NotAllowedError: The token may not see them.
    """
    found = [*_teams(target), *_people(target), *_invited(target)]
    return tuple(sorted(found, key=lambda x: (x.kind != "team", -rank(x.permission), x.name)))


def _teams(target: Target) -> Iterator[RoleAssignment]:
    """List the teams; not by PyGithub's `Team`, which lacks `access_source` (2.10)."""
    with _hidden_is_forbidden():
        path = f"/repos/{target.name}/teams"
        yield from target.client.pages(path, _team, needs=ADMINISTRATION)


def _team(data: Any) -> RoleAssignment:
    source = data.get("access_source") or "direct"
    return RoleAssignment(
        kind="team",
        name=data["slug"],
        permission=highest(data.get("permissions") or {}),
        through="" if source == "direct" else f"the {source}",
    )


def _people(target: Target) -> Iterator[RoleAssignment]:
    with _hidden_is_forbidden(), target.client.objects(needs=ADMINISTRATION) as github:
        repository = github.repository(target.name)
        direct = {each.login for each in repository.get_collaborators("direct")}
        for each in repository.get_collaborators("all"):
            yield RoleAssignment(
                kind="user",
                name=each.login,
                permission=highest(each.permissions.raw_data),
                through="" if each.login in direct else ORGANIZATION,
            )


def _invited(target: Target) -> Iterator[RoleAssignment]:
    with _hidden_is_forbidden(), target.client.objects(needs=ADMINISTRATION) as github:
        for each in github.repository(target.name).get_pending_invitations():
            invitee: Any = each.invitee
            if invitee:  # those by mail have no login yet
                yield RoleAssignment(
                    kind="user",
                    name=invitee.login,
                    permission=permission_named(each.permissions),
                    invitation=each.id,
                    expired=bool(each.expired),
                )


@contextmanager
def _hidden_is_forbidden() -> Iterator[None]:
    """GitHub also returns "not found" for a classic token that may not read the roles."""
    try:
        yield
    except NotFoundError as error:
        raise NotAllowedError(error.message, hint=error.hint) from error


def grant_team(target: Target, team: str, role: Role) -> None:
    """Give a team a role, in place of the one it has.

    Raises:
        NotFoundError: There is no such team, or the token may not see it.
        NotAllowedError: The token may not give roles.
    """
    with _team_objects(target, team) as github:
        found = github.team(target.owner, quote_segment(team))
        found.update_team_repository(target.name, role.permission)


def revoke_team(target: Target, team: str) -> None:
    """Take the role of a team away.

    Raises:
        NotFoundError: There is no such team, or the token may not see it.
        NotAllowedError: The token may not take roles.
    """
    with _team_objects(target, team) as github:
        github.team(target.owner, quote_segment(team)).remove_from_repos(target.name)


@contextmanager
def _team_objects(target: Target, team: str) -> "Iterator[ObjectRequester]":
    try:
        with target.client.objects(needs=MEMBERS) as github:
            yield github
    except NotFoundError as error:
        raise no_team(target, team) from error


def no_team(target: Target, team: str) -> NotFoundError:
    """The error for a team that is missing; it says how to create one."""
    return NotFoundError(
        f"{target.owner} has no team '{team}', or this token may not see it",
        hint=f"teams are made at {target.hosts.server}/orgs/{target.owner}/teams; to see them, "
        f"{MEMBERS}",
    )
