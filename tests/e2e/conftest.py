"""The two indexes that hold the real input, made once in each worker, and fresh places to install.

Making one takes seconds; tests only read them.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e import real_input
from tests.e2e.index_content import CONFIG, EARLY, SAMPLES, Offer, offer
from tests.e2e.installers import Installer, Pip, Place, Uv
from tests.e2e.real_input import Input
from tests.e2e.served import STORE, DirectoryServed, Ghpypi, GitHubServed, Served
from tests.emulator import Emulator
from tests.support.folder_server import serving
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import written

DAYS = 86_400.0
SLOW_CLIENTS = {"pip", "poetry", "pdm", "hatch", "flit"}
"""Clients that take several times as long as uv and twine. All are tried with GitHub, and these
with a folder at night only."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)
            names = _parameters(item)
            if "in_directory" in names and names & SLOW_CLIENTS:
                item.add_marker(pytest.mark.nightly)


def _parameters(item: pytest.Item) -> set[str]:
    """Name the index and the client of a test."""
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return {str(getattr(value, "name", value)) for value in values}


@pytest.fixture(scope="session")
def download_cache(request: pytest.FixtureRequest) -> Path:
    return kept(request.config, "real-input")


@pytest.fixture(scope="session")
def client_tools(request: pytest.FixtureRequest) -> Path:
    """Where real clients are kept from one run of the tests to the next."""
    return kept(request.config, "client-tools")


@pytest.fixture(scope="session")
def real(download_cache: Path) -> Input:
    pins = real_input.read("real-input.txt")
    real_input.fetch(pins, download_cache)
    return Input(pins=pins, folder=download_cache)


@pytest.fixture(scope="session")
def offered(real: Input) -> Offer:
    return offer(real.pins)


@pytest.fixture(scope="session")
def odd(download_cache: Path) -> Input:
    pins = real_input.read("odd-input.txt")
    real_input.fetch(pins, download_cache)
    return Input(pins=pins, folder=download_cache)


@pytest.fixture(scope="session")
def on_github(real: Input, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubServed]:
    folder = tmp_path_factory.mktemp("on-github")
    with Emulator(folder) as github:
        github.add_organization("acme")
        github.add_user("publisher")
        token = github.add_token("publisher")
        repository = github.add_repository(STORE)
        repository.grant("publisher", "write")
        url = f"{github.pages_url}/{STORE}/"
        repository.commit_files({"ghpypi.toml": f'[index]\nurl = "{url}"\n{CONFIG}'})
        add_index_workflow(repository)
        ghpypi = signed_in(github, token, folder)
        ghpypi.do("upload", *written(folder / "early", *EARLY), "--store", STORE)
        github.advance(1.5 * DAYS)
        between = moment(github.clock.time())
        github.advance(1.5 * DAYS)
        samples = written(folder / "dist", *SAMPLES)
        ghpypi.do("upload", *real.paths, *samples, "--store", STORE)
        ghpypi.do("index", "--store", STORE)
        publishing = github.requests
        yield GitHubServed(
            emulator=github, token=token, ghpypi=ghpypi, between=between, publishing=publishing
        )


@pytest.fixture(scope="session")
def in_directory(
    real: Input, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DirectoryServed]:
    folder = tmp_path_factory.mktemp("in-directory")
    store = folder / "index"
    store.mkdir()
    (store / "ghpypi.toml").write_text(CONFIG, encoding="utf-8")
    ghpypi = Ghpypi(home=folder, environment={})
    early = written(folder / "early", *EARLY)
    ghpypi.do("upload", *early, "--store", store, "--no-rebuild")
    long_ago = time.time() - 3 * DAYS
    for path in store.glob("files/*/*"):
        os.utime(path, (long_ago, long_ago))
    ghpypi.do("upload", *real.paths, *written(folder / "dist", *SAMPLES), "--store", store)
    with serving(store) as server:
        yield DirectoryServed(
            server=server, ghpypi=ghpypi, store=store, between=moment(long_ago + 1.5 * DAYS)
        )


@pytest.fixture(params=["on_github", "in_directory"])
def served(request: pytest.FixtureRequest) -> Served:
    found: Served = request.getfixturevalue(request.param)
    found.forget()
    return found


@pytest.fixture(params=[Pip(), Uv()], ids=lambda each: each.name)
def installer(request: pytest.FixtureRequest) -> Installer:
    found: Installer = request.param
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.make(tmp_path)


def kept(config: pytest.Config, name: str) -> Path:
    """Make a folder that is kept with the cache of pytest."""
    cache: pytest.Cache | None = config.cache

    assert cache is not None

    return cache.mkdir(name)


def signed_in(github: Emulator, token: str, home: Path) -> Ghpypi:
    environment = {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_SERVER_URL": github.server_url,
        "GHPYPI_TOKEN": token,
    }
    return Ghpypi(home=home, environment=environment)


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
