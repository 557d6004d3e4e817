"""The origin of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.origin import origin_of


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
