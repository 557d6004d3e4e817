"""Roles on a repository: who has which, and those of teams.

Source: GitHub documentation, "REST API endpoints for collaborators" and "... for teams".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from ghpypi.core.roles import Role, highest, permission_named, rank
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.ports import RoleAssignment
from ghpypi.stores.github.api_messages import quote_segment
from ghpypi.stores.github.permissions import ADMINISTRATION, MEMBERS
from ghpypi.stores.github.pygithub import ObjectRequester
from ghpypi.stores.github.target import Target

T = TypeVar("T")
ORGANIZATION = "the organization or a team"


def find_role_assignments(target: Target) -> tuple[RoleAssignment, ...]:
    """List the roles of all teams and people, teams first, and those of pending invitations.

    Raises:
        NotAllowedError: The token may not see them.
    """
    found = [*_teams(target), *_people(target), *_invited(target)]
    return tuple(sorted(found, key=lambda x: (x.kind != "team", -rank(x.permission), x.name)))


def _teams(target: Target) -> Iterator[RoleAssignment]:
    yield from _pages(target, "/teams", _team)


def _team(data: Any) -> RoleAssignment:
    source = data.get("access_source") or "direct"
    return RoleAssignment(
        kind="team",
        name=data["slug"],
        permission=highest(data.get("permissions") or {}),
        through="" if source == "direct" else f"the {source}",
    )


def _people(target: Target) -> Iterator[RoleAssignment]:
    direct = {each.name for each in _pages(target, "/collaborators", _person, affiliation="direct")}
    for each in _pages(target, "/collaborators", _person, affiliation="all"):
        yield each if each.name in direct else replace(each, through=ORGANIZATION)


def _person(data: Any) -> RoleAssignment:
    return RoleAssignment(
        kind="person", name=data["login"], permission=highest(data.get("permissions") or {})
    )


def _invited(target: Target) -> Iterator[RoleAssignment]:
    yield from filter(None, _pages(target, "/invitations", _invitation))


def _invitation(data: Any) -> RoleAssignment | None:
    if not data["invitee"]:  # those by mail have no login yet
        return None
    return RoleAssignment(
        kind="person",
        name=data["invitee"]["login"],
        permission=permission_named(data["permissions"]),
        invitation=data["id"],
        expired=bool(data.get("expired")),
    )


def _pages(target: Target, path: str, parse: Callable[[Any], T], **query: str) -> list[T]:
    pages = target.client.pages(f"/repos/{target.name}{path}", parse, needs=ADMINISTRATION, **query)
    try:
        return list(pages)
    except NotFoundError as error:
        # GitHub also answers "not found" to a classic token that may not see them.
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
def _team_objects(target: Target, team: str) -> Iterator[ObjectRequester]:
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
