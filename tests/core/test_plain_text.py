"""No token, no control character and no command in what is written."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.plain_text import masked, plain, plain_json

DIGITS = "0123456789" * 9
HEX = "0123456789abcdef" * 2 + "01234567"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

TOKENS = {
    "classic": f"ghp_{DIGITS[:36]}",
    "OAuth": f"gho_{DIGITS[:36]}",
    "user of an app": f"ghu_{DIGITS[:36]}",
    "app": f"ghs_{DIGITS[:36]}",
    "app, as JWT": f"ghs_12345_{JWT}",
    "refresh": f"ghr_{DIGITS[:76]}",
    "fine-grained": f"github_pat_{DIGITS[:22]}_{DIGITS[:59]}",
    "app before 2021": f"v1.{HEX}",
    "upload": f"ghpypi-upload-{JWT}",
    "PyPI": f"pypi-{DIGITS}",
    "OIDC": JWT,
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize("frame", ["{}", "token {} given", "https://x/{}/y", "a={}&b", '"{}"'])
def test_tokens_are_recognized_by_their_form(token: str, frame: str) -> None:
    shown = masked(frame.format(token))

    assert shown == frame.format("***")


@pytest.mark.parametrize(
    "text",
    [
        "ghp_import-2.1.0-py3-none-any.whl",
        HEX,
        f"started at commit {HEX}",
        f"sha256:{HEX}{HEX[:24]}",
        "v1.2.3",
        "https://__token__@packages.example.com/simple/",
        "git@github.com:acme/pypi.git",
        "ssh://git@github.com/acme/pypi",
        "https://packages.example.com:8443/a@b",
        "https://packages.example.com/?format=json&significant=1",
        "eyJ",
    ],
)
def test_what_is_no_token_is_shown(text: str) -> None:
    assert masked(text) == text


def test_forty_digits_are_a_token_where_no_commit_can_be_meant() -> None:
    assert masked(f"/simple/{HEX}/", hex_tokens=True) == "/simple/***/"
    assert masked(f"{HEX}0", hex_tokens=True) == f"{HEX}0"


def test_a_secret_that_is_known_is_hidden_whatever_its_form() -> None:
    assert masked(f"it was {HEX}, or hunter22", [HEX, "hunter22"]) == "it was ***, or ***"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@host/x", "https://***@host/x"),
        ("https://:secret@host/x", "https://***@host/x"),
        ("https://" + TOKENS["classic"] + "@host/x", "https://***@host/x"),
        (f"https://{HEX}@host/x", "https://***@host/x"),
        ("https://host/x?a=1&sig=abc%2F&b=2", "https://host/x?a=1&sig=***&b=2"),
        ("https://host/x?X-Amz-Signature=abc", "https://host/x?X-Amz-Signature=***"),
        ("https://" + TOKENS["classic"] + ":x-oauth-basic@host/x", "https://***@host/x"),
    ],
)
def test_the_password_of_an_address_is_hidden(url: str, shown: str) -> None:
    assert masked(f"cannot read {url}") == f"cannot read {shown}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred\x07", r"a\x1b[31mred\x07"),
        ("a\rb\tc\x00", r"a\x0db\x09c\x00"),
        ("C1 \x9b31m", r"C1 \x9b31m"),
        ("a\u202egpj.exe", r"a\u202egpj.exe"),
        ("a\u2028b", r"a\u2028b"),
        ("\udcff", r"\udcff"),
        ("one\ntwo", "one\ntwo"),
        ("::add-mask::x", r"\x3a:add-mask::x"),
        ("x\n \t::set-output name=a::b", "x\n " + r"\x09::set-output name=a::b"),
        ("x\n  ::stop-commands::t", "x\n  " + r"\x3a:stop-commands::t"),
        ("a ##[add-mask]x", r"a #\x23[add-mask]x"),
        ("a::b ::c", "a::b ::c"),
        ("Grüße, 日本", "Grüße, 日本"),
    ],
)
def test_a_text_has_no_power_over_who_shows_it(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text() | st.text(st.sampled_from(":#[]\n\r\t \x1b\x9b\x85\u2028a"), max_size=20))
def test_no_text_is_a_command(text: str) -> None:
    shown = plain(text)

    # As the runner reads it: lines end at CR and LF.
    assert not [x for x in re.split(r"[\r\n]", shown) if x.strip().startswith("::")]
    assert "##[" not in shown
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert plain(shown) == shown


@given(st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_document_means_the_same(document: dict[str, str]) -> None:
    shown = plain_json(json.dumps(document, indent=2, ensure_ascii=False))

    assert json.loads(shown) == document
    assert "##[" not in shown
    assert all(each.isprintable() or each == "\n" for each in shown)


def test_a_document_stays_one_without_its_tokens() -> None:
    document = {f"https://a:{TOKENS['OIDC']}": TOKENS["classic"], "x": ['p://q:"r', "s@t"]}
    shown = plain_json(json.dumps(document))

    assert json.loads(shown) == {"https://a:***": "***", "x": ['p://q:"r', "s@t"]}
