"""Accounts, and teams with their roles on repositories.

docs: rest/orgs/orgs, rest/users/users, rest/teams/teams
"""

from urllib.parse import unquote

from tests.emulator.access import Needs
from tests.emulator.accounts import Account, Team, rank
from tests.emulator.answers import error, json_answer, no_content, not_found, paginate
from tests.emulator.api import Call, repository_route, route
from tests.emulator.clock import as_text
from tests.emulator.repository import Repository
from tests.emulator.shapes import (
    organization,
    private_user,
    public_user,
    repository,
    role_permissions,
    team,
)
from tests.emulator.wire import Answer

_ADMIN_READ = Needs("administration", "read", "admin")
_OLD_NAMES = {"read": "pull", "write": "push"}


@route("GET", "/user")
def own_account(call: Call) -> Answer:
    """The token's user; a workflow's token has none."""
    if call.token is None:
        raise error(401, "Requires authentication")
    if call.token.kind == "installation":
        raise error(403, "Resource not accessible by integration")
    return json_answer(private_user(call.world, call.token.user))


@route("GET", "/users/{login}")
def get_user(call: Call) -> Answer:
    """A user, or an organization in a user's clothes."""
    found = call.world.find_account(call.arguments["login"])
    if found is None:
        raise not_found()
    return json_answer(public_user(call.world, found))


@route("GET", "/orgs/{login}")
def get_organization(call: Call) -> Answer:
    """An organization."""
    return json_answer(organization(call.world, _organization(call)))


@route("GET", "/orgs/{login}/teams")
def list_teams(call: Call) -> Answer:
    """An organization's teams, to its members."""
    account = _organization(call)
    _check_member(call, account)
    chosen, headers = paginate(list(account.teams.values()), call.query, call.url)
    return json_answer([team(call.world, account, one) for one in chosen], headers=headers)


@route("GET", "/orgs/{login}/teams/{slug}")
def get_team(call: Call) -> Answer:
    """One team."""
    account, one = _team(call)
    dates = as_text(account.created_at)
    more = {
        "members_count": len(one.members),
        "repos_count": len(one.roles),
        "created_at": dates,
        "updated_at": dates,
        "organization": organization(call.world, account),
    }
    return json_answer({**team(call.world, account, one), **more})


_TEAM_REPOSITORY = "/orgs/{login}/teams/{slug}/repos/{owner}/{name}"


@route("GET", _TEAM_REPOSITORY)
def team_repository(call: Call) -> Answer:
    """204 when the team has a role, or with the right Accept the repository and the role."""
    _, one = _team(call)
    found = _team_target(call)
    role = one.roles.get(found.id)
    if role is None:
        raise not_found()
    if not call.accepts("application/vnd.github.v3.repository+json"):
        return no_content()
    permissions = role_permissions(role)
    document = {**repository(found, call.token), "permissions": permissions, "role_name": role}
    return json_answer(document)


@route("PUT", _TEAM_REPOSITORY)
def grant_team(call: Call) -> Answer:
    """Give a team a role: pull, triage, push, maintain or admin."""
    _, one = _team(call)
    found = _team_target(call)
    _check_admin(call, found)
    role = call.document().get("permission", "push")
    try:
        level = rank(role)
    except ValueError:
        raise error(422, "Validation Failed") from None
    one.roles[found.id] = ("none", "read", "triage", "write", "maintain", "admin")[level]
    return no_content()


@route("DELETE", _TEAM_REPOSITORY)
def revoke_team(call: Call) -> Answer:
    """Take a team's role away."""
    _, one = _team(call)
    found = _team_target(call)
    _check_admin(call, found)
    one.roles.pop(found.id, None)
    return no_content()


@repository_route("GET", "/teams", _ADMIN_READ)
def repository_teams(call: Call) -> Answer:
    """The teams that have a role on a repository."""
    owner, number = call.repository.owner, call.repository.id
    with_roles = [one for one in owner.teams.values() if number in one.roles]
    chosen, headers = paginate(with_roles, call.query, call.url)
    document = []
    for one in chosen:
        role = one.roles[number]
        shape = team(call.world, owner, one, _OLD_NAMES.get(role, role))
        document.append({**shape, "permissions": role_permissions(role)})
    return json_answer(document, headers=headers)


def _organization(call: Call) -> Account:
    found = call.world.find_account(call.arguments["login"])
    if found is None or found.kind != "Organization":
        raise not_found()
    return found


def _team(call: Call) -> tuple[Account, Team]:
    account = _organization(call)
    _check_member(call, account)
    found = account.teams.get(call.arguments["slug"])
    if found is None:
        raise not_found()
    return account, found


def _check_member(call: Call, account: Account) -> None:
    if call.token is None:
        raise error(401, "Requires authentication")
    if call.token.kind == "installation":
        raise error(403, "Resource not accessible by integration")
    if account.role_in_organization(call.token.user.login) is None:
        raise not_found()


def _team_target(call: Call) -> Repository:
    name = f"{unquote(call.arguments['owner'])}/{unquote(call.arguments['name'])}"
    found = call.world.find_repository(name)
    if found is None:
        raise not_found()
    return found


def _check_admin(call: Call, found: Repository) -> None:
    assert call.token is not None
    if rank(found.role_of(call.token.user)) < rank("admin"):
        raise error(403, "Must have admin rights to Repository.")
