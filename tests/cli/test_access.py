"""`ghpypi access`, on the emulator."""

import json

import pytest

from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository


@pytest.fixture
def github(empty_github: Emulator, bench: Bench) -> Emulator:
    empty_github.add_organization("acme", owners=["ann"], base_permission="none")
    empty_github.add_team("acme", "devs")
    empty_github.add_user("out")
    bench.set(GHPYPI_TOKEN=empty_github.add_token("ann"), GHPYPI_STORE="acme/pypi")
    return empty_github


@pytest.fixture
def repository(github: Emulator) -> Repository:
    return github.add_repository("acme/pypi", private=True)


def test_all_users_are_listed_and_what_each_role_allows(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.account("acme").teams["devs"].roles[repository.id] = "maintain"
    repository.invite(github.account("out"), "read")
    outcome = bench.run("access", "list")

    assert outcome.code == 0
    assert outcome.out == (
        "team devs  publish  GitHub: maintain\n"
        "@ann       admin    through the organization or a team\n"
        "@out       read     invitation pending\n"
        "\n"
        "read     install from the index, see releases and the configuration.\n"
        "publish  also upload, yank and delete packages, and change the configuration.\n"
        "admin    also change settings, secrets and who has access, and delete everything.\n"
    )
    document = json.loads(bench.run("access", "list", "--json").out)
    assert document["members"][2] == {
        "kind": "user",
        "name": "out",
        "role": "read",
        "permission": "pull",
        "through": None,
        "invited": True,
        "expired": False,
    }


def test_a_role_is_granted_once_and_what_it_allows_is_printed(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    first = bench.run("access", "grant", "devs", "publish")
    second = bench.run("access", "grant", "devs", "publish")
    higher = bench.run("access", "grant", "devs", "read")

    assert first.out == (
        "granted  team devs  publish\n"
        "publish: also upload, yank and delete packages, and change the configuration.\n"
    )
    assert second.out == "unchanged  team devs  has publish already\n"
    assert (
        higher.out
        == "unchanged  team devs  already has a higher role: publish; use --exact to lower it\n"
    )
    assert {first.code, second.code, higher.code} == {0}
    assert github.account("acme").teams["devs"].roles == {repository.id: "write"}
    assert bench.run("access", "grant", "devs", "read", "--exact").code == 0
    assert github.account("acme").teams["devs"].roles == {repository.id: "read"}


@pytest.mark.parametrize("arguments", [("grant", "@out", "admin"), ("revoke", "devs")])
def test_a_dry_run_changes_nothing(
    bench: Bench, github: Emulator, repository: Repository, arguments: tuple[str, ...]
) -> None:
    github.account("acme").teams["devs"].roles[repository.id] = "write"
    github.clear_log()
    outcome = bench.run("access", *arguments, "--dry-run")

    assert outcome.code == 0
    starts = ("would be invited  @out", "would be revoked  team devs  had publish")
    assert outcome.out.startswith(starts)
    assert {each.method for each in github.requests} == {"GET"}


def test_json_says_what_was_done(bench: Bench, repository: Repository) -> None:
    document = json.loads(bench.run("access", "grant", "@out", "publish", "--json").out)

    assert document == {
        "version": 1,
        "store": "acme/pypi",
        "kind": "user",
        "name": "out",
        "role": "publish",
        "outcome": "invited",
        "text": "publish, once the invitation is accepted",
        "hint": "",
        "dry-run": False,
        "changed": True,
    }
    assert [each.role for each in repository.invitations] == ["write"]
    revoked = bench.run("access", "revoke", "@out")
    assert revoked.out == "canceled  @out  the invitation is canceled\n"
    assert repository.invitations == []


def test_what_stays_through_a_team_is_warned_of(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.add_user("mia")
    github.account("acme").teams["devs"].members.add("mia")
    github.account("acme").members.add("mia")
    github.account("acme").teams["devs"].roles[repository.id] = "write"
    repository.grant("mia", "admin")
    outcome = bench.run("access", "revoke", "@mia")

    assert outcome.code == 0
    assert "mia still has push, through the organization or a team" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("grant", "nobody", "read"), 5),
        (("grant", "devs", "write"), 2),
        (("revoke", "@ann"), 1),
        (("list", "--store", "acme/none"), 5),
        (("list", "--store", "./folder"), 2),
    ],
)
def test_what_cannot_be_done_ends_with_its_code(
    bench: Bench, repository: Repository, arguments: tuple[str, ...], code: int
) -> None:
    outcome = bench.run("access", *arguments)

    assert outcome.code == code
    assert outcome.out == ""


def test_without_a_token_nothing_is_listed(bench: Bench, repository: Repository) -> None:
    repository.private = False
    bench.set(GHPYPI_TOKEN="")
    outcome = bench.run("access", "list")

    assert outcome.code == 4
