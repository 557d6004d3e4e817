"""What commit messages say about one project."""

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.site.history import lines_about, names_project

NAME = canonicalize_name("acme-lib")
ABOUT = [
    "added: Acme.Lib-1.0.zip",
    "removed: acme_lib-0.9-py3-none-any.whl",
    "acme-lib is archived",
]
OTHERS = ["added: acme_lib_extra-1.0.zip", "changed: x", "acme-lib-extra 1.0 is yanked", ""]


def test_the_lines_of_a_project_are_found() -> None:
    message = "\n".join(["Add 2 files", "", *OTHERS, *ABOUT])

    assert lines_about(NAME, message) == ABOUT
    assert lines_about(canonicalize_name("unknown"), message) == []
    assert lines_about(NAME, "") == []


def test_a_message_that_may_be_cut_is_about_every_project() -> None:
    lines = [f"added: other-{number}.zip" for number in range(100)]

    assert lines_about(NAME, "\n".join(["Add 400 files", "", *lines])) == ["Add 400 files"]
    assert lines_about(NAME, "\n".join(["Add 99 files", "", *lines[1:]])) == []


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Yank acme-lib 1.0", True),
        ("Promote Acme_Lib 1.0, other 2 to stable", True),
        ("Deprecate acme.lib.", True),
        ("Yank acme-lib-extra 1.0", False),
        ("", False),
    ],
)
def test_a_project_is_named_in_any_spelling(message: str, named: bool) -> None:
    assert names_project(NAME, message) is named
