"""Names of members: all of them are compared at once, and an odd one among them is found."""

import pytest

from ghpypi.core.distribution.contents import Kind, Members
from ghpypi.core.distribution.members import path_issues
from ghpypi.core.distribution.rules import Rule

UNSAFE = ("/etc/passwd", "/", "..", "../b", "a/../b", "a/..", "C:b", "\\b")
ODD = ("a\nb", "a\\b", "a\x00/b", "\x7f")
ORDINARY = ("", "a//b", ".hidden/b", "a/", "-b", "ü/b c.py", "acme-1.0+cu128.dist-info/RECORD")


def _rules(*names: str) -> list[Rule]:
    members = Members()
    for name in names:
        members.add(name, Kind.FILE)
    return [issue.rule for issue in path_issues(members)]


@pytest.mark.parametrize("before", [(), ("a",), ("a/b.py", "a/")])
@pytest.mark.parametrize("after", [(), ("a",), ("", "a/b.py")])
def test_an_odd_name_is_found_beside_any_others(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    for name in UNSAFE:
        assert _rules(*before, name, *after) == [Rule.UNSAFE_PATH]
    for name in ODD:
        assert _rules(*before, name, *after) == [Rule.ODD_PATH]
    for name in ORDINARY:
        assert not _rules(*before, name, *after)


def test_names_of_folders_and_links_are_compared_too() -> None:
    members = Members()
    members.add("a", Kind.FILE)
    members.add("../b/", Kind.FOLDER)
    members.add("a\nb", Kind.SYMLINK, "a")

    assert members.files == ["a"]
    assert [issue.rule for issue in path_issues(members)] == [Rule.UNSAFE_PATH, Rule.ODD_PATH]
