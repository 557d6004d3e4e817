"""The URL of an index of a server follows from its name, and is not changed twice."""

import pytest

from ghpypi.core.clients.server_index import server_index_url
from ghpypi.errors import UsageError

STORE = "https://packages.example.com/acme/pypi/"


@pytest.mark.parametrize(
    ("url", "index", "expected"),
    [
        ("simple/", None, "simple/"),
        ("simple", "", "simple/"),
        ("simple/", "cu128", "cu128/simple/"),
        ("simple/", "nightly/cu128", "nightly/cu128/simple/"),
        ("cu128/simple/", None, "cu128/simple/"),
        ("cu128/simple/", "cu128", "cu128/simple/"),
        ("nightly/cu128/simple", "nightly/cu128", "nightly/cu128/simple/"),
    ],
)
def test_an_index_of_a_store(url: str, index: str | None, expected: str) -> None:
    assert server_index_url(f"{STORE}{url}", index) == f"{STORE}{expected}"
    assert server_index_url(f"{STORE}{expected}", index) == f"{STORE}{expected}"


@pytest.mark.parametrize("name", ["", "wheels/"], ids=["first store", "short name"])
def test_an_index_of_a_store_with_a_short_path(name: str) -> None:
    store = f"https://h.example/{name}"
    named = f"{store}cu128/simple/"

    assert server_index_url(f"{store}simple/", "cu128") == named
    assert server_index_url(named, "cu128") == named
    assert server_index_url(named, None) == named


@pytest.mark.parametrize(
    ("url", "index", "reason"),
    [
        ("rocm6/simple/", "cu128", "is the URL of the index 'rocm6', not of 'cu128'"),
        ("cu128/simple/", "", "is the URL of the index 'cu128', not of 'main'"),
        ("nightly/cu128/simple/", "nightly", "'nightly/cu128', not of 'nightly'"),
        ("cu128/", None, "is not the URL of an index"),
    ],
)
def test_the_url_of_another_index_is_refused(url: str, index: str | None, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        server_index_url(f"{STORE}{url}", index)
