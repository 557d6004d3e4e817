"""The backfill job, over a store in memory."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import NotFoundError, RefusedError, TryLaterError
from ghpypi.jobs.backfill import (
    BackfillItem,
    BackfillOptions,
    BackfillReport,
    WheelOutcome,
    backfill,
)
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Advance, FileStore, NewAsset
from ghpypi.stored_files import ATTEMPTS
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.support.catalogs import published
from tests.support.packages import (
    Built,
    new_asset,
    new_release,
    no_advance,
    publish_files,
    replace_asset,
    sdist,
    sidecar_of,
    wheel,
)
from tests.support.reporters import MemoryReporter

WHEEL = wheel("acme_lib", "1.0", "Requires-Dist: new-dependency")
OTHER = wheel("acme_lib", "1.0", "Requires-Dist: old-dependency")
SIDECAR = sidecar_of(WHEEL)
TAG = "acme-lib-1.0"


def run(store: FileStore, options: BackfillOptions | None = None) -> BackfillReport:
    return backfill(store, MemoryReporter(), options or BackfillOptions())


def store_of(*files: Built, tag: str = TAG, immutable: bool = False) -> MemoryStore:
    store = MemoryStore(immutable=immutable)
    publish_files(store, files, tag)
    return store


def held(store: MemoryStore) -> dict[str, bytes]:
    return {
        asset.name: store._contents[asset.key]
        for release in store.releases()
        for asset in release.assets
    }


def outcomes(report: BackfillReport) -> list[tuple[str, WheelOutcome]]:
    return [(item.filename, item.outcome) for item in report.items]


class ReadStore(MemoryStore):
    """A store that counts what is read of it, and may carry it badly."""

    def __init__(self, *, spoil: int = 0, digests: bool = True) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.spoil = spoil
        self.digests = digests

    def releases(self) -> Iterator[StoredRelease]:
        for each in super().releases():
            assets = each.assets
            if not self.digests:
                assets = tuple(asset._replace(sha256=None) for asset in assets)
            yield each._replace(assets=assets)

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        self.reads.append(asset.name)
        if self.spoil:
            self.spoil -= 1
            return io.BytesIO(b"<html>Please sign in to this network")
        return super().stream(asset)

    seekable = stream


def test_missing_metadata_files_are_added() -> None:
    newer = wheel("acme_lib", "1.1")
    store = store_of(WHEEL, newer, sdist("acme_lib", "1.0"), ("notes.txt", b"text"))
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.ADDED), (newer[0], WheelOutcome.ADDED)]
    assert held(store).items() >= dict([SIDECAR, sidecar_of(newer)]).items()
    assert len(held(store)) == 6


@pytest.mark.parametrize("digests", [True, False], ids=["digests listed", "not listed"])
def test_metadata_files_of_other_wheels_are_replaced(digests: bool) -> None:
    store = ReadStore(digests=digests)
    publish_files(store, [WHEEL, (SIDECAR[0], sidecar_of(OTHER)[1])])
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.REPLACED)]
    assert held(store) == dict([WHEEL, SIDECAR])


@pytest.mark.parametrize("digests", [True, False], ids=["digests listed", "not listed"])
def test_running_it_again_changes_nothing(digests: bool) -> None:
    store = ReadStore(digests=digests)
    publish_files(store, [WHEEL])
    run(store)
    before = list(store.releases())
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.PRESENT)]
    assert list(store.releases()) == before


def test_a_dry_run_says_what_would_be_done_and_writes_nothing() -> None:
    store = store_of(WHEEL)
    report = run(store, BackfillOptions(dry_run=True))

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.ADDED)]
    assert held(store) == dict([WHEEL])


def test_drafts_are_looked_at_and_stay_drafts() -> None:
    store = MemoryStore()
    store.put(store.draft(new_release()), new_asset(*WHEEL), no_advance)
    run(store)

    assert held(store) == dict([WHEEL, SIDECAR])
    assert [release.draft for release in store.releases()] == [True]


def test_immutable_releases_are_left_alone_and_not_read() -> None:
    store = store_of(WHEEL, (SIDECAR[0], b"wrong"), immutable=True)
    report = run(store)

    assert (report.items, report.immutable) == ((), 1)
    assert held(store)[SIDECAR[0]] == b"wrong"


def test_only_the_releases_named_are_looked_at() -> None:
    store = store_of(WHEEL)
    newer = wheel("acme_lib", "1.1")
    publish_files(store, [newer], "acme-lib-1.1")
    report = run(store, BackfillOptions(tags=("acme-lib-1.1",)))

    assert outcomes(report) == [(newer[0], WheelOutcome.ADDED)]
    assert SIDECAR[0] not in held(store)


def test_a_tag_that_no_release_has_is_not_found_and_nothing_is_written() -> None:
    store = store_of(WHEEL)
    with pytest.raises(NotFoundError, match=r"memory has no release nope; nothing was written"):
        run(store, BackfillOptions(tags=(TAG, "nope")))

    assert held(store) == dict([WHEEL])


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ((WHEEL[0], b"no archive"), "it is not a readable archive"),
        ((WHEEL[0], wheel("strange", "1.0")[1]), "it has no ."),
        (("acme_lib-2.0-py3-none-any.whl", WHEEL[1]), "its metadata has version '1.0'"),
    ],
    ids=["no archive", "another project", "another version"],
)
def test_a_wheel_that_contradicts_its_name_gets_no_metadata_file(file: Built, reason: str) -> None:
    store = store_of(file)
    (item,) = run(store).items

    assert (item.outcome, item.reason[: len(reason)]) == (WheelOutcome.INVALID, reason)
    assert held(store) == dict([file])


def test_a_name_that_is_none_of_a_wheel_is_passed_over() -> None:
    assert run(store_of(("oops.whl", b"?"), ("acme-variants.json", b"{}"))).items == ()


def test_what_an_interrupted_upload_left_is_no_metadata_file() -> None:
    harness = MemoryStoreHarness()
    store = harness.store()
    publish_files(store, [WHEEL])
    harness.leave_unfinished(next(iter(store.releases())), SIDECAR[0])
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.ADDED)]
    assert held(store) == dict([WHEEL, SIDECAR])


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [(ATTEMPTS, WheelOutcome.ADDED), (ATTEMPTS + 1, WheelOutcome.UNREAD)],
    ids=["in the end it arrives", "it never does"],
)
def test_a_wheel_that_arrives_damaged_is_read_again(spoil: int, expected: WheelOutcome) -> None:
    store = ReadStore(spoil=spoil)
    publish_files(store, [WHEEL])
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], expected)]
    assert (SIDECAR[0] in held(store)) == (expected is WheelOutcome.ADDED)


def test_a_wheel_that_is_gone_stops_nothing() -> None:
    store = store_of(WHEEL)
    newer = wheel("acme_lib", "1.1")
    publish_files(store, [newer], "acme-lib-1.1")
    del store._contents[f"files/{TAG}/{WHEEL[0]}"]
    report = run(store)

    assert outcomes(report) == [(WHEEL[0], WheelOutcome.UNREAD), (newer[0], WheelOutcome.ADDED)]


def test_there_may_be_no_room_for_more_assets() -> None:
    store = MemoryStore(rules=Rules(max_size=1 << 20, max_assets=4, name=lambda name: name))
    newer = [wheel("acme_lib", f"1.{number}") for number in (1, 2)]
    publish_files(store, [WHEEL, (SIDECAR[0], b"wrong"), *newer])
    report = run(store)

    assert outcomes(report) == [
        (WHEEL[0], WheelOutcome.REPLACED),
        (newer[0][0], WheelOutcome.FAILED),
        (newer[1][0], WheelOutcome.FAILED),
    ]
    assert report.items[1].reason == ("the release has reached the limit of 4 assets")


class RefusingStore(MemoryStore):
    """A store that takes wheels and no metadata files."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        if asset.name.endswith(".metadata"):
            raise self.error
        return super().put(release, asset, advance, overwrite=overwrite)


