"""Ten publishers at once, in turns that follow from a seed, with and without conditional writes."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import SilentReporter
from ghpypi.stores.objects.client import BucketClient, Conditions
from ghpypi.stores.objects.keys import LOCK
from ghpypi.stores.objects.lease import LEASE_SECONDS, LeaseLock
from ghpypi.stores.objects.site import BucketSite
from ghpypi.stores.objects.store import BucketStore
from tests.support.catalogs import published
from tests.support.failing_store import FailingStore
from tests.support.packages import Built, publish_files, sdist, sidecar_of, wheel
from tests.support.schedule import Schedule

PUBLISHERS = 10
LATENCY = 0.3
"""Time of a request at most, in seconds of the schedule."""

STALL = 4 * LEASE_SECONDS
ROUNDS = int(os.environ.get("GHPYPI_STRESS_ROUNDS", "1"))
COMMON = sdist("acme_lib", "1.0")
WHEELS = [(f"acme_lib-1.0-{n}-py3-none-any.whl", wheel("acme_lib")[1]) for n in range(PUBLISHERS)]
SETTINGS = SiteSettings(config=Config.parse("[site]\npages = false\n"), address="", store="s3://x")


class SlowStore(FailingStore):
    """A store whose requests take time, and that may ignore conditions."""

    def __init__(self, schedule: Schedule, *, careless: bool) -> None:
        super().__init__()
        self._schedule = schedule
        self.careless = careless

    def put(self, path: str, file: Any, *, mode: Any = "overwrite", **more: Any) -> Any:
        return super().put(path, file, mode="overwrite" if self.careless else mode, **more)

    def _begun(self, function: str, key: str, *, conditional: bool = False) -> Any:
        self._schedule.sleep(self._schedule.chance.uniform(0, LATENCY))
        return super()._begun(function, key, conditional=conditional)


def client_of(store: SlowStore) -> BucketClient:
    """Return a client as each process has it: endpoints of others than Amazon are tried first."""
    return BucketClient(
        name="s3://bucket", store=store, conditions=Conditions(checked=not store.careless)
    )


def index(store: SlowStore, schedule: Schedule) -> None:
    """Publish the index."""
    client = client_of(store)
    lock = LeaseLock(client, sleep=schedule.sleep, now=schedule.now)
    site, files = BucketSite(client, lock=lock), BucketStore(client, sleep=schedule.sleep)
    build_index(files, site, SETTINGS, SilentReporter(), IndexOptions(parallel=1))


def publisher(store: SlowStore, schedule: Schedule, built: Built) -> Callable[[], None]:
    """Return what uploads a wheel and a common file, and publishes the index."""

    def publish() -> None:
        files = BucketStore(client_of(store), sleep=schedule.sleep)
        publish_files(files, [sidecar_of(built), built, COMMON])
        index(store, schedule)

    return publish


def offered(store: FailingStore) -> set[str]:
    """Return the files that the index offers; all of its pages have to be of the same state."""
    pages = {key: body for key, (body, _) in store.content().items()}
    (project,) = (entry.project for entry in published(pages).entries())
    names = {file.filename for file in project.files}
    page = json.loads(pages["simple/acme-lib/index.json"])

    assert {file["filename"] for file in page["files"]} == names
    assert LOCK not in pages

    return names


each_endpoint = pytest.mark.parametrize(
    "careless", [False, True], ids=["conditions", "no conditions"]
)


@each_endpoint
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_is_lost(seed: int, careless: bool) -> None:
    schedule = Schedule(seed)
    store = SlowStore(schedule, careless=careless)
    schedule.run([publisher(store, schedule, built) for built in WHEELS])

    assert offered(store) == {name for name, _ in (*WHEELS, COMMON)}


class StallingStore(SlowStore):
    """A store at which the first write of the catalog takes so long that the lease ends."""

    stalled = False

    def put(self, path: str, file: Any, **more: Any) -> Any:
        if path == CATALOG_PATH and not self.stalled:
            self.stalled = True
            self._schedule.sleep(STALL)
        return super().put(path, file, **more)


def later(schedule: Schedule, task: Callable[[], None]) -> Callable[[], None]:
    """Return a task that begins after the first one has listed the files."""

    def delayed() -> None:
        schedule.sleep(STALL / 4)
        task()

    return delayed


@each_endpoint
def test_a_run_that_has_lost_its_lease_loses_no_file(careless: bool) -> None:
    schedule = Schedule(0)
    store = StallingStore(schedule, careless=careless)
    first, *others = (publisher(store, schedule, built) for built in WHEELS[:3])
    schedule.run([first, *(later(schedule, other) for other in others)])
    if careless:
        # The old catalog has replaced the new one; each run compares it with the files.
        index(store, schedule)

    assert schedule.now() > STALL
    assert offered(store) == {name for name, _ in (*WHEELS[:3], COMMON)}
