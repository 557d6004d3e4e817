"""Who has which role on a repository, and how that is changed."""

from collections.abc import Callable

import pytest

from ghpypi.core.locator import Hosts
from ghpypi.core.roles import Role
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError, NotAllowedError, NotFoundError, RefusedError
from ghpypi.ports import RoleAssignment, RoleChange
from ghpypi.stores.github.access import RepositoryRoles
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.role_assignments import find_role_assignments
from ghpypi.stores.github.target import Target
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.emulator.schema import check_all
from tests.support.reporters import MemoryReporter

Open = Callable[..., RepositoryRoles]
"""Looks at the roles on `acme/pypi`, or on another repository."""


@pytest.fixture
def repository(github: Emulator) -> Repository:
    acme = github.add_organization("acme", owners=["ann"], members=["mia"], base_permission="none")
    github.add_team("acme", "devs", members=["mia"])
    github.add_team("acme", "readers")
    for login in ("bob", "out"):
        github.add_user(login)
    repository = github.add_repository("acme/pypi", private=True)
    acme.teams["devs"].roles[repository.id] = "write"
    return repository


@pytest.fixture
def opened(github: Emulator, repository: Repository) -> Open:
    def make(name: str = "acme/pypi", *, token: str = "") -> RepositoryRoles:
        clock = github.clock
        hosts = Hosts.parse(github.api_url, github.server_url)
        backoff = Backoff(60, sleep=clock.advance, now=clock.time)
        client = Client(hosts, Secret(token or github.add_token("ann")), backoff)
        return RepositoryRoles(
            Target(name=name, client=client, hosts=hosts, reporter=MemoryReporter())
        )

    return make


def roles(access: RepositoryRoles) -> dict[str, str]:
    return {each.name: each.permission for each in find_role_assignments(access.target)}


def grant(access: RepositoryRoles, who: str, role: str, *, exact: bool = False) -> RoleChange:
    """Plan and do it; planning it again finds nothing to do."""
    change = access.plan_grant(who, Role(role), exact=exact)

    assert access.apply(change) == ""
    assert access.plan_grant(who, Role(role), exact=exact).action == "keep"

    return change


def test_teams_people_and_invitations_are_listed_and_what_is_inherited_distinguished(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    repository.grant("bob", "triage")
    repository.invite(github.account("out"), "read").expired = True

    assert find_role_assignments(opened().target) == (
        RoleAssignment(kind="team", name="devs", permission="push"),
        RoleAssignment(
            kind="user", name="ann", permission="admin", through="the organization or a team"
        ),
        RoleAssignment(
            kind="user", name="mia", permission="push", through="the organization or a team"
        ),
        RoleAssignment(kind="user", name="bob", permission="triage"),
        RoleAssignment(
            kind="user",
            name="out",
            permission="pull",
            invitation=repository.invitations[0].id,
            expired=True,
        ),
    )


@pytest.mark.parametrize(
    ("role", "given"), [("read", "read"), ("publish", "write"), ("admin", "admin")]
)
def test_a_team_is_given_exactly_the_role_that_was_asked_for(
    repository: Repository, opened: Open, role: str, given: str
) -> None:
    change = grant(opened(), "readers", role)

    assert change.action == "grant"
    assert repository.owner.teams["readers"].roles == {repository.id: given}


@pytest.mark.parametrize(("role", "given"), [("read", "read"), ("publish", "write")])
def test_a_user_from_outside_is_invited_and_may_do_nothing_until_they_accept(
    github: Emulator, repository: Repository, opened: Open, role: str, given: str
) -> None:
    change = grant(opened(), "@out", role)

    assert change.text == f"{role}, once the invitation is accepted"
    assert [(each.invitee.login, each.role) for each in repository.invitations] == [("out", given)]
    assert repository.role_of(github.account("out")) == "none"


def test_an_invitation_is_raised_but_lowered_only_on_request(
    repository: Repository, opened: Open
) -> None:
    access = opened()
    grant(access, "@out", "read")
    grant(access, "@out", "publish")
    kept = access.plan_grant("@out", Role.READ, exact=False)

    assert kept.action == "keep"
    assert kept.text == (
        "already has a higher role: publish (invitation pending); use --exact to lower it"
    )
    grant(access, "@out", "read", exact=True)
    assert [each.role for each in repository.invitations] == ["read"]


def test_a_higher_role_is_lowered_only_on_request(repository: Repository, opened: Open) -> None:
    access = opened()
    kept = access.plan_grant("devs", Role.READ, exact=False)

    assert kept.text == "already has a higher role: publish; use --exact to lower it"
    assert access.apply(kept) == ""
    assert roles(access)["devs"] == "push"
    assert grant(access, "devs", "read", exact=True).text == "read instead of publish"
    assert roles(access)["devs"] == "pull"


def test_a_custom_role_is_higher_than_the_one_it_includes(
    repository: Repository, opened: Open
) -> None:
    repository.grant("bob", "maintain")
    kept = opened().plan_grant("@bob", Role.PUBLISH, exact=False)

    assert (
        kept.text
        == "already has a higher role: publish (GitHub: maintain); use --exact to lower it"
    )


def test_a_person_is_raised_and_lowered_on_the_repository(
    repository: Repository, opened: Open
) -> None:
    repository.grant("bob", "read")
    access = opened()
    grant(access, "@Bob", "admin")
    assert repository.roles == {"bob": "admin"}
    grant(access, "@bob", "publish", exact=True)

    assert repository.roles == {"bob": "write"}


def test_a_role_inherited_from_a_team_is_not_granted_again(
    repository: Repository, opened: Open
) -> None:
    change = opened().plan_grant("@mia", Role.PUBLISH, exact=False)

    assert change.action == "keep"
    assert change.text == "has publish already, through the organization or a team"


def test_a_member_may_get_more_than_the_team(repository: Repository, opened: Open) -> None:
    grant(opened(), "@mia", "admin")

    assert repository.roles == {"mia": "admin"}


def test_a_role_that_remains_through_a_team_is_reported(
    repository: Repository, opened: Open
) -> None:
    repository.grant("mia", "admin")
    access = opened()
    change = access.plan_grant("@mia", Role.READ, exact=True)

    assert access.apply(change) == "mia still has push, through the organization or a team"


def test_roles_are_taken_and_invitations_taken_back(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    repository.grant("bob", "write")
    repository.invite(github.account("out"), "admin")
    access = opened()
    for who, action in (("devs", "revoke"), ("@bob", "revoke"), ("@out", "withdraw")):
        change = access.plan_revoke(who)
        assert change.action == action
        assert access.apply(change) == ""
        assert access.plan_revoke(who).text == "has no role"

    assert roles(access) == {"ann": "admin"}
    assert repository.invitations == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a.plan_revoke("@ann"), RefusedError, "admin through the organization"),
        (lambda a: a.plan_grant("@ann", Role.READ, exact=True), RefusedError, "not here"),
        (
            lambda a: a.plan_grant("nobody", Role.READ, exact=False),
            NotFoundError,
            "no team 'nobody'",
        ),
        (
            lambda a: a.plan_grant("@nobody", Role.READ, exact=False),
            NotFoundError,
            "GitHub user 'nobody' not found",
        ),
        (
            lambda a: a.plan_grant("other/devs", Role.READ, exact=False),
            NotFoundError,
            "not a team of",
        ),
    ],
)
def test_what_cannot_be_done_here_is_refused_before_anything_is_changed(
    github: Emulator, opened: Open, change: Callable[[RepositoryRoles], RoleChange],
    error: type[GhpypiError], message: str,
) -> None:  # fmt: skip
    access = opened()

    with pytest.raises(error, match=message):
        change(access)
    assert {each.method for each in github.requests_to("api")} == {"GET"}


