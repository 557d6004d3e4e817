"""The publish job, over a store in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.core.model import StoredRelease
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.jobs.upload import UploadOptions, publish, upload
from ghpypi.stores.memory import MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.support.packages import new_asset, new_release, no_advance, on_disk, wheel
from tests.support.reporters import MemoryReporter

TAG = "acme-lib-1.0"


@pytest.fixture
def staged(tmp_path: Path) -> MemoryStoreHarness:
    """A draft with a wheel in it."""
    harness = MemoryStoreHarness()
    options = UploadOptions(draft=True)
    upload(on_disk(tmp_path, wheel()), harness.store(), MemoryReporter(), options)
    return harness


def drafts(store: MemoryStore) -> list[bool]:
    return [release.draft for release in store.releases()]


def test_a_draft_becomes_visible(staged: MemoryStoreHarness) -> None:
    done = publish(TAG, staged.store())

    assert done.changed
    assert not done.release.draft
    assert drafts(staged.store()) == [False]


def test_a_published_release_has_nothing_to_do(staged: MemoryStoreHarness) -> None:
    publish(TAG, staged.store())

    assert not publish(TAG, staged.store()).changed
    assert drafts(staged.store()) == [False]


def test_an_unused_tag_is_not_found(staged: MemoryStoreHarness) -> None:
    with pytest.raises(NotFoundError, match=r"memory has no release acme-lib-9\.9") as caught:
        publish("acme-lib-9.9", staged.store())

    assert "upload --draft" in caught.value.hint
    assert drafts(staged.store()) == [True]


def test_an_interrupted_upload_is_not_published(staged: MemoryStoreHarness) -> None:
    store = staged.store()
    (release,) = store.releases()
    staged.leave_unfinished(release, "acme_lib-1.0.tar.gz")
    with pytest.raises(RefusedError) as caught:
        publish(TAG, store)

    assert str(caught.value) == (
        "the upload to acme-lib-1.0 was interrupted; nothing was published\n"
        "  - acme_lib-1.0.tar.gz is incomplete"
    )
    assert drafts(store) == [True]


@pytest.mark.parametrize("name", [None, "notes.txt", "acme_lib-1.0-py3-none-any.whl.metadata"])
def test_a_release_with_nothing_to_install_is_not_published(name: str | None) -> None:
    store = MemoryStore()
    release = store.draft(new_release(TAG))
    if name:
        store.put(release, new_asset(name, b"text"), no_advance)

    with pytest.raises(RefusedError, match="has no distributions"):
        publish(TAG, store)
    assert drafts(store) == [True]


class UnlistedStore(MemoryStore):
    """A store that must not be listed."""

    def releases(self) -> Iterator[StoredRelease]:
        raise AssertionError("the store was listed")


def test_a_draft_that_the_caller_has_filled_is_published_without_a_listing() -> None:
    store = UnlistedStore()
    draft = store.draft(new_release(TAG))
    store.put(draft, new_asset(*wheel()), no_advance)

    done = publish(TAG, store, partial=True, draft=draft)

    assert done.changed
    assert [asset.name for asset in done.release.assets] == [wheel()[0]]
    assert not store.current(draft).draft


def test_a_filled_draft_is_read_before_its_release_takes_no_more_files() -> None:
    store = UnlistedStore(immutable=True)
    with pytest.raises(AssertionError, match="was listed"):
        publish(TAG, store, partial=True, draft=store.draft(new_release(TAG)))


def test_a_filled_draft_that_was_deleted_is_not_found(staged: MemoryStoreHarness) -> None:
    store = staged.store()
    (draft,) = store.releases()
    store.remove(draft)

    with pytest.raises(NotFoundError, match="has no release"):
        publish(TAG, store, partial=True, draft=draft)
