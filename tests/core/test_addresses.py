"""Texts that may become a URL or a path, and the origin of a URL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.addresses import REPOSITORY, is_plain_path, is_web_address, origin_of


@pytest.mark.parametrize(
    "text",
    ["https://acme.example", "http://127.0.0.1:8000/a%20b?c#d", "https://acme.example/é/"],
)
def test_an_absolute_url_is_a_web_address(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "files/x",
        "//acme.example/",
        "ftp://acme.example/",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://me:secret@acme.example/",
        "https://evil\\@acme.example/",
        "https://acme.example/\\x",
        "https://acme.example/ x",
        "https://acme.example/\nextra-index-url = https://evil.example/",
        "https://acme.example/\x7f",
        " https://acme.example/",
        "https://acme.example/\n",
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_web_address(text)


@pytest.mark.parametrize("text", ["a", "a/b.c", "..a/...", "a b/é+@", "%2e%2e/a"])
def test_a_plain_path_names_something_below_a_folder(text: str) -> None:
    assert is_plain_path(text)


@pytest.mark.parametrize(
    "text", ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\nb", "a\x00b"]
)
def test_what_could_leave_the_folder_is_no_plain_path(text: str) -> None:
    assert not is_plain_path(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("acme/pypi", True),
        ("acme/.github", True),
        ("a-b/c_d.e-f", True),
        ("acme/..", False),
        ("acme/.", False),
        ("acme", False),
        ("acme/a/b", False),
        ("/srv/index", False),
        ("acme/a b", False),
        ("acme/pypi\n", False),
    ],
)
def test_a_repository_has_an_owner_and_a_name(text: str, *, is_one: bool) -> None:
    assert bool(REPOSITORY.fullmatch(text)) is is_one


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Packages.Example.com/simple/", "https://packages.example.com"),
        ("https://packages.example.com:443", "https://packages.example.com"),
        ("https://packages.example.com.:8443/", "https://packages.example.com:8443"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:8080/simple/", "http://[::1]:8080"),
        ("https://__token__@xn--bcher-kva.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(address: str, origin: str) -> None:
    assert origin_of(address) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "address",
    [
        "",
        "packages.example.com",
        "//packages.example.com/",
        "ftp://packages.example.com/",
        "https://",
        "https://.example.com/",
        "https://a..b/",
        "https://a:0/",
        "https://a:65536/",
        "https://a:b/",
        "https://me:secret@a/",
        "https://a\\@b/",
        "https://a/\\b",
        "https://a\n/",
        "https://a/\x7f",
        "https://bücher.example/",
        "https://[::1/",
        "https://[::1]x/",
    ],
)
def test_what_programs_may_read_differently_has_none(address: str) -> None:
    assert origin_of(address) == ""


@given(st.text(st.sampled_from("\\@/:?#[].-a1 \t\né"), max_size=12))
def test_the_host_of_an_origin_is_the_only_one_in_the_address(middle: str) -> None:
    origin = origin_of(f"https://evil.example{middle}good.example/")

    # What precedes "@" is a user name.
    assert origin == "" or "evil.example" in origin or "@" in middle
