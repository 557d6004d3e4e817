"""Changes to TOML that leave everything else as it is."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.config.toml_edit import (
    TomlEditError,
    add_table,
    add_to_array,
    read,
    remove_from_array,
    remove_key,
    set_in_table,
    set_key,
)

PYPROJECT = """\
# The project of a user who values their comments.
[project]
name = 'x'  # in single quotes
dependencies = [
  "a",  # first
  "b",
]

[tool.uv]
dev-dependencies = []

# How it is built
[build-system]
requires = ["hatchling"]
"""

STABLE = """\
[indexes.stable]  # approved
include = ["a"]   # these

[indexes.dev]
bases = ["stable"]
"""


def test_a_table_is_added_next_to_similar_ones_and_the_rest_stays() -> None:
    index = {"name": "acme", "url": "https://x/", "explicit": True}
    text = add_table(PYPROJECT, ("tool", "uv", "index"), index)
    text = set_key(text, ("tool", "uv", "sources", "acme-lib"), {"index": "acme"})

    assert text == PYPROJECT.replace(
        "dev-dependencies = []\n",
        """\
dev-dependencies = []

[[tool.uv.index]]
name = "acme"
url = "https://x/"
explicit = true

[tool.uv.sources]
acme-lib = {index = "acme"}
""",
    )


def test_tables_are_separated_and_implicit_ones_have_no_header() -> None:
    text = add_table("[a]\nb = 1\n", ("tool", "pdm", "source"), {"name": "one"})
    text = add_table(text, ("tool", "pdm", "source"), {"name": "two"})

    assert text == (
        '[a]\nb = 1\n\n[[tool.pdm.source]]\nname = "one"\n\n[[tool.pdm.source]]\nname = "two"\n'
    )


def test_the_first_table_of_an_empty_text_is_at_its_beginning() -> None:
    assert add_table("", ("source",), {"a": 1}) == "[[source]]\na = 1\n"


def test_a_table_is_added_to_an_array_in_one_line() -> None:
    text = add_table('source = [{ name = "one" }]\n', ("source",), {"name": "two"})

    assert tomllib.loads(text) == {"source": [{"name": "one"}, {"name": "two"}]}


def test_members_are_added_to_an_array_once() -> None:
    text = add_to_array(STABLE, ("indexes", "stable", "include"), ["b==1", "a", "b==1"])

    assert text == STABLE.replace('["a"]', '["a", "b==1"]')
    assert add_to_array(text, ("indexes", "stable", "include"), ["a"]) == text


def test_members_are_added_to_an_array_of_many_lines_as_a_line_each() -> None:
    text = add_to_array(PYPROJECT, ("project", "dependencies"), ["c"])

    assert text == PYPROJECT.replace('  "b",\n', '  "b",\n  "c",\n')


def test_an_array_that_is_not_there_is_made() -> None:
    text = add_to_array(STABLE, ("indexes", "new", "include"), ["c"])

    assert text == f'{STABLE}\n[indexes.new]\ninclude = ["c"]\n'


def test_members_are_removed_and_the_rest_stays() -> None:
    text = remove_from_array(PYPROJECT, ("project", "dependencies"), ["a", "none"])

    assert tomllib.loads(text)["project"]["dependencies"] == ["b"]
    assert "# in single quotes" in text
    assert remove_from_array(text, ("project", "dependencies"), ["a"]) == text
    assert remove_from_array(text, ("project", "nothing"), ["a"]) == text


def test_a_key_is_set_and_removed_in_place() -> None:
    text = set_key(STABLE, ("indexes", "stable", "prereleases"), value=False)

    assert text == STABLE.replace("# these\n", "# these\nprereleases = false\n")
    assert remove_key(text, ("indexes", "stable", "prereleases")) == STABLE
    assert remove_key(STABLE, ("indexes", "none")) == STABLE


def test_a_value_that_is_replaced_leaves_the_comment_beside_it() -> None:
    assert set_key('a = "1"  # why\n', ("a",), "2") == 'a = "2"  # why\n'


def test_tables_in_one_line_can_be_changed_too() -> None:
    text = 'indexes = { stable = { include = ["a"] } }\n'
    text = add_to_array(text, ("indexes", "stable", "include"), ["b"])
    text = set_key(text, ("indexes", "dev", "bases"), ["stable"])

    assert tomllib.loads(text)["indexes"] == {
        "stable": {"include": ["a", "b"]},
        "dev": {"bases": ["stable"]},
    }


def test_one_table_of_several_is_changed() -> None:
    text = '[[s]]\nname = "a"  # ours\nurl = "1"\n\n[[s]]\nname = "b"\n'

    assert set_in_table(text, ("s",), {"name": "a"}, {"url": "2", "name": "a"}) == text.replace(
        '"1"', '"2"'
    )
    with pytest.raises(TomlEditError, match="s is not a table with"):
        set_in_table(text, ("s",), {"name": "c"}, {"url": "2"})


def test_an_array_in_a_table_that_grows_keeps_its_comments() -> None:
    text = '[[s]]\nname = "a"\nlist = [\n  "x",  # why\n]\n'

    grown = set_in_table(text, ("s",), {"name": "a"}, {"list": ["x", "y"]})

    assert grown == text.replace("# why\n", '# why\n  "y",\n')
    assert '"z"' in set_in_table(text, ("s",), {"name": "a"}, {"list": ["z"]})


def test_tables_are_no_members_of_an_array() -> None:
    with pytest.raises(TomlEditError, match="s is not an array"):
        add_to_array('[[s]]\nname = "a"\n', ("s",), ["x"])


def test_names_with_dots_are_quoted() -> None:
    text = set_key("", ("sources", "zope.interface"), {"index": "acme"})

    assert tomllib.loads(text) == {"sources": {"zope.interface": {"index": "acme"}}}


def test_lines_end_as_they_did() -> None:
    text = add_table("[a]\r\nb = 1\r\n", ("s",), {"name": "one"})

    assert text.replace("\r\n", "") == text.replace("\r\n", "").replace("\n", "")


def test_a_comment_on_the_line_before_belongs_to_what_is_above_it() -> None:
    text = "[a]\nb = 1\n# of b\n[c]\n"

    assert set_key(text, ("a", "d", "e"), 2) == "[a]\nb = 1\n# of b\n\n[a.d]\ne = 2\n\n[c]\n"


def test_blank_lines_do_not_pile_up() -> None:
    text = "[a]\nb = 1\n\n\n# of c\n[c]\nd = 1\n"
    for name in ("x", "y"):
        text = set_key(text, ("a", name, "z"), 1)

    assert text == ("[a]\nb = 1\n\n\n[a.x]\nz = 1\n\n[a.y]\nz = 1\n\n# of c\n[c]\nd = 1\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: set_key(text, ("a", "b"), 1),
        lambda text: add_to_array(text, ("a",), ["x"]),
        lambda text: add_to_array(text, ("a", "b"), ["x"]),
        lambda text: add_table(text, ("a",), {"x": 1}),
    ],
)
def test_a_conflicting_value_is_named_and_stays(change: Any) -> None:
    with pytest.raises(TomlEditError, match="a is not"):
        change('a = "text"\n')


def test_what_is_no_toml_is_reported() -> None:
    with pytest.raises(TomlEditError, match="invalid TOML"):
        read("a = [", ("a",))


NAMES = st.text("abc.-_ ü\"'", min_size=1, max_size=5)
VALUES = st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.lists(st.text("ab")))


@given(st.lists(st.tuples(NAMES, NAMES, VALUES), max_size=6))
def test_what_was_set_is_read_and_setting_it_again_changes_nothing(
    settings: list[tuple[str, str, Any]],
) -> None:
    text = PYPROJECT
    for table, key, value in settings:
        text = set_key(text, ("tool", table, key), value)
        assert read(text, ("tool", table, key)) == value
        assert set_key(text, ("tool", table, key), value) == text
    assert all(line in text.splitlines() for line in PYPROJECT.splitlines() if line)
