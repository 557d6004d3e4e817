"""Repositories: reading, listing, creating, and their switches.

docs: rest/repos/repos
"""

import re
from typing import Any

from tests.emulator.access import READ, Needs, is_visible
from tests.emulator.accounts import Account, rank
from tests.emulator.answers import error, invalid, json_answer, no_content, not_found, paginate
from tests.emulator.api import Call, repository_route, route
from tests.emulator.shapes import (
    full_repository,
    repository,
    role_permissions,
    simple_user,
)
from tests.emulator.wire import Answer

_ADMIN = Needs("administration", "write", "admin")
_ADMIN_READ = Needs("administration", "read", "admin")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@repository_route("GET", "")
def get_repository(call: Call) -> Answer:
    """One repository."""
    return json_answer(full_repository(call.repository, call.token))


@repository_route("PATCH", "", _ADMIN)
def update_repository(call: Call) -> Answer:
    """Change name, description, visibility or default branch."""
    one, document = call.repository, call.document()
    name = document.get("name", one.name)
    if name != one.name:
        _check_free(call, one.owner, name)
        one.rename(f"{one.owner.login}/{name}")
    one.private = document.get("private", one.private)
    one.description = document.get("description", one.description)
    one.default_branch = document.get("default_branch", one.default_branch)
    return json_answer(full_repository(one, call.token))


@repository_route("DELETE", "", _ADMIN)
def delete_repository(call: Call) -> Answer:
    """Delete it; classic tokens need the scope `delete_repo`."""
    token = call.token
    assert token is not None
    if token.kind == "classic" and "delete_repo" not in token.scopes:
        raise error(403, "Must have admin rights to Repository.")
    call.world.delete_repository(call.repository)
    return no_content()


@route("GET", "/orgs/{login}/repos")
def organization_repositories(call: Call) -> Answer:
    """The repositories of an organization that the caller may see."""
    return _listing(call, _account(call, "Organization"))


@route("GET", "/users/{login}/repos")
def user_repositories(call: Call) -> Answer:
    """The public repositories of a user."""
    account = _account(call, None)
    shown = [one for one in call.world.repositories() if one.owner is account and not one.private]
    return _page(call, shown)


@route("GET", "/user/repos")
def own_repositories(call: Call) -> Answer:
    """All repositories on which the caller has a role."""
    if call.token is None:
        raise error(401, "Requires authentication")
    user = call.token.user
    shown = [one for one in call.world.repositories() if is_visible(call.token, one)]
    return _page(call, [one for one in shown if rank(one.role_of(user))])


def _listing(call: Call, account: Account) -> Answer:
    shown = [
        one
        for one in call.world.repositories()
        if one.owner is account and is_visible(call.token, one)
    ]
    kind = call.query.get("type", "all")
    if kind in {"public", "private"}:
        shown = [one for one in shown if one.private is (kind == "private")]
    return _page(call, shown)


def _page(call: Call, shown: list[Any]) -> Answer:
    chosen, headers = paginate(shown, call.query, call.url)
    return json_answer([repository(one, call.token) for one in chosen], headers=headers)


def _account(call: Call, kind: str | None) -> Account:
    found = call.world.find_account(call.arguments["login"])
    if found is None or kind not in {None, found.kind}:
        raise not_found()
    return found


@route("POST", "/orgs/{login}/repos")
def create_in_organization(call: Call) -> Answer:
    """Create a repository in an organization; its creator becomes its admin."""
    account = _account(call, "Organization")
    token = call.token
    if token is None:
        raise error(401, "Requires authentication")
    if account.role_in_organization(token.user.login) is None:
        raise error(403, "You need to be a member of the organization to create a repository.")
    return _create(call, account)


@route("POST", "/user/repos")
def create_own(call: Call) -> Answer:
    """Create a repository of one's own."""
    if call.token is None:
        raise error(401, "Requires authentication")
    return _create(call, call.token.user)


def _create(call: Call, owner: Account) -> Answer:
    call.needs = _ADMIN
    document, token = call.document(), call.token
    assert token is not None
    private = document.get("private", document.get("visibility") == "private")
    _check_may_create(call, owner, private=private)
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise invalid("Repository", "missing_field", "name")
    # What a name may not hold becomes a hyphen.
    name = _NOT_IN_NAMES.sub("-", name)
    _check_free(call, owner, name)
    made = call.world.add_repository(
        f"{owner.login}/{name}",
        private=private,
        empty=not document.get("auto_init", False),
        description=document.get("description"),
    )
    if owner.kind == "Organization":
        made.grant(token.user.login, "admin")
    answer = json_answer(full_repository(made, token), 201)
    answer.headers["Location"] = f"{call.world.api_url}/repos/{made.full_name}"
    return answer


def _check_may_create(call: Call, owner: Account, *, private: bool) -> None:
    token = call.token
    assert token is not None
    if token.kind == "classic":
        if "repo" in token.scopes or (not private and "public_repo" in token.scopes):
            return
        raise not_found()
    if token.kind == "installation":
        raise error(403, "Resource not accessible by integration")
    ours = token.owner.lower() == owner.login.lower()
    if not ours or not token.permits("administration", "write"):
        raise error(403, "Resource not accessible by personal access token")


def _check_free(call: Call, owner: Account, name: str) -> None:
    taken = call.world.find_repository(f"{owner.login}/{name}")
    if taken is not None and taken.name.lower() == name.lower() and taken.owner is owner:
        message = "name already exists on this account"
        raise invalid("Repository", "custom", "name", message)


# Switches and rights


@repository_route("GET", "/immutable-releases", _ADMIN_READ)
def get_immutable_releases(call: Call) -> Answer:
    """Whether later releases become immutable; 404 when not."""
    enforced = call.repository.owner.enforces_immutable_releases
    if not call.repository.immutable_releases and not enforced:
        raise not_found()
    return json_answer({"enabled": True, "enforced_by_owner": enforced})


@repository_route("PUT", "/immutable-releases", _ADMIN)
def enable_immutable_releases(call: Call) -> Answer:
    """Make later releases immutable; Enterprise Server has no such switch."""
    if not call.world.offers_immutable_releases:
        raise not_found()
    if call.repository.owner.enforces_immutable_releases:
        raise error(409, "Immutable releases are enforced by the owner.")
    call.repository.immutable_releases = True
    return no_content()


@repository_route("DELETE", "/immutable-releases", _ADMIN)
def disable_immutable_releases(call: Call) -> Answer:
    """Leave later releases mutable; earlier ones stay frozen."""
    call.repository.immutable_releases = False
    return no_content()


@repository_route("GET", "/collaborators/{login}/permission", READ)
def collaborator_permission(call: Call) -> Answer:
    """A user's role; the old field `permission` knows four levels only."""
    if call.token is None:
        raise error(401, "Requires authentication")
    account = _account(call, "User")
    role = call.repository.role_of(account)
    if role == "none" and not call.repository.private:
        role = "read"
    coarse = {"maintain": "write", "triage": "read"}.get(role, role)
    user = {
        **simple_user(call.world, account),
        "permissions": role_permissions(role),
        "role_name": role,
    }
    return json_answer({"permission": coarse, "role_name": role, "user": user})
