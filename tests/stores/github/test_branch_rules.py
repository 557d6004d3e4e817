"""Patterns of branches in the policies of environments."""

import pytest

from ghpypi.stores.github.branch_rules import matches


@pytest.mark.parametrize(
    ("pattern", "branch", "expected"),
    [
        ("gh-pages", "gh-pages", True),
        ("gh-*", "gh-pages", True),
        ("*", "gh-pages", True),
        ("*", "release/1", False),
        ("release/*", "release/1", True),
        ("release/*", "release/1/a", False),
        ("**/*", "release/1", True),
        ("main", "gh-pages", False),
    ],
)
def test_a_star_does_not_match_a_slash(pattern: str, branch: str, expected: bool) -> None:
    assert matches(pattern, branch) is expected
