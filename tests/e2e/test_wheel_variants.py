"""uv chooses the wheel of the variant that fits the machine (PEP 825 and 850, drafts)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.e2e.installers import Place, Uv, bare_environment
from tests.e2e.proxy import proxy
from tests.support.folder_server import serving
from tests.support.packages import publish_files
from tests.support.reporters import MemoryReporter
from tests.support.variant_wheels import CUDA_12, CUDA_13, variant_wheel

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Place):
    """A place that uv takes for a machine with an NVIDIA driver."""

    driver: str = ""

    def environment(self) -> dict[str, str]:
        forced = {"NV_VARIANT_PROVIDER_FORCE_CUDA_DRIVER_VERSION": self.driver}
        return {**Place.environment(self), **(forced if self.driver else {})}


@contextmanager
def static(store: Path) -> Iterator[str]:
    """A server of files alone."""
    with serving(store) as server:
        yield f"{server.address}simple/"


@contextmanager
def served(store: Path) -> Iterator[str]:
    """`ghpypi serve`."""
    with proxy(bare_environment(store.parent), store) as server:
        yield f"{server.root}simple/"


@pytest.mark.parametrize("server", [static, served])
def test_uv_chooses_the_variant_that_the_driver_can_run(
    tmp_path: Path, server: Callable[[Path], AbstractContextManager[str]]
) -> None:
    store = DirectoryStore(tmp_path / "store")
    publish_files(store, [variant_wheel("null", {}), variant_wheel("cu12", CUDA_12)], "one")
    publish_files(store, [variant_wheel("cu13", CUDA_13)], "two")
    settings = SiteSettings(config=Config(), address="https://acme.example/pypi/")
    site = DirectorySite(tmp_path / "store")
    build_index(store, site, settings, MemoryReporter(), IndexOptions())
    chosen = []
    with server(tmp_path / "store") as index:
        for driver in ("", "12.8", "13.1"):
            place = Machine(root=Place.make(tmp_path).root, driver=driver)
            options = ("--preview-features", "wheel-variants", "acme-kern")
            done = Uv().install(place, index, *options)
            assert done.returncode == 0, done.stderr
            chosen.append(place.run("import acme_kern; print(acme_kern.LABEL)"))

    assert chosen == ["null", "cu12", "cu13"]
