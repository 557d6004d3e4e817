"""References of workflow files to the Action."""

import pytest

from ghpypi.core.action_reference import (
    RELEASED,
    ActionReference,
    pinned_reference,
    wanted_reference,
    without_pins,
)
from ghpypi.core.project import ACTION, REPOSITORY, VERSION_TAG

COMMIT = "0123456789" * 4
OTHER = "9876543210" * 4
NEWER = f"      - uses: {REPOSITORY}@{OTHER} # v9.1.0\n"


def test_a_new_file_uses_the_release_of_this_version_by_its_commit() -> None:
    wanted = wanted_reference("")

    assert str(wanted) == f"{REPOSITORY}@{VERSION_TAG}"
    assert str(pinned_reference("", wanted, COMMIT)) == f"{REPOSITORY}@{COMMIT} # {VERSION_TAG}"
    assert pinned_reference("", wanted, "") == wanted


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (f"uses: {REPOSITORY}@{OTHER} # v9.1.0", f"{REPOSITORY}@{OTHER} # v9.1.0"),
        (f"uses: {REPOSITORY}@v9.1.0", f"{REPOSITORY}@v9.1.0"),
        (f"uses: {REPOSITORY}@{OTHER} # v0.1.0", str(RELEASED)),
        (f"uses: {REPOSITORY}@{OTHER}", str(RELEASED)),
        (f"uses: {REPOSITORY}@main", str(RELEASED)),
        (f"uses: {ACTION}", ACTION),
        (f"uses: {REPOSITORY}@{OTHER} # {ACTION.partition('@')[2]}", ACTION),
        (f"uses: acme/fork@{OTHER} # v1", "acme/fork@v1"),
        (f"uses: acme/fork@{OTHER}", f"acme/fork@{OTHER}"),
    ],
)
def test_an_existing_file_keeps_what_is_not_older(found: str, wanted: str) -> None:
    assert str(wanted_reference(f"  steps:\n      - {found}\n")) == wanted


def test_the_action_that_is_asked_for_takes_precedence() -> None:
    assert str(wanted_reference(NEWER, "acme/fork@v2")) == "acme/fork@v2"
    assert str(wanted_reference(NEWER, f"{REPOSITORY}@v9.1.0")).endswith(f"@{OTHER} # v9.1.0")


def test_a_tag_that_moves_keeps_its_commit_where_no_other_is_known() -> None:
    found = f"uses: acme/fork@{OTHER} # v2\n"
    wanted = wanted_reference(found, "acme/fork@v2")

    assert str(pinned_reference(found, wanted, COMMIT)) == f"acme/fork@{COMMIT} # v2"
    assert str(pinned_reference(found, wanted, "")) == f"acme/fork@{OTHER} # v2"


def test_a_commit_stays_what_it_is() -> None:
    reference = ActionReference.parse(f"{REPOSITORY}@{OTHER}")

    assert reference.pin(COMMIT) == reference
    assert reference.is_pinned


def test_only_pins_are_left_out_of_the_digest_of_a_file() -> None:
    assert without_pins(NEWER) == f"      - uses: {REPOSITORY}\n"
    assert without_pins(f"- uses: {ACTION}\n") == f"- uses: {ACTION}\n"
    assert without_pins("run: uses it\n") == "run: uses it\n"
