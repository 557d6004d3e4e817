"""A private repository: its files are read through the API, and the token stays there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.core.digest import digest_of
from tests.e2e.conftest import signed_in
from tests.e2e.index_content import SAMPLES
from tests.e2e.installers import Installer, Place
from tests.e2e.real_input import Input
from tests.e2e.served import Ghpypi, secrets_in
from tests.emulator import Emulator
from tests.support.packages import written

STORE = "acme/secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """A private repository with something in it, not indexed yet.

    Attributes:
        github: GitHub.
        token: Of the one who publishes.
        ghpypi: The command line, signed in.
    """

    github: Emulator
    token: str
    ghpypi: Ghpypi


@pytest.fixture
def private(real: Input, tmp_path: Path) -> Iterator[Private]:
    few = [real.path(pin) for pin in real.pins if pin.project in {"jinja2", "six", "zope-event"}]
    with Emulator(tmp_path) as github:
        github.add_organization("acme", base_permission="none")
        github.add_user("publisher")
        github.add_user("stranger")
        token = github.add_token("publisher")
        github.add_repository(STORE, private=True).grant("publisher", "write")
        ghpypi = signed_in(github, token, tmp_path)
        ghpypi.do("upload", *few, *written(tmp_path / "dist", *SAMPLES), "--store", STORE)
        github.clear_log()
        yield Private(github=github, token=token, ghpypi=ghpypi)


def test_indexing_reads_the_metadata_of_wheels_by_ranges_through_the_api(
    private: Private,
) -> None:
    printed = private.ghpypi.do("index", "--store", STORE)

    assert "7 projects, 17 files" in printed
    assert private.github.requests_to("web") == []
    fetched = private.github.requests_to("cdn")
    whole = {
        each.query["rscd"].partition("filename=")[2]
        for each in fetched
        if "range" not in {name.lower() for name in each.headers}
    }
    assert {"Jinja2-3.1.2.tar.gz", "jinja2-3.1.6.tar.gz"} <= whole
    assert not [name for name in whole if name.endswith((".whl", ".metadata"))]


def test_the_token_never_leaves_the_api_and_git(private: Private) -> None:
    private.ghpypi.do("index", "--store", STORE)

    requests = private.github.requests
    told = {each.origin for each in requests if secrets_in(each, private.token)}
    assert told == {"api", "git"}
    assert [each for each in requests if each.origin == "cdn"]


def test_a_wheel_without_sidecar_is_read_without_the_token_leaving(
    private: Private, real: Input
) -> None:
    wheel = next(path for path in real.paths if path.name.startswith("psutil"))
    release = private.github.repository(STORE).add_release("by-hand")
    release.add_asset(wheel.name, wheel.read_bytes())

    private.ghpypi.do("index", "--store", STORE)

    assert wheel.name in private.ghpypi.do("show", "psutil", "--store", STORE)
    told = {x.origin for x in private.github.requests if secrets_in(x, private.token)}
    assert told == {"api", "git"}


def test_the_pages_carry_the_hashes_of_the_files(private: Private, real: Input) -> None:
    private.ghpypi.do("index", "--store", STORE)

    page = private.github.repository(STORE).read_file("gh-pages", "simple/six/index.html")
    assert page is not None
    text = page.decode()
    for path in real.paths:
        assert (digest_of(path.read_bytes()) in text) is path.name.startswith("six-")


def test_installers_cannot_have_private_files_without_a_proxy(
    private: Private, installer: Installer, place: Place
) -> None:
    private.ghpypi.do("index", "--store", STORE)

    done = installer.install(place, f"{private.github.pages_url}/{STORE}/simple/", "six")

    assert done.returncode != 0
    assert "Not Found" in done.stderr
    assert f"/{STORE}/releases/download/six-1.17.0/" in done.stderr
    assert place.installed() == {}


def test_a_user_without_rights_gets_an_error(private: Private, tmp_path: Path) -> None:
    stranger = signed_in(private.github, private.github.add_token("stranger"), tmp_path)

    done = stranger("index", "--store", STORE)

    assert done.returncode == 5
    assert STORE in done.stderr
