"""People with a role of their own on a repository, and those who are invited to one.

docs: rest/collaborators/collaborators, rest/collaborators/invitations
"""

from typing import Any

from tests.emulator.access import Needs
from tests.emulator.accounts import Account, rank
from tests.emulator.answers import error, json_answer, no_content, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import Invitation, Repository
from tests.emulator.shapes import repository, role_permissions, simple_user
from tests.emulator.wire import Answer

_ADMIN_READ = Needs("administration", "read", "admin")
_ADMIN = Needs("administration", "write", "admin")
_LISTED = Needs("metadata", "read", "write")
_LEVELS = ("none", "read", "triage", "write", "maintain", "admin")


@repository_route("GET", "/collaborators", _LISTED)
def list_collaborators(call: Call) -> Answer:
    """All who have a role, however they came by it; or those who have one of their own."""
    found = call.repository
    affiliation = call.query.get("affiliation", "all")
    shown = [one for one in call.world.people() if _listed(found, one, affiliation)]
    chosen, headers = paginate(shown, call.query, call.url)
    return json_answer([_collaborator(call, one) for one in chosen], headers=headers)


def _listed(found: Repository, one: Account, affiliation: str) -> bool:
    own = one is found.owner or found.roles.get(one.login.lower(), "none") != "none"
    if affiliation == "direct":
        return own
    if affiliation == "outside":
        return own and found.owner.role_in_organization(one.login) is None
    # All users may read a public repository; that alone is no role.
    return found.role_of(one) != "none"


def _collaborator(call: Call, one: Account) -> dict[str, Any]:
    role = call.repository.role_of(one)
    permissions = role_permissions(role)
    return {**simple_user(call.world, one), "permissions": permissions, "role_name": role}


@repository_route("PUT", "/collaborators/{login}", _ADMIN)
def add_collaborator(call: Call) -> Answer:
    """Invite a user; those with a role, and members of the organization, get it at once."""
    found, login = call.repository, call.arguments["login"]
    account = call.world.find_account(login)
    if account is None or account.kind != "User":
        raise not_found()
    role = _role(call.document().get("permission", "push"))
    if found.owner.kind == "User":
        role = "write"  # "Only valid on organization-owned repositories"
    member = found.owner.role_in_organization(account.login) is not None
    if member or found.roles.get(account.login.lower(), "none") != "none":
        found.roles[account.login.lower()] = role
        return no_content()
    pending = found.invitation_of(account)
    if pending is None:
        pending = found.invite(account, role)
    pending.role = role
    return json_answer(_invitation(call, pending), 201)


@repository_route("DELETE", "/collaborators/{login}", _ADMIN)
def remove_collaborator(call: Call) -> Answer:
    """Remove the own role of a user."""
    call.repository.roles.pop(call.arguments["login"].lower(), None)
    return no_content()


@repository_route("GET", "/invitations", _ADMIN_READ)
def list_invitations(call: Call) -> Answer:
    """Those who were invited and did not answer yet."""
    chosen, headers = paginate(call.repository.invitations, call.query, call.url)
    return json_answer([_invitation(call, one) for one in chosen], headers=headers)


@repository_route("PATCH", "/invitations/{id:int}", _ADMIN)
def change_invitation(call: Call) -> Answer:
    """Change the role that a user is invited to."""
    pending = _pending(call)
    pending.role = _role(call.document().get("permissions", pending.role))
    return json_answer(_invitation(call, pending))


@repository_route("DELETE", "/invitations/{id:int}", _ADMIN)
def withdraw_invitation(call: Call) -> Answer:
    """Take an invitation back."""
    call.repository.invitations.remove(_pending(call))
    return no_content()


def _pending(call: Call) -> Invitation:
    number = int(call.arguments["id"])
    found = next((each for each in call.repository.invitations if each.id == number), None)
    if found is None:
        raise not_found()
    return found


def _role(text: object) -> str:
    try:
        return _LEVELS[rank(str(text))]
    except ValueError:
        raise error(422, "Validation Failed") from None


def _invitation(call: Call, one: Invitation) -> dict[str, Any]:
    url = f"{call.world.api_url}/repos/{call.repository.full_name}/invitations/{one.id}"
    return {
        "id": one.id,
        "node_id": f"RI_{one.id}",
        "repository": repository(call.repository, call.token),
        "invitee": simple_user(call.world, one.invitee),
        "inviter": simple_user(call.world, call.token.user) if call.token else None,
        "permissions": one.role,
        "created_at": as_text(one.created_at),
        "expired": one.expired,
        "url": url,
        "html_url": f"{call.world.server_url}/{call.repository.full_name}/invitations",
    }
