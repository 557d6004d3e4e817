"""Changes to an INI file that leave everything else as it is."""

import configparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.clients.ini_edit import read_option, set_option
from ghpypi.errors import UsageError

TEXT = """\
; of the whole machine
[install]
index-url = https://other/

[global]   # for everyone
timeout = 60
extra-index-url =
    https://a/
    https://b/
# the end
"""


def test_an_option_is_put_at_the_beginning_of_its_section() -> None:
    assert set_option(TEXT, "global", "index-url", "https://x/") == TEXT.replace(
        "everyone\n", "everyone\nindex-url = https://x/\n"
    )


def test_an_option_of_many_lines_is_replaced_in_its_place() -> None:
    assert read_option(TEXT, "global", "extra-index-url") == "https://a/ https://b/"
    assert set_option(TEXT, "global", "extra-index-url", "none") == TEXT.replace(
        "extra-index-url =\n    https://a/\n    https://b/\n", "extra-index-url = none\n"
    )


def test_a_section_that_is_not_there_is_made_at_the_end() -> None:
    assert set_option("", "global", "a", "1") == "[global]\na = 1\n"
    assert set_option("[x]\nb = 2\n", "global", "a", "1") == "[x]\nb = 2\n\n[global]\na = 1\n"


def test_options_of_other_sections_are_not_it() -> None:
    assert read_option(TEXT, "global", "index-url") is None
    assert read_option(TEXT, "install", "timeout") is None
    assert read_option(TEXT, "none", "timeout") is None


@pytest.mark.parametrize("line", ["index_url: x", "Index-URL = x", "index-url=x"])
def test_all_spellings_of_an_option_are_known(line: str) -> None:
    text = f"[global]\n{line}\n"

    assert read_option(text, "global", "index-url") == "x"
    assert set_option(text, "global", "index-url", "x") == text


def test_line_ends_of_another_system_stay() -> None:
    assert set_option("[global]\r\n", "global", "a", "1") == "[global]\r\na = 1\r\n"


KEYS = st.sampled_from(["index-url", "timeout", "cert"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["global", "install"]), KEYS, st.from_regex(r"\w+", fullmatch=True)
        )
    )
)
def test_python_reads_what_was_set(options: list[tuple[str, str, str]]) -> None:
    text = ""
    for section, key, value in options:
        text = set_option(text, section, key, value)
    parser = configparser.RawConfigParser()
    parser.read_string(text)

    for section, key, value in {(s, k): (s, k, v) for s, k, v in options}.values():
        assert parser.get(section, key) == value
        assert read_option(text, section, key) == value


@pytest.mark.parametrize("value", ["a\nb = c", "a\rb", "a\u2028b", "\x1b[31m"])
def test_a_value_with_control_characters_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="it has control characters"):
        set_option("", "global", "index-url", value)


@pytest.mark.parametrize("text", ["index-url = x\n", "[global]\nno option\n", "[a]\n[a]\n"])
def test_a_file_that_pip_cannot_read_either_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="invalid INI file"):
        set_option(text, "global", "index-url", "x")
