"""Roles, in our words and in GitHub's."""

import pytest

from ghpypi.core.roles import RANKS, Role, highest, permission_named, rank, role_for, role_of


def test_roles_map_to_roles_of_github() -> None:
    assert [role.permission for role in Role] == ["pull", "push", "admin"]
    assert all(role.meaning for role in Role)


@pytest.mark.parametrize(
    ("permission", "role"),
    [
        ("pull", Role.READ),
        ("triage", Role.READ),
        ("push", Role.PUBLISH),
        ("maintain", Role.PUBLISH),
        ("admin", Role.ADMIN),
        ("", None),
        ("unheard-of", None),
    ],
)
def test_a_custom_role_counts_as_the_one_it_includes(permission: str, role: Role | None) -> None:
    assert role_for(permission) is role


def test_the_highest_permission_is_the_role() -> None:
    all_to_push = {"pull": True, "triage": True, "push": True, "maintain": False, "admin": False}

    assert highest(all_to_push) == "push"
    assert role_of(all_to_push) is Role.PUBLISH
    assert highest({}) == ""
    assert role_of({"pull": False}) is None


def test_ranks_rise() -> None:
    assert [rank(each) for each in RANKS] == [0, 1, 2, 3, 4]
    assert rank("none") == -1


def test_other_spellings_are_understood() -> None:
    assert [permission_named(each) for each in ("read", "write", "admin")] == [
        "pull",
        "push",
        "admin",
    ]