def test_users_cannot_revoke_their_own_access(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    repository.grant("bob", "admin")
    access = opened(token=github.add_token("bob"))

    with pytest.raises(RefusedError, match="'bob' is the user of this token"):
        access.plan_revoke("@bob")


def test_the_repository_of_a_person_has_one_role_to_give(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    own = github.add_repository("ann/pypi")
    access = opened("ann/pypi")

    with pytest.raises(RefusedError, match="the role read cannot be granted"):
        access.plan_grant("@bob", Role.READ, exact=False)
    with pytest.raises(NotFoundError, match="which has no teams"):
        access.plan_grant("devs", Role.READ, exact=False)
    grant(access, "@bob", "publish")
    assert [each.role for each in own.invitations] == ["write"]


def test_a_user_who_is_no_administrator_gets_an_error(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    with pytest.raises(NotAllowedError, match="has the role push") as caught:
        opened(token=github.add_token("mia"))
    assert "administrator" in caught.value.hint


def test_a_repository_that_is_not_there_is_reported(opened: Open) -> None:
    with pytest.raises(NotFoundError, match="repository acme/none: not found"):
        opened("acme/none")


def test_the_right_that_a_fine_grained_token_lacks_is_named(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    token = github.add_token("ann", permissions={"contents": "write"}, owner="acme")

    with pytest.raises(NotAllowedError) as caught:
        find_role_assignments(opened(token=token).target)
    assert "Administration: read and write" in caught.value.hint


def test_the_right_to_change_that_a_token_lacks_is_named(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    rights = {"administration": "read", "members": "read"}
    access = opened(token=github.add_token("ann", permissions=rights, owner="acme"))
    change = access.plan_grant("@out", Role.READ, exact=False)

    with pytest.raises(NotAllowedError) as caught:
        access.apply(change)
    assert "Administration: read and write" in caught.value.hint
    assert repository.invitations == []


def test_a_list_that_a_classic_token_may_not_see_is_a_missing_right(
    github: Emulator, opened: Open
) -> None:
    access = opened()
    github.faults.add(Fault.status(404, path="/invitations"))

    with pytest.raises(NotAllowedError) as caught:
        find_role_assignments(access.target)
    assert "role admin" in caught.value.hint


def test_what_github_refuses_is_reported(github: Emulator, opened: Open) -> None:
    access = opened()
    change = access.plan_grant("@out", Role.READ, exact=False)
    github.faults.add(Fault.status(422, path="/collaborators/out", method="PUT"))

    with pytest.raises(FailedError, match="GitHub refuses it"):
        access.apply(change)


def test_the_roles_are_named_as_github_names_them(
    github: Emulator, repository: Repository, opened: Open
) -> None:
    github.keep_answers()
    access = opened()
    repository.grant("bob", "read")
    grant(access, "@out", "read")
    grant(access, "@out", "admin")
    grant(access, "@bob", "admin")
    grant(access, "devs", "admin")

    assert check_all(github.requests) > 40
