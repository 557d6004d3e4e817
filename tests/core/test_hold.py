"""The table `[hold]`, and the commands that change it."""

import pytest

from ghpypi.core.catalog.differences import Differences
from ghpypi.core.config.config import Config
from ghpypi.core.config.hold import Hold, parse_revision
from ghpypi.core.config.hold_edit import end_hold, set_hold
from ghpypi.core.names import normalize
from ghpypi.core.site.history import hold_message, lines_about, names_project
from ghpypi.errors import UsageError

ONE, OTHER = "1" * 40, "2" * 40
TEXT = "# ours\n[index]\ntitle = 'Acme'  # short\n"
HOLD = Hold(commit=ONE, since="2026-02-03T09:12:44Z", reason="bad")


def edited(text: str, hold: Hold) -> str:
    return set_hold(text, hold, current=Config.parse(text).hold)


def test_the_table_is_added_and_removed_again() -> None:
    text = edited(TEXT, HOLD)

    assert text.startswith(TEXT)
    assert Config.parse(text).hold == HOLD
    assert HOLD.state == "held at 1111111111 since 2026-02-03T09:12:44Z (bad)"
    assert end_hold(text) == TEXT
    assert end_hold(TEXT) == TEXT


def test_the_same_state_is_held_since_the_first_time() -> None:
    text = edited(TEXT, HOLD)

    assert edited(text, Hold(commit=ONE, since="2026-03-01T00:00:00Z")) == text
    changed = Config.parse(edited(text, Hold(commit=ONE, since="2026", reason="worse"))).hold
    assert changed == Hold(commit=ONE, since=HOLD.since, reason="worse")
    assert Config.parse(edited(text, Hold(commit=OTHER))).hold == Hold(commit=OTHER)
    assert Hold(commit=OTHER).state == "held at 2222222222"


@pytest.mark.parametrize("text", ["main", "123456", "1" * 41, "-1234567"])
def test_what_is_no_commit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the ID of a commit"):
        parse_revision(text)


def test_the_history_of_a_project_has_the_hold() -> None:
    found = Differences(removed=("acme_lib-1.1.zip", "other-1.zip"))
    message = hold_message(HOLD, found)
    name = normalize("acme-lib")

    assert lines_about(name, message) == [
        "Hold the index at 1111111111: bad",
        "removed: acme_lib-1.1.zip",
    ]
    assert lines_about(normalize("third"), message) == []
    assert names_project(name, "Hold the index at 1111111111")
    assert names_project(name, "Publish the current releases again\n\nall is well")
    assert parse_revision(" ABCDEF0 ") == "abcdef0"
