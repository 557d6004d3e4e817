"""Who has which role on a repository.

Source: GitHub documentation, "REST API endpoints for collaborators" and "... for teams".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ghpypi.core.roles import Role, highest, permission_named, rank, role_for
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.setup import ADMINISTRATION
from ghpypi.stores.github.target import Target, explained, lacking

Kind = Literal["team", "person"]
ORGANIZATION = "the organization or a team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A team or a person, and their role.

    Attributes:
        kind: Which of the two.
        name: The team's name, or the person's login.
        permission: What GitHub calls the role: `pull`, `triage`, `push`, `maintain` or `admin`.
        through: Where the role comes from; empty if it was given on the repository itself.
        invitation: Its number, while it was not answered; 0 for all others.
        expired: The invitation is too old to be accepted.
    """

    kind: Kind
    name: str
    permission: str
    through: str = ""
    invitation: int = 0
    expired: bool = False

    @property
    def role(self) -> Role | None:
        """Name our role: the highest that it includes."""
        return role_for(self.permission)


def find_members(target: Target) -> tuple[Member, ...]:
    """List everybody who has a role, teams first, and those who are invited to one.

    Raises:
        NotAllowedError: The token may not see that.
    """
    found = [*_teams(target), *_people(target), *_invited(target)]
    return tuple(sorted(found, key=lambda x: (x.kind != "team", -rank(x.permission), x.name)))


def _teams(target: Target) -> Iterator[Member]:
    for each in _pages(target, "/teams"):
        source = each.get("access_source") or "direct"
        yield Member(
            kind="team",
            name=each["slug"],
            permission=highest(each.get("permissions") or {}),
            through="" if source == "direct" else f"the {source}",
        )


def _people(target: Target) -> Iterator[Member]:
    direct = {each["login"] for each in _pages(target, "/collaborators", affiliation="direct")}
    for each in _pages(target, "/collaborators", affiliation="all"):
        yield Member(
            kind="person",
            name=each["login"],
            permission=highest(each.get("permissions") or {}),
            through="" if each["login"] in direct else ORGANIZATION,
        )


def _invited(target: Target) -> Iterator[Member]:
    for each in _pages(target, "/invitations"):
        if each["invitee"]:  # those by mail have no login yet
            yield Member(
                kind="person",
                name=each["invitee"]["login"],
                permission=permission_named(each["permissions"]),
                invitation=each["id"],
                expired=bool(each.get("expired")),
            )


def _pages(target: Target, path: str, **query: str) -> list[Any]:
    try:
        return list(target.api.pages(f"/repos/{target.name}{path}", **query))
    except NotAllowedError as error:
        raise explained(error, ADMINISTRATION) from error
    except NotFoundError as error:
        # What a classic token may not see is "not found" too.
        raise NotAllowedError(error.message, hint=lacking(ADMINISTRATION)) from error