def test_a_file_that_the_store_refuses_stops_nothing() -> None:
    store = RefusingStore(RefusedError("too many"))
    publish_files(store, [WHEEL])

    assert run(store).items == (BackfillItem(TAG, WHEEL[0], WheelOutcome.FAILED, "too many"),)


def test_a_store_that_refuses_for_now_stops_everything() -> None:
    store = RefusingStore(TryLaterError("later"))
    publish_files(store, [WHEEL])
    with pytest.raises(TryLaterError):
        run(store)


def test_pairs_that_the_index_has_compared_are_not_read_again() -> None:
    store = ReadStore()
    publish_files(store, [WHEEL])
    run(store)
    known = stamps(store)
    store.reads.clear()
    again = run(store, BackfillOptions(known=known))
    reads = list(store.reads)
    replace_asset(store, OTHER)
    changed = run(store, BackfillOptions(known=known))

    assert (outcomes(again), reads) == ([(WHEEL[0], WheelOutcome.PRESENT)], [])
    assert outcomes(changed) == [(WHEEL[0], WheelOutcome.REPLACED)]


def stamps(store: MemoryStore) -> frozenset[str]:
    """Index a store, and give the stamps of the wheels whose metadata files are advertised."""
    site, settings = (
        MemorySite({}),
        SiteSettings(config=Config.parse(""), address="https://acme.example/"),
    )
    build_index(store, site, settings, MemoryReporter(), IndexOptions())
    catalog = published(site.pages)
    files = [file for entry in catalog.entries() for file in entry.project.files]
    assert all(file.core_metadata for file in files)

    return frozenset(file.stamp for file in files)
