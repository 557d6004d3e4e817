"""The stores and sites that are held to the contract: one line for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ghpypi.ports import FileStore
from ghpypi.stores.memory import MemoryStore
from tests.contract.github import BranchSiteHarness, GitHubConfigFileHarness, GitHubStoreHarness
from tests.contract.harness import (
    ConfigFileHarness,
    DirectoryConfigFileHarness,
    DirectorySiteHarness,
    DirectoryStoreHarness,
    MemoryConfigFileHarness,
    MemorySiteHarness,
    MemoryStoreHarness,
    SiteHarness,
    StoreHarness,
)
from tests.emulator import Emulator

STORES: dict[str, Callable[[pytest.FixtureRequest, Path], StoreHarness]] = {
    "memory": lambda _, __: MemoryStoreHarness(),
    "directory": lambda _, folder: DirectoryStoreHarness(folder / "index"),
    "github": lambda request, _: GitHubStoreHarness(request.getfixturevalue("github")),
}
SITES: dict[str, Callable[[pytest.FixtureRequest, Path], SiteHarness]] = {
    "memory": lambda _, __: MemorySiteHarness(),
    "directory": lambda _, folder: DirectorySiteHarness(folder / "index"),
    "gh-pages": lambda request, _: BranchSiteHarness(request.getfixturevalue("github")),
}


CONFIG_FILES: dict[str, Callable[[pytest.FixtureRequest, Path], ConfigFileHarness]] = {
    "memory": lambda _, __: MemoryConfigFileHarness(),
    "directory": lambda _, folder: DirectoryConfigFileHarness(folder / "index"),
    "github": lambda request, _: GitHubConfigFileHarness(request.getfixturevalue("github")),
}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as emulator:
        yield emulator


@pytest.fixture(params=list(STORES))
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> StoreHarness:
    return STORES[str(request.param)](request, tmp_path)


@pytest.fixture(params=["memory", "github"])
def freezing(request: pytest.FixtureRequest) -> FileStore:
    """A store whose releases are immutable once published; folders have no such thing."""
    if request.param == "memory":
        return MemoryStore(immutable=True)
    return GitHubStoreHarness(request.getfixturevalue("github")).freezing()


@pytest.fixture(params=list(CONFIG_FILES))
def config_files(request: pytest.FixtureRequest, tmp_path: Path) -> ConfigFileHarness:
    return CONFIG_FILES[str(request.param)](request, tmp_path)


@pytest.fixture(params=list(SITES))
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> SiteHarness:
    return SITES[str(request.param)](request, tmp_path)
