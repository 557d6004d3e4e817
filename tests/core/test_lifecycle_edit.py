"""Edits of yanks, statuses and records of deleted versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name

from ghpypi.core.config.config import Config
from ghpypi.core.config.lifecycle_edit import record_removed, set_status, unyank, yank
from ghpypi.core.model import Status, StatusMarker

NAME = canonicalize_name("acme-lib")
START = '# ours\n[index]\ntitle = "x"  # short\n'
FULL = f"""\
{START}
# withdrawn
[yanked]
Acme_Lib = {{ "1.0.0" = "old" }} # hm
[yanked.other]
"2.0" = "x"  # really

# states
[projects.old]
status = "archived"
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[yanked]\nacme-lib = { "1.0" = "bad", "a-1.zip" = "bad" }\n'),
        (START, f'{START}\n[yanked]\nacme-lib = {{ "1.0" = "bad", "a-1.zip" = "bad" }}\n'),
        (FULL, FULL.replace('"1.0.0" = "old"', '"1.0.0" = "bad", "a-1.zip" = "bad"')),
        (
            '[yanked.acme-lib]\n"0.1" = ""  # c\n\n# t\n[site]\n',
            '[yanked.acme-lib]\n"0.1" = ""  # c\n"1.0" = "bad"\n"a-1.zip" = "bad"\n\n# t\n[site]\n',
        ),
    ],
    ids=["empty", "new", "spelled", "table"],
)
def test_a_yank_changes_its_key_and_nothing_else(before: str, after: str) -> None:
    assert yank(before, NAME, ["1.0", "a-1.zip"], "bad") == after
    assert yank(after, NAME, ["1", "a-1.zip"], "bad") == after


def test_a_new_project_goes_below_the_others_and_above_the_comment_of_the_next_table() -> None:
    text = '[yanked]\na = { "1" = "" }\n\n# states\n[projects.old]\nstatus = "archived"\n'

    assert yank(text, NAME, ["1.0"], "bad") == text.replace(
        '"" }\n', '"" }\nacme-lib = { "1.0" = "bad" }\n'
    )


def test_an_unyank_removes_its_keys_and_an_empty_project() -> None:
    text = yank(FULL, NAME, ["2.0"], "new")

    assert unyank(text, NAME, lambda key: key == "2.0") == FULL
    assert unyank(text, NAME, lambda _: True) == FULL.replace(
        'Acme_Lib = { "1.0.0" = "old" } # hm\n', ""
    )
    assert unyank(FULL, NAME, lambda _: False) == FULL


@pytest.mark.parametrize("marker", StatusMarker)
def test_a_status_replaces_another(marker: StatusMarker) -> None:
    for name in ("old", "new"):
        text = set_status(FULL, canonicalize_name(name), Status(marker=marker, reason="why"))
        found = Config.parse(text).statuses.get(canonicalize_name(name))

        assert text.startswith(FULL.partition("# states")[0])
        assert found == (
            None if marker is StatusMarker.ACTIVE else Status(marker=marker, reason="why")
        )


def test_a_status_without_a_reason_removes_the_reason() -> None:
    archived = Status(marker=StatusMarker.ARCHIVED)
    text = set_status(FULL, canonicalize_name("old"), Status(marker=archived.marker, reason="why"))

    assert text == f'{FULL}reason = "why"\n'
    assert set_status(text, canonicalize_name("old"), archived) == FULL


def test_deleted_versions_are_recorded() -> None:
    text = record_removed(START, NAME, ["1.0", "1.1"], "")

    assert text == f'{START}\n[removed]\nacme-lib = {{ "1.0" = "", "1.1" = "" }}\n'


@given(
    st.sampled_from(["", START, FULL]),
    st.lists(st.sampled_from(["1.0", "1.1+cu128", "2.0rc1"]), min_size=1, unique=True),
    st.text(max_size=20).map(lambda text: " ".join(text.split())),
)
def test_what_was_yanked_is_yanked_and_unyanked_again(
    text: str, versions: list[str], reason: str
) -> None:
    name = NormalizedName("fresh")
    edited = yank(text, name, versions, reason)
    yanked = Config.parse(edited).yanked[name]

    assert {str(key): each.reason for key, each in yanked.items()} == dict.fromkeys(
        versions, reason
    )
    assert Config.parse(unyank(edited, name, lambda _: True)) == Config.parse(text)
