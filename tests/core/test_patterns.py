"""Patterns of users end, whatever they are."""

import subprocess
import sys

import pytest

from ghpypi.core import patterns
from ghpypi.core.patterns import InvalidPatternError, check_pattern, found_by, matches_glob
from ghpypi.errors import ConfigError
from tests.support.slow import SLOW_PATTERN, SLOW_TEXT

KEY = "variants.pattern"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"cu\d+|cpu", "1.CU128.2", "CU128"),
        (r"cu(\d+)", "cu128", "128"),
        (r"cu(\d+)?", "cu", ""),
        (r"cu(\d+)?", "rocm", ""),
        (r"(?P<name>cu\d+)(?=\.|$)", "cu128.post", "cu128"),
        (r"(?:cpu)(?!x)", "cpu", "cpu"),
        (r"(?<=-)cu\d+", "v1-cu128", "cu128"),
        (r"\(?Recent\)?", "(recent)", "(recent)"),
        (r"(?i:CU)\d{2,3}", "cu128", "cu128"),
        (r"(x+x+)+y", "x" * 60 + "zy", ""),
    ],
)
def test_a_pattern_finds_its_first_group_or_all_of_the_match(
    pattern: str, text: str, found: str
) -> None:
    check_pattern(pattern)

    assert found_by(pattern, text, key=KEY) == found


@pytest.mark.slow
def test_a_search_that_takes_too_long_is_an_error_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_pattern(SLOW_PATTERN)
    with pytest.raises(ConfigError) as caught:
        found_by(SLOW_PATTERN, SLOW_TEXT, key=KEY)
    monkeypatch.setattr(patterns, "_found", None)  # once is enough
    with pytest.raises(ConfigError, match=KEY):
        found_by(SLOW_PATTERN, "cu128", key=KEY)

    assert str(caught.value) == (
        f"variants.pattern: the search for '{SLOW_PATTERN}' in '{SLOW_TEXT[:40]}...' took longer "
        "than 1 s"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing ) at position 1"),
        ("a{99999999999999999999}", "it repeats more than 10,000 times"),
        ("(((a{1000}){1000}){1000}){1000}", "it repeats more than 10,000 times"),
        ("(?x)a{1 000 000}", "'(?x)' is not supported"),
        ("(?aix:a)", "'(?ai' is not supported"),
        ("(?R)", "'(?R)' is not supported"),
        (r"\\(?1)", "'(?1)' is not supported"),
        ("(?&name)", "'(?&n' is not supported"),
        ("(?|a|b)", "'(?|a' is not supported"),
        ("x" * 1001, "it is longer than 1,000 characters"),
    ],
    ids=lambda value: value[:30],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPatternError) as caught:
        check_pattern(pattern)

    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    ("glob", "text", "matches"),
    [
        ("acme-*", "acme-lib", True),
        ("acme-*", "other", False),
        ("v?.[0-9]", "v1.2", True),
        ("v*", "V1", False),
        ("[", "[", True),
        ("[!a]", "b", True),
        ("[z-a]", "b", False),
        ("a", "a\n", False),
    ],
)
def test_globs_are_those_of_a_shell(glob: str, text: str, matches: bool) -> None:
    assert matches_glob(text, glob) is matches


@pytest.mark.parametrize("part", ["*a", "*?", "*[ab]", "**a*"])
def test_a_glob_of_many_stars_takes_one_pass(part: str) -> None:
    assert not matches_glob("a" * 5000, part * 100 + "*b")


def test_nothing_is_imported_before_a_pattern_is_used() -> None:
    code = "import sys, ghpypi.core.config.config; sys.exit('regex' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
