"""Metadata files are completed in every store in the same way."""

import pytest

from ghpypi.jobs.backfill import BackfillOptions, WheelOutcome, backfill
from ghpypi.ports import FileStore
from tests.contract.harness import StoreHarness
from tests.support.packages import publish_files, sidecar_of, wheel
from tests.support.reporters import MemoryReporter

OLD, NEW = (wheel("acme_lib", "1.0", f"Requires-Dist: {name}") for name in ("old", "new"))


def contents(store: FileStore) -> dict[str, bytes]:
    found = {}
    for release in store.releases():
        for asset in release.assets:
            with store.stream(asset) as file:
                found[asset.name] = file.read()
    return found


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ([], WheelOutcome.ADDED),
        ([sidecar_of(OLD)], WheelOutcome.REPLACED),
        ([sidecar_of(NEW)], WheelOutcome.PRESENT),
    ],
    ids=["missing", "wrong", "right"],
)
def test_a_wheel_gets_the_metadata_file_that_belongs_to_it(
    stores: StoreHarness, beside: list[tuple[str, bytes]], expected: WheelOutcome
) -> None:
    publish_files(stores.store(), [NEW, *beside])
    first = backfill(stores.store(), MemoryReporter(), BackfillOptions())
    again = backfill(stores.store(), MemoryReporter(), BackfillOptions())

    assert [item.outcome for item in first.items + again.items] == [expected, WheelOutcome.PRESENT]
    assert contents(stores.store()) == dict([NEW, sidecar_of(NEW)])


def test_a_frozen_release_is_left_alone(freezing: FileStore) -> None:
    publish_files(freezing, [NEW, sidecar_of(OLD)])
    report = backfill(freezing, MemoryReporter(), BackfillOptions())

    assert (report.items, report.immutable) == ((), 1)
    assert contents(freezing) == dict([NEW, sidecar_of(OLD)])
