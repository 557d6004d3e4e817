"""Texts that may become an address or a path."""

import pytest

from ghpypi.core.addresses import REPOSITORY, is_plain_path, is_web_address


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
