"""A team's role on the repository: the access control of an index.

Source: GitHub documentation, "REST API endpoints for teams".
"""

from ghpypi.errors import FailedError, NotAllowedError, NotFoundError
from ghpypi.ports import Finding
from ghpypi.stores.github.api import Call, segment
from ghpypi.stores.github.setup import ADMINISTRATION
from ghpypi.stores.github.target import NOT_FOUND, Target, explained, lacking

ROLES = {"read": "pull", "publish": "push", "admin": "admin"}
"""Our roles, and what GitHub calls them."""

_RANKS = ("pull", "triage", "push", "maintain", "admin")


class TeamStep:
    """A team has a role.

    Args:
        target: The repository.
        team: The team's name.
        role: `read`, `publish` or `admin`.
    """

    needs = ("repository",)

    def __init__(self, target: Target, team: str, role: str) -> None:
        self._target = target
        self._team = "-".join(team.lower().split())
        self._role = role

    @property
    def title(self) -> str:
        """Name the team."""
        return f"team {self._team}"

    @property
    def page(self) -> str:
        """Where roles are given."""
        return f"{self._target.web}/settings/access"

    def look(self) -> Finding:
        """See what role it has."""
        missing = Finding(missing=f"given the role {self._role}")
        if not self._target.exists:
            return missing
        try:
            teams = list(self._target.api.pages(f"/repos/{self._target.name}/teams"))
        except NotAllowedError as error:
            raise explained(error, ADMINISTRATION) from error
        for each in teams:
            if each["slug"] == self._team:
                return self._compare(each.get("permissions") or {}, missing)
        return missing

    def _compare(self, permissions: dict[str, bool], missing: Finding) -> Finding:
        has = max((_RANKS.index(each) for each in _RANKS if permissions.get(each)), default=-1)
        wanted = _RANKS.index(ROLES[self._role])
        if has > wanted:
            return Finding(left=f"it has more than {self._role} already: {_RANKS[has]}")
        return Finding() if has == wanted else missing

    def mend(self) -> str:
        """Give it the role."""
        owner, _, name = self._target.name.partition("/")
        call = Call(
            verb="PUT",
            path=f"/orgs/{owner}/teams/{segment(self._team)}/repos/{owner}/{name}",
            body={"permission": ROLES[self._role]},
            expect=(NOT_FOUND, 422),
        )
        try:
            answer = self._target.api.call(call)
        except NotAllowedError as error:
            raise explained(error, ADMINISTRATION) from error
        if answer.status == NOT_FOUND:
            raise NotFoundError(
                f"{owner} has no team {self._team}, or this token may not see it",
                hint=f"teams are made at {self._target.hosts.server}/orgs/{owner}/teams; "
                f"{lacking(f'Members: read, and {ADMINISTRATION},')}",
            )
        if answer.status >= 400:  # noqa: PLR2004
            raise FailedError(f"{self._team} cannot have {self._role}: {answer.message}")
        return ""
