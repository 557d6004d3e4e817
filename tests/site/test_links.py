"""Which links of a project are verified."""

import pytest

from ghpypi.core.provenance import Signer
from ghpypi.core.site.links import BUILT, HOLDS, Link, checked_links
from tests.site.gallery import file

SERVER = "https://github.com"
WHEEL = file("acme-1.0-py3-none-any.whl", "2026-01-01")  # in a release of acme/pypi
SDIST = file("acme-1.0.tar.gz", "2026-01-01")


def signed(*, verified: bool) -> str:
    signer = Signer(verified=verified, identity="https://x", repository="acme/Lib")
    return signer.dump()


def proof(url: str, *files: object, server: str | None = SERVER) -> str:
    (link,) = checked_links([("Source", url)], files or (WHEEL, SDIST), server)  # type: ignore[arg-type]
    return link.proof


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/pypi",
        "https://github.com/Acme/PyPI/",
        "https://github.com/acme/pypi.git",
        "https://GitHub.com/acme/pypi/issues?q=1#x",
    ],
)
def test_the_repository_that_holds_the_files_is_verified(url: str) -> None:
    assert proof(url) == HOLDS


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/acme/pypi",
        "https://github.com/acme",
        "https://github.com/acme/pypi2",
        "https://github.com.evil.example/acme/pypi",
        "https://github.com@evil.example/acme/pypi",
        "https://github.com:444/acme/pypi",
        "https://github.com\\@evil.example/acme/pypi",
        "https://github.com/acme/pypi/../../evil/lib",
        "https://github.com/acme/pypi/%2e%2E/%2e%2e/evil/lib",
        "https://github.com/acme/pypi\\..\\..\\evil\\lib",
        "https://github.com//acme/pypi",
        "https://evil.example/?https://github.com/acme/pypi",
        "mailto:acme/pypi@github.com",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    assert proof(url) == ""


def test_every_file_must_be_in_the_repository() -> None:
    other = SDIST._replace(
        url="https://github.com/evil/lib/releases/download/v1/x", origin="evil/lib"
    )

    assert proof("https://github.com/acme/pypi", WHEEL, other) == ""
    assert proof("https://github.com/evil/lib", WHEEL, other) == ""


@pytest.mark.parametrize(
    ("verified", "expected"), [(True, BUILT), (False, "")], ids=["verified", "not verified"]
)
def test_the_repository_that_signed_all_files_is_verified(verified: bool, expected: str) -> None:
    one, two = (x._replace(signer=signed(verified=verified)) for x in (WHEEL, SDIST))

    assert proof("https://github.com/acme/lib", one, two) == expected
    assert proof("https://github.com/acme/lib", one, SDIST) == ""


def test_nothing_is_known_of_files_in_a_folder() -> None:
    own = WHEEL._replace(url="files/v1/x.whl", origin="")

    assert proof("https://github.com/acme/pypi", own) == ""
    assert proof("", own) == ""


def test_copied_files_are_still_those_of_their_repository() -> None:
    copied = WHEEL._replace(url="files/v1/x.whl")

    assert proof("https://github.com/acme/pypi", copied) == HOLDS
    assert proof("https://github.com/acme/pypi", copied, server=None) == ""
    assert proof("https://ghes.example/acme/pypi", copied, server="https://ghes.example") == HOLDS


def test_verified_links_come_first() -> None:
    links = [("Docs", "https://acme.example/"), ("Source", "https://github.com/acme/pypi")]

    assert checked_links(links, [WHEEL], SERVER) == (
        Link("Source", "https://github.com/acme/pypi", HOLDS),
        Link("Docs", "https://acme.example/"),
    )
