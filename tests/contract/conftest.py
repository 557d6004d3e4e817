"""The stores and sites that are held to the contract: one line for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.github import BranchSiteHarness, GitHubStoreHarness
from tests.contract.harness import (
    DirectorySiteHarness,
    DirectoryStoreHarness,
    MemorySiteHarness,
    MemoryStoreHarness,
    SiteHarness,
    StoreHarness,
)
from tests.emulator import Emulator

STORES: dict[str, Callable[[Path, Emulator], StoreHarness]] = {
    "memory": lambda _, __: MemoryStoreHarness(),
    "directory": lambda folder, _: DirectoryStoreHarness(folder / "index"),
    "github": lambda _, github: GitHubStoreHarness(github),
}
SITES: dict[str, Callable[[Path, Emulator], SiteHarness]] = {
    "memory": lambda _, __: MemorySiteHarness(),
    "directory": lambda folder, _: DirectorySiteHarness(folder / "index"),
    "gh-pages": lambda _, github: BranchSiteHarness(github),
}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as emulator:
        yield emulator


@pytest.fixture(params=list(STORES))
def stores(request: pytest.FixtureRequest, tmp_path: Path, github: Emulator) -> StoreHarness:
    return STORES[str(request.param)](tmp_path, github)


@pytest.fixture(params=list(SITES))
def sites(request: pytest.FixtureRequest, tmp_path: Path, github: Emulator) -> SiteHarness:
    return SITES[str(request.param)](tmp_path, github)
