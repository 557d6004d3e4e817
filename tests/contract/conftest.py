"""The kinds of stores that are held to the contract: one row for each."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.ports import FileStore
from ghpypi.stores.memory import MemoryStore
from ghpypi.stores.objects.client import BucketClient
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
from tests.contract.objects import (
    BucketConfigFileHarness,
    BucketSiteHarness,
    BucketStoreHarness,
    bucket_in_folder,
    bucket_in_memory,
    bucket_of,
    container_of,
)
from tests.e2e.conftest import kept
from tests.emulator import Emulator
from tests.support.azurite import Azurite, azurite_server
from tests.support.moto_server import MotoServer, moto_server

ALL = os.environ.get("GHPYPI_OBJECT_STORES") == "all"


@dataclass(frozen=True)
class Scene:
    """What a row of the contract may use."""

    request: pytest.FixtureRequest
    folder: Path

    @property
    def github(self) -> Emulator:
        emulator: Emulator = self.request.getfixturevalue("github")
        return emulator

    @property
    def bucket(self) -> BucketClient:
        """A bucket in memory, or of moto's S3 if the environment says so."""
        if not ALL:
            return bucket_in_memory()
        server: MotoServer = self.request.getfixturevalue("moto")
        return bucket_of(server)

    @property
    def container(self) -> BucketClient:
        """A container in a folder, or of Azurite if the environment says so."""
        if not ALL:
            return bucket_in_folder(self.folder / "az")
        server: Azurite = self.request.getfixturevalue("azurite")
        return container_of(server)


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
    "s3": Row(
        value="bucket/prefix",
        store=lambda scene: BucketStoreHarness(scene.bucket),
        site=lambda scene: BucketSiteHarness(scene.bucket),
        config_file=lambda scene: BucketConfigFileHarness(scene.bucket),
    ),
    "az": Row(
        value="container/prefix",
        store=lambda scene: BucketStoreHarness(scene.container),
        site=lambda scene: BucketSiteHarness(scene.container),
        config_file=lambda scene: BucketConfigFileHarness(scene.container),
    ),
}
"""A row for each kind of store, by its name in the registry."""

SAME = {"gs": "s3"}
"""Kinds that the row of another one covers: both are a bucket of obstore.

No package of PyPI, npm or Debian has the XML API of Google Cloud Storage that obstore uses:
gcp-storage-emulator lacks its listings, fake-gcs-server its uploads.
"""


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    with moto_server(tmp_path_factory.mktemp("moto") / "log.txt") as server:
        yield server


@pytest.fixture(scope="session")
def azurite(request: pytest.FixtureRequest) -> Iterator[Azurite]:
    with azurite_server(kept(request.config, "client-tools")) as server:
        yield server


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
