import pytest

from ghpypi.stores.github.upload import asset_name
from tests.emulator.names import stored_name


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("acme_lib-1.0-py3-none-any.whl", "acme_lib-1.0-py3-none-any.whl"),
        ("acme_lib-1.0+cu128.g1_2-py3-none-any.whl", "acme_lib-1.0+cu128.g1_2-py3-none-any.whl"),
        ("acme@home.txt", "acme@home.txt"),
        ("acme-1!2.0.tar.gz", "acme-1.2.0.tar.gz"),
        ("acme 1.0 (final).zip", "acme.1.0.final.zip"),
        ("acme~1:2*3.txt", "acme.1.2.3.txt"),
        ("acme...txt", "acme.txt"),
        ("..acme..", "default.acme"),
        (".txt", "default.txt"),
        ("café.txt", "cafe.txt"),
        ("Łódź.txt", "odz.txt"),
        ("名前.txt", "default.txt"),
        ("acme/lib.txt", "acme.lib.txt"),
        ("LICENSE", "LICENSE"),
        ("LICENSE.", "default.LICENSE"),
        ("Hello, दुनिया", "default.Hello"),
        ("", ""),
    ],
)
def test_only_harmless_characters_survive(name: str, stored: str) -> None:
    assert asset_name(name) == stored


@pytest.mark.parametrize(
    "name",
    [
        "acme_lib-1.0+cu128-py3-none-any.whl",
        "acme-1!2.0.tar.gz",
        "acme 1.0 (final).zip",
        ".hidden",
        ".tar.gz",
        "a..b.txt",
        "naïve-1.0.tar.gz",
        "trailing.",
        "-_+@.txt",
    ],
)
def test_the_emulator_stores_the_computed_name(name: str) -> None:
    assert stored_name(name) == asset_name(name)


def test_a_name_that_was_changed_once_is_changed_no_more() -> None:
    for name in ("acme-1!2.0.tar.gz", ".txt", "..acme..", "名前.txt"):
        once = asset_name(name)

        assert asset_name(once) == once
