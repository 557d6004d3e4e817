"""The kinds of stores that are held to the contract: one row for each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Scene:
    """What a row of the contract may use."""

    request: pytest.FixtureRequest
    folder: Path

    @property
    def github(self) -> Emulator:
        emulator: Emulator = self.request.getfixturevalue("github")
        return emulator


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of store under the contract.

    Attributes:
        value: The value of a locator of this kind.
        store: Makes a store.
        site: Makes a site.
        config_file: Makes a configuration.
    """

    value: str
    store: Callable[[Scene], StoreHarness]
    site: Callable[[Scene], SiteHarness]
    config_file: Callable[[Scene], ConfigFileHarness]


ROWS = {
    "memory": Row(
        value="trial",
        store=lambda _: MemoryStoreHarness(),
        site=lambda _: MemorySiteHarness(),
        config_file=lambda _: MemoryConfigFileHarness(),
    ),
    "directory": Row(
        value="./index",
        store=lambda scene: DirectoryStoreHarness(scene.folder / "index"),
        site=lambda scene: DirectorySiteHarness(scene.folder / "index"),
        config_file=lambda scene: DirectoryConfigFileHarness(scene.folder / "index"),
    ),
    "github": Row(
        value="acme/pypi",
        store=lambda scene: GitHubStoreHarness(scene.github),
        site=lambda scene: BranchSiteHarness(scene.github),
        config_file=lambda scene: GitHubConfigFileHarness(scene.github),
    ),
}
"""A row for each kind of store, by its name in the registry."""


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as emulator:
        yield emulator


@pytest.fixture(params=list(ROWS))
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> StoreHarness:
    return ROWS[str(request.param)].store(Scene(request, tmp_path))


@pytest.fixture(params=["memory", "github"])
def freezing(request: pytest.FixtureRequest) -> FileStore:
    """A store whose releases are immutable once published; folders have no such thing."""
    if request.param == "memory":
        return MemoryStore(immutable=True)
    return GitHubStoreHarness(request.getfixturevalue("github")).freezing()


@pytest.fixture(params=list(ROWS))
def config_files(request: pytest.FixtureRequest, tmp_path: Path) -> ConfigFileHarness:
    return ROWS[str(request.param)].config_file(Scene(request, tmp_path))


@pytest.fixture(params=list(ROWS))
def sites(request: pytest.FixtureRequest, tmp_path: Path) -> SiteHarness:
    return ROWS[str(request.param)].site(Scene(request, tmp_path))
