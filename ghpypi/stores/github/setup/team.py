"""Setup of a team's role on the repository, which is the access control of an index.

Source: GitHub documentation, "REST API endpoints for teams".
"""

from ghpypi.core.roles import Role, highest, rank
from ghpypi.ports import Finding
from ghpypi.stores.github.permissions import ADMINISTRATION
from ghpypi.stores.github.role_assignments import grant_team
from ghpypi.stores.github.target import Target


class TeamStep:
    """Gives a team a role.

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
        """The team."""
        return f"team {self._team}"

    @property
    def page(self) -> str:
        """The page where roles are given."""
        return f"{self._target.web}/settings/access"

    def check(self) -> Finding:
        """Find out which role it has."""
        missing = Finding(missing=f"given the role {self._role}")
        if not self._target.exists:
            return missing
        with self._target.client.objects(needs=ADMINISTRATION) as github:
            teams = github.repository(self._target.name).get_teams()
            found = [highest(x.permissions.raw_data) for x in teams if x.slug == self._team]
        return self._compare(found[0], missing) if found else missing

    def _compare(self, has: str, missing: Finding) -> Finding:
        wanted = Role(self._role).permission
        if rank(has) > rank(wanted):
            return Finding(left=f"it has more than {self._role} already: {has}")
        return Finding() if has == wanted else missing

    def apply(self) -> str:
        """Give it the role."""
        grant_team(self._target, self._team, Role(self._role))
        return ""
