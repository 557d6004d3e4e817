"""Index runs that publish in batches, end when their time is up, and leave out what fails."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import count
from threading import Event
from typing import BinaryIO

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import DamagedError, RateLimitedError, TryLaterError
from ghpypi.jobs.index.budget import LONGEST_OUTAGE, Batch, ReadBudget, StopRequest
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import Published, SiteChange
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, replace_asset, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

WHEELS = [wheel(f"acme_{n % 3}", f"1.{n}") for n in range(20)]
SMALL = IndexOptions(batch=Batch(files=6), parallel=1)


class Clock:
    """Time that passes by itself, a second with each look."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


class CountingSite(MemorySite):
    """A site that counts how often it is written."""

    writes = 0

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        published = super().publish(change, base=base)
        self.writes += 1
        return published


class FailingSource(CountingSource):
    """A source that fails before it opens certain files."""

    def __init__(self, inner: MemoryStore, fail: Callable[[Asset], None]) -> None:
        super().__init__(inner)
        self._fail = fail

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        opened = super().seekable(asset)
        self._fail(asset)
        return opened


def store_of_many() -> MemoryStore:
    store = MemoryStore()
    publish_files(store, WHEELS)
    return store


def run(
    source: CountingSource, site: MemorySite, options: IndexOptions = SMALL, *, toml: str = ""
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    return build_index(source, site, settings, MemoryReporter(), options)


def whole(store: MemoryStore) -> dict[str, bytes]:
    """Give the site as a run makes it that reads everything at once."""
    site = MemorySite({})
    run(CountingSource(store), site, IndexOptions())
    return dict(site.pages)


def test_batches_end_in_the_same_site_and_read_each_file_once() -> None:
    source, site = CountingSource(store_of_many()), CountingSite({})
    report = run(source, site)

    assert site.writes == 4
    assert set(Counter(source.reads).values()) == {1}
    assert (report.files, report.read, report.remaining) == (20, 20, 0)
    assert len(report.differences.added) == 20
    assert dict(site.pages) == whole(store_of_many())


def test_each_batch_is_a_smaller_index_of_whole_files() -> None:
    def interrupt(asset: Asset) -> None:
        if len(source.sought) > 15:
            raise KeyboardInterrupt

    source, site = FailingSource(store_of_many(), interrupt), CountingSite({})
    with pytest.raises(KeyboardInterrupt):
        run(source, site)
    source = FailingSource(store_of_many(), lambda _: None)
    report = run(source, site)

    assert len(source.reads) == 8  # two batches of six were published
    assert (report.read, report.files) == (8, 20)
    assert dict(site.pages) == whole(store_of_many())


def test_a_full_batch_leaves_new_projects_as_a_whole() -> None:
    budget = ReadBudget(Batch(files=1))
    assert (budget.postpone(3), budget.postponed) == (False, 0)
    budget.take()

    assert (budget.postpone(0), budget.postponed) == (False, 0)
    assert (budget.postpone(3), budget.postponed) == (True, 3)


def test_batches_grow_with_the_index_so_that_a_million_files_take_few_of_them() -> None:
    read, batches = 0.0, 0
    while read < 1_000_000:
        read += Batch().size(int(read))
        batches += 1

    assert Batch().size(0) == Batch().size(12_000) == 4000
    assert batches == 34  # and not 250
    assert Batch().size(10**6) == Batch().most


def test_a_batch_after_others_takes_a_third_of_the_published_number_of_files() -> None:
    budget = ReadBudget(Batch(files=2))
    budget.begin(15)

    assert [budget.take() for _ in range(6)] == [True] * 5 + [False]


def test_a_run_whose_time_is_up_publishes_what_it_read_and_the_next_goes_on() -> None:
    source, site = CountingSource(store_of_many()), CountingSite({})
    timed = replace(SMALL, max_seconds=12.0, clock=Clock())
    first = run(source, site, timed)
    second = run(source, site, replace(timed, clock=Clock()))
    last = run(source, site)

    assert 0 < first.read < 20
    assert first.files == first.read
    assert first.remaining == 20 - first.read
    assert second.read > 0
    assert last.remaining == 0
    assert first.read + second.read + last.read == 20
    assert set(Counter(source.reads).values()) == {1}
    assert dict(site.pages) == whole(store_of_many())


def test_a_run_that_has_no_time_for_a_file_says_so() -> None:
    timed = replace(SMALL, max_seconds=0.0, clock=Clock())
    with pytest.raises(TryLaterError, match="the time was up before a file was read"):
        run(CountingSource(store_of_many()), MemorySite({}), timed)


class StoppingSource(CountingSource):
    """A source that asks a run to end when it has opened some files."""

    def __init__(self, inner: MemoryStore, reads: int, stop: StopRequest) -> None:
        super().__init__(inner)
        self._most = reads
        self._stop = stop

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        opened = super().seekable(asset)
        if len(self.sought) == self._most:
            assert self._stop.request()
        return opened


def test_a_run_that_is_stopped_publishes_what_it_read_and_the_next_goes_on() -> None:
    store, site, stop = store_of_many(), CountingSite({}), StopRequest()
    source, again = StoppingSource(store, 9, stop), CountingSource(store)
    first = run(source, site, replace(SMALL, stop=stop))
    last = run(again, site)

    assert site.writes == 4
    assert (first.files, first.remaining) == (9, 11)
    assert (last.files, last.read, last.remaining) == (20, 11, 0)
    assert set(Counter(source.reads + again.reads).values()) == {1}
    assert dict(site.pages) == whole(store)


def test_a_run_is_not_stopped_if_it_has_read_nothing_or_was_asked_before() -> None:
    source, site, stop = CountingSource(store_of_many()), MemorySite({}), StopRequest()

    assert not stop.request()

    run(source, site, replace(SMALL, stop=stop))

    assert stop.request()
    assert not stop.request()


class StuckSource(CountingSource):
    """A source that never opens one file, and stops the run when all others were opened."""

    def __init__(self, inner: MemoryStore, stuck: str, others: int, stop: StopRequest) -> None:
        super().__init__(inner)
        self.released = Event()
        self._stuck = stuck
        self._others = others
        self._stop = stop

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        if asset.name == self._stuck:
            while len(self.sought) < self._others or not self._stop.request():
                self.released.wait(0.01)
            self.released.wait()
        return super().seekable(asset)


def stuck(store: MemoryStore, site: MemorySite, name: str, others: int) -> IndexReport:
    """Run until only one file is left, which cannot be read, and the run is asked to end."""
    ticks = count()
    stop = StopRequest(clock=lambda: next(ticks) * 0.15)
    source = StuckSource(store, name, others, stop)
    try:
        return run(source, site, replace(SMALL, parallel=2, batch=Batch(), stop=stop))
    finally:
        source.released.set()


def test_a_run_that_is_stopped_waits_for_no_file_that_cannot_be_read() -> None:
    store, site = store_of_many(), MemorySite({})
    first = stuck(store, site, WHEELS[8][0], others=19)
    last = run(CountingSource(store), site)

    assert (first.files, first.remaining) == (19, 1)
    assert (last.files, last.remaining) == (20, 0)
    assert dict(site.pages) == whole(store)


def test_a_project_stays_as_it_is_if_a_replaced_file_cannot_be_read_when_the_run_is_stopped() -> (
    None
):
    store, site = store_of_many(), MemorySite({})
    run(CountingSource(store), site)
    before = site.pages["simple/acme-1/index.json"]
    new = wheel("acme_1", "1.1", text="x = 1")
    replace_asset(store, new)
    publish_files(store, [wheel("acme_0", "1.99")], "v99")
    report = stuck(store, site, new[0], others=1)

    assert site.pages["simple/acme-1/index.json"] == before
    assert "acme_0-1.99" in site.pages["simple/acme-0/index.json"].decode()
    assert report.remaining == 1


def test_published_files_stay_until_there_is_time_to_read_them_again() -> None:
    store, site = store_of_many(), MemorySite({})
    toml = '[index]\nmissing-digest = "exclude"'
    run(CountingSource(store), site)
    site_before = dict(site.pages)
    timed = replace(SMALL, max_seconds=4.0, clock=Clock())
    report = run(CountingSource(store), site, timed, toml=toml)

    assert report.remaining > 0
    assert report.differences.removed == ()
    assert report.files == 20
    assert site.pages["simple/acme-1/index.json"] == site_before["simple/acme-1/index.json"]
    assert run(CountingSource(store), site, toml=toml).remaining == 0


def test_a_published_file_that_was_replaced_is_read_though_the_time_is_up() -> None:
    store, site = store_of_many(), MemorySite({})
    run(CountingSource(store), site)
    new = wheel("acme_1", "1.1", text="x = 1")
    replace_asset(store, new)
    source = CountingSource(store)
    run(source, site, replace(SMALL, max_seconds=0.0, clock=Clock()))

    assert source.reads == [new[0]]
    assert digest_of(new[1]).encode() in site.pages["simple/acme-1/index.json"]


def test_a_file_that_fails_is_left_out_and_read_by_the_next_run() -> None:
    failing = WHEELS[3][0]

    def fail(asset: Asset) -> None:
        if asset.name == failing:
            raise TryLaterError("HTTP 500")

    store, site = store_of_many(), MemorySite({})
    source = FailingSource(store, fail)
    report = run(source, site)
    later = CountingSource(store)
    again = run(later, site)

    assert [(x.filename, x.reason) for x in report.unread] == [(failing, "HTTP 500")]
    assert report.files == 19
    assert source.reads.count(failing) == 1
    assert later.reads == [failing]
    assert (again.files, again.unread) == (20, ())


@pytest.mark.parametrize(
    ("error", "tried"),
    [(RateLimitedError("limited"), 9), (TryLaterError("HTTP 500"), 8 + LONGEST_OUTAGE)],
    ids=["rate limit", "outage"],
)
def test_a_remote_that_refuses_everything_is_left_alone(error: TryLaterError, tried: int) -> None:
    def fail(asset: Asset) -> None:
        if len(source.sought) > 8:
            raise error

    source, site = FailingSource(store_of_many(), fail), MemorySite({})
    report = run(source, site)

    assert len(source.reads) == tried
    assert report.files == 8
    assert len(report.unread) == tried - 8
    assert report.remaining == 20 - tried


def test_nothing_is_published_if_every_file_fails() -> None:
    def fail(_: Asset) -> None:
        raise RateLimitedError("limited")

    with pytest.raises(DamagedError, match="1 file of the site in memory could not be read"):
        run(FailingSource(store_of_many(), fail), MemorySite({}))
