"""The first run of a large repository: interrupted, ended by its time, and finished.

`GHPYPI_FIRST_RUN_ASSETS` sets how many assets there are; then the index is published to a branch,
and otherwise to a site in memory.
"""

import os
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest

from ghpypi.jobs.index.budget import Batch
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import Site
from ghpypi.stores.memory import MemorySite
from tests.emulator.release import Release
from tests.stores.github.scene import SETTINGS, Scene
from tests.support.packages import wheel
from tests.support.reporters import MemoryReporter

WANTED = os.environ.get("GHPYPI_FIRST_RUN_ASSETS")
ASSETS = int(WANTED or "240")
IN_RELEASE = min(1000, ASSETS // 4)
"""GitHub's limit is 1000 assets in a release."""


class Interrupting(MemoryReporter):
    """Interrupts a run after it has published two batches, as a signal does."""

    def step(self, text: str) -> None:
        super().step(text)
        if sum(each.startswith("published what was read") for each in self.steps) == 2:
            raise KeyboardInterrupt


def fill(scene: Scene) -> None:
    """Fill the repository with wheels of some projects, half of them without a digest."""
    release: Release | None = None
    for number in range(ASSETS):
        if release is None or number % IN_RELEASE == 0:
            release = scene.repository.add_release(f"v{number}")
        built = wheel(f"acme_{number % 7}", f"1.{number}")
        release.add_asset(*built, digest=bool(number % 2))


@pytest.fixture
def site(scene: Scene) -> Site:
    return scene.connect().site("gh-pages") if WANTED else MemorySite({})


def index(
    scene: Scene, site: Site, options: IndexOptions, reporter: MemoryReporter | None = None
) -> IndexReport:
    store = scene.connect().store()
    return build_index(store, site, SETTINGS, reporter or MemoryReporter(), options)


@pytest.mark.timeout(7200)
def test_a_first_run_that_is_interrupted_three_times_reads_no_file_twice(
    scene: Scene, site: Site
) -> None:
    fill(scene)
    ticks = count()
    options = IndexOptions(batch=Batch(files=ASSETS // 16), clock=lambda: float(next(ticks)))
    with pytest.raises(KeyboardInterrupt):
        index(scene, site, options, Interrupting())
    timed = index(scene, site, replace(options, max_seconds=ASSETS / 4))
    with pytest.raises(KeyboardInterrupt):
        index(scene, site, options, Interrupting())
    last = index(scene, site, options)

    assert 0 < timed.files < ASSETS
    assert timed.remaining == ASSETS - timed.files
    assert (last.files, last.remaining) == (ASSETS, 0)
    assert len(downloads(scene)) == ASSETS
    assert set(downloads(scene).values()) == {1}
    assert index(scene, site, options).read == 0


def downloads(scene: Scene) -> Counter[str]:
    """Count how often each asset was requested, as a whole or in a part."""
    return Counter(each.path for each in scene.github.requests_to("cdn"))
