"""Text that anyone may have written gives a value, or the one error that is documented."""

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion, Version

from ghpypi.core.parsing import (
    LONGEST_QUOTE,
    join_url,
    parse_json,
    parse_number,
    parse_requirement,
    parse_specifiers,
    parse_toml,
    parse_version,
    split_url,
)

DIGITS = "1" * 5000
DEEP = 20_000


@pytest.mark.parametrize("text", ["", "one", DIGITS, f"1.{DIGITS}", f"1!{DIGITS}", f"1+{DIGITS}x-"])
def test_what_is_not_a_version_is_rejected(text: str) -> None:
    with pytest.raises(InvalidVersion) as caught:
        parse_version(text)

    assert len(str(caught.value)) < LONGEST_QUOTE + 40


def test_a_version_is_read() -> None:
    assert parse_version("1.0") == Version("1.0.0")


@pytest.mark.parametrize("text", [f">={DIGITS}", f">=1,<{DIGITS}", f"=={DIGITS}.*", "3.9 or so"])
def test_what_is_not_a_specifier_is_rejected_at_once(text: str) -> None:
    with pytest.raises(InvalidSpecifier):
        parse_specifiers(text)


@pytest.mark.parametrize("text", ["", ">=3.9", "===anything", "!=3.0.*,>=2"])
def test_specifiers_are_read(text: str) -> None:
    assert str(parse_specifiers(text)) in {text, ">=2,!=3.0.*", "!=3.0.*,>=2"}


@pytest.mark.parametrize(
    "text",
    [f"x>={DIGITS}", "x; " + "(" * DEEP + "os_name=='a'" + ")" * DEEP, "x @", "", "http://["],
    ids=["digits", "nested", "no address", "empty", "address"],
)
def test_what_is_not_a_requirement_is_rejected(text: str) -> None:
    with pytest.raises(InvalidRequirement):
        parse_requirement(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP,
        '{"a":' * DEEP,
        DIGITS,
        "",
        "{",
        b"\xff",
        '"\\ud800"',
        b'"\\uDfff"',
        '{"\\udc00": 1}',
    ],
)
def test_what_is_not_a_json_is_rejected(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


@pytest.mark.parametrize(
    "text", [f"a = {DIGITS}", "a = " + "[" * DEEP, "a", f"a = 1{DIGITS}-01-01"]
)
def test_what_is_not_a_toml_is_rejected(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("9" * 19, int("9" * 19)),
        ("9" * 20, None),
        (DIGITS, None),
        ("", None),
        ("-1", None),
        ("²", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        (" 1", None),
    ],
)
def test_a_number_has_ascii_digits_and_not_too_many(text: str, expected: int | None) -> None:
    assert parse_number(text) == expected


@pytest.mark.parametrize(
    "url", ["http://[", "https://[::1", f"http://host:{DIGITS}/", "http://host:port/", "//[x"]
)
def test_an_address_that_cannot_be_split_has_no_scheme_and_no_host(url: str) -> None:
    parts = split_url(url)

    assert (parts.scheme, parts.netloc, parts.hostname, parts.port) == ("", "", None, None)
    assert join_url("https://host/a/", url) in {"", url}


def test_addresses_are_split_and_joined() -> None:
    assert split_url("https://host:8080/a?b#c")[:3] == ("https", "host:8080", "/a")
    assert join_url("https://host/a/", "../b") == "https://host/b"


@given(st.text())
def test_any_text_gives_a_value_or_the_documented_error(text: str) -> None:
    assert split_url(text)[2] is not None
    assert isinstance(join_url("https://host/", text), str)
    for parse, error in (
        (parse_version, InvalidVersion),
        (parse_specifiers, InvalidSpecifier),
        (parse_requirement, InvalidRequirement),
        (parse_json, ValueError),
        (parse_toml, tomllib.TOMLDecodeError),
    ):
        with suppress(error):
            parse(text)


def test_surrogates_that_are_encoded_like_characters_are_no_json() -> None:
    text = b'["\xed\xa0\x80"]'
    with pytest.raises(ValueError, match="can't decode"):
        parse_json(text)

    assert parse_json(text, lone_surrogates=True) == ["\ud800"]
    assert parse_json(b'\xef\xbb\xbf["\xc3\xa9"]') == ["\u00e9"]
