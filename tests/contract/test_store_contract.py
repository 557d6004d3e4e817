"""What every store of files promises, whatever it is made of."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO
from urllib.parse import unquote

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.errors import ConflictError, FailedError, NotFoundError, RefusedError
from ghpypi.ports import FileStore
from tests.contract.harness import StoreHarness
from tests.support.packages import new_asset, new_release, no_advance, sidecar_of, wheel

NAME, CONTENT = wheel("acme_lib", "1.0+cu128", "Requires-Python: >=3.9")
OTHER = wheel("acme_lib", "1.0+cu128", text="x = 1\n")[1]


def listed(store: FileStore, tag: str = "acme-lib-1.0") -> StoredRelease:
    (release,) = [each for each in store.releases() if each.tag == tag]
    return release


def names(store: FileStore) -> list[str]:
    return sorted(asset.name for release in store.releases() for asset in release.assets)


def put(
    store: FileStore, content: bytes = CONTENT, name: str = NAME
) -> tuple[StoredRelease, Asset]:
    release = store.draft(new_release())
    return release, store.put(release, new_asset(name, content), no_advance)


def stored(store: FileStore) -> tuple[StoredRelease, Asset]:
    """Store a file, publish it, and list it."""
    release, _ = put(store)
    store.publish(release)
    release = listed(store)
    return release, release.assets[0]


def read(store: FileStore, asset: Asset) -> bytes:
    with store.stream(asset) as file:
        return file.read()


def test_a_store_has_a_name_and_nothing_in_it_at_first(stores: StoreHarness) -> None:
    store = stores.store()

    assert store.name
    assert list(store.releases()) == []


def test_a_draft_is_listed_as_one(stores: StoreHarness) -> None:
    store = stores.store()
    made = store.draft(new_release())

    found = listed(stores.store())
    assert made == found
    assert (found.tag, found.draft, found.assets) == ("acme-lib-1.0", True, ())
    assert found.origin == stores.store().origin


def test_drafting_twice_gives_the_same_release(stores: StoreHarness) -> None:
    first = stores.store().draft(new_release())
    again = stores.store().draft(new_release())

    assert again == first
    assert listed(stores.store()) == first


def test_drafting_a_release_with_files_returns_it_with_them(stores: StoreHarness) -> None:
    put(stores.store())
    again = stores.store().draft(new_release())

    assert [asset.name for asset in again.assets] == [NAME]


def test_drafting_under_a_published_tag_returns_the_published_release(
    stores: StoreHarness,
) -> None:
    store = stores.store()
    stored(store)
    again = store.draft(new_release())

    assert not again.draft
    assert again == listed(store)


@pytest.mark.parametrize(
    "tag",
    ["v1.0", "acme-lib-1.0+cu128", "nightly/2026.01", "Straße", "1%2F2", "@acme=1,2"],
    ids=["plain", "plus", "slash", "unicode", "percent", "signs"],
)
def test_a_tag_comes_back_as_it_was_given(stores: StoreHarness, tag: str) -> None:
    store = stores.store()
    release = store.draft(new_release(tag))
    asset = store.put(release, new_asset(NAME, CONTENT), no_advance)
    store.publish(release)

    found = listed(store, tag)
    assert not found.draft
    assert stores.fetch(found.assets[0]) == CONTENT
    assert asset.name == NAME


def test_a_stored_file_has_its_name_size_and_digest(stores: StoreHarness) -> None:
    store = stores.store()
    _, asset = put(store)

    assert (asset.name, asset.size, asset.complete) == (NAME, len(CONTENT), True)
    assert asset.sha256 == digest_of(CONTENT)


def test_a_listed_file_has_its_facts(stores: StoreHarness) -> None:
    _, asset = stored(stores.store())

    assert (asset.name, asset.size, asset.complete) == (NAME, len(CONTENT), True)
    assert asset.sha256 in {None, digest_of(CONTENT)}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", asset.uploaded_at)
    assert asset.stamp


def test_the_url_of_a_published_file_ends_in_its_name_and_leads_to_it(
    stores: StoreHarness,
) -> None:
    _, asset = stored(stores.store())

    assert unquote(asset.url.rpartition("/")[2]) == NAME
    assert "+" not in asset.url
    assert "?" not in asset.url
    assert stores.fetch(asset) == CONTENT


def test_a_sidecar_is_in_the_release_of_its_file(stores: StoreHarness) -> None:
    store = stores.store()
    put(store)
    name, content = sidecar_of((NAME, CONTENT))
    release, _ = put(store, content, name)
    store.publish(release)

    urls = {asset.name: asset.url for asset in listed(store).assets}
    assert urls[name] == urls[NAME] + ".metadata"


def test_a_file_can_be_read_as_a_stream(stores: StoreHarness) -> None:
    store = stores.store()
    _, asset = stored(store)

    assert read(store, asset) == CONTENT


def test_a_file_of_a_draft_can_be_read(stores: StoreHarness) -> None:
    store = stores.store()
    put(store)

    assert read(store, listed(store).assets[0]) == CONTENT


def test_a_file_can_be_read_in_places(stores: StoreHarness) -> None:
    store = stores.store()
    _, asset = stored(store)

    with store.seekable(asset) as file, zipfile.ZipFile(file) as archive:
        metadata = archive.read("acme_lib-1.0+cu128.dist-info/METADATA")
    assert b"Name: acme_lib" in metadata


def test_seeking_goes_to_both_ends(stores: StoreHarness) -> None:
    store = stores.store()
    _, asset = stored(store)

    with store.seekable(asset) as file:
        assert file.seek(-4, io.SEEK_END) == len(CONTENT) - 4
        assert file.read() == CONTENT[-4:]
        assert file.read(1) == b""
        assert file.seek(2) == 2
        assert file.read(3) == CONTENT[2:5]
        assert file.tell() == 5


@pytest.mark.parametrize("way", ["stream", "seekable"])
def test_reading_a_file_that_is_gone_finds_nothing(stores: StoreHarness, way: str) -> None:
    store = stores.store()
    _, asset = stored(store)
    stores.lose(asset)

    with pytest.raises(NotFoundError), getattr(store, way)(asset) as file:
        file.read()


def test_an_upload_reports_every_byte(stores: StoreHarness) -> None:
    store = stores.store()
    moved: list[int] = []
    store.put(store.draft(new_release()), new_asset(NAME, CONTENT), moved.append)

    assert sum(moved) == len(CONTENT)


def test_the_same_file_again_is_success(stores: StoreHarness) -> None:
    store = stores.store()
    _, first = put(store)
    _, again = put(store)

    assert again == first
    assert names(store) == [NAME]


def test_another_file_of_the_name_is_a_conflict(stores: StoreHarness) -> None:
    store = stores.store()
    put(store)
    with pytest.raises(ConflictError, match=re.escape(NAME)):
        put(store, OTHER)

    assert read(store, listed(store).assets[0]) == CONTENT


def test_another_file_of_a_published_name_is_a_conflict(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = stored(store)
    with pytest.raises(ConflictError, match=re.escape(NAME)):
        store.put(release, new_asset(NAME, OTHER), no_advance)

    assert stores.fetch(asset) == CONTENT


@pytest.mark.parametrize("published", [False, True], ids=["draft", "published"])
def test_a_file_can_be_put_in_the_place_of_another(stores: StoreHarness, published: bool) -> None:
    store = stores.store()
    put(store)
    name, _ = sidecar_of((NAME, CONTENT))
    release, first = put(store, b"old", name)
    release = store.publish(release) if published else release
    second = store.put(release, new_asset(name, b"newer"), no_advance, overwrite=True)
    again = store.put(release, new_asset(name, b"newer"), no_advance, overwrite=True)

    (stored,) = [asset for asset in listed(stores.store()).assets if asset.name == name]
    assert read(store, stored) == b"newer"
    assert (stored.size, stored.sha256 in {None, digest_of(b"newer")}) == (5, True)
    assert second == again
    assert stored.stamp not in {"", first.stamp}
    assert names(store) == [NAME, name]


def test_overwriting_is_putting_where_nothing_is(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance, overwrite=True)

    assert read(store, listed(store).assets[0]) == CONTENT


def test_overwriting_replaces_what_an_interrupted_upload_left(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.leave_unfinished(release, NAME)
    stores.pass_time()
    store.put(release, new_asset(NAME, CONTENT), no_advance, overwrite=True)

    (asset,) = listed(store).assets
    assert (asset.complete, read(store, asset)) == (True, CONTENT)


@pytest.mark.parametrize(
    "sent",
    [OTHER, CONTENT[:-1], CONTENT + b"!", b"", CONTENT[:-1] + b"!"],
    ids=["other", "shorter", "longer", "empty", "one byte"],
)
def test_content_that_changed_while_it_was_sent_is_not_kept(
    stores: StoreHarness, sent: bytes
) -> None:
    store = stores.store()
    release = store.draft(new_release())
    with pytest.raises(FailedError, match=re.escape(NAME)):
        store.put(release, new_asset(NAME, CONTENT, opener=lambda: io.BytesIO(sent)), no_advance)

    # An interrupted connection may leave its mark, never a file.
    assert not any(asset.complete for asset in listed(store).assets)


def test_what_failed_can_be_put_again(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    with pytest.raises(FailedError):
        store.put(release, new_asset(NAME, CONTENT, opener=lambda: io.BytesIO(OTHER)), no_advance)
    store.put(release, new_asset(NAME, CONTENT), no_advance)

    assert read(store, listed(store).assets[0]) == CONTENT


@pytest.mark.parametrize("published", [False, True], ids=["draft", "published"])
def test_what_an_interrupted_upload_left_is_listed_as_unfinished(
    stores: StoreHarness, *, published: bool
) -> None:
    store = stores.store()
    release = store.draft(new_release())
    if published:
        release = store.publish(release)
    stores.leave_unfinished(release, NAME)

    (asset,) = listed(store).assets
    assert (asset.name, asset.complete) == (NAME, False)


def test_the_next_put_replaces_what_was_left(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.leave_unfinished(release, NAME)
    stores.pass_time()
    store.put(release, new_asset(NAME, CONTENT), no_advance)

    (asset,) = listed(store).assets
    assert asset.complete
    assert read(store, asset) == CONTENT


def test_putting_into_a_release_that_is_gone_finds_nothing(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.lose_release(release)

    with pytest.raises(NotFoundError, match=re.escape(release.tag)):
        store.put(release, new_asset(NAME, CONTENT), no_advance)


def test_publishing_a_release_that_is_gone_finds_nothing(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.lose_release(release)

    with pytest.raises(NotFoundError, match=re.escape(release.tag)):
        store.publish(release)


def test_publishing_makes_a_draft_visible_with_all_its_files(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = put(store)
    published = store.publish(release)

    assert not published.draft
    assert [asset.name for asset in published.assets] == [NAME]
    assert published == listed(stores.store())


def test_publishing_twice_changes_nothing(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = put(store)
    published = store.publish(release)

    assert store.publish(release) == published
    assert store.publish(published) == published
    assert listed(store) == published


def test_a_release_is_read_as_it_is_now(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = put(store)
    stores.store().publish(release)

    for read_again in (store.current, store.settled):
        assert read_again(release) == listed(store)


@pytest.mark.parametrize("way", ["current", "settled"])
def test_reading_a_release_that_is_gone_finds_nothing(stores: StoreHarness, way: str) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.lose_release(release)

    with pytest.raises(NotFoundError, match=re.escape(release.tag)):
        getattr(store, way)(release)


def test_a_draft_with_nothing_but_expendable_files_is_deleted(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = put(store)

    assert store.discard(release, {NAME: digest_of(CONTENT)}) is None
    assert list(store.releases()) == []
    assert store.discard(release, {}) is None
    assert asset.complete


def test_what_a_broken_upload_left_keeps_no_draft(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.leave_unfinished(release, NAME)
    stores.pass_time()

    assert store.discard(release, {}) is None
    assert list(store.releases()) == []


@pytest.mark.parametrize(
    "held",
    [{}, {NAME: digest_of(OTHER)}, {"acme_lib-1.0.tar.gz": digest_of(CONTENT)}],
    ids=["nothing", "other content", "another name"],
)
def test_a_draft_with_another_file_stays(stores: StoreHarness, held: dict[str, Sha256]) -> None:
    store = stores.store()
    release, _ = put(store)
    kept = store.discard(release, held)

    assert kept == listed(store)
    assert names(store) == [NAME]


def test_a_draft_that_was_published_meanwhile_is_not_deleted(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = put(store)
    published = stores.store().publish(release)

    assert store.discard(release, {NAME: digest_of(CONTENT)}) == published
    assert names(store) == [NAME]
    assert not listed(store).draft


def test_a_published_release_takes_more_files(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = stored(store)
    assert not stores.store().freezes
    store.put(release, new_asset("acme_lib-1.0.tar.gz", b"sdist"), no_advance)

    assert names(store) == sorted([NAME, "acme_lib-1.0.tar.gz"])


def test_a_draft_that_was_published_meanwhile_still_takes_files(stores: StoreHarness) -> None:
    store = stores.store()
    draft = store.draft(new_release())
    stores.store().publish(draft)
    store.put(draft, new_asset(NAME, CONTENT), no_advance)

    assert [asset.name for asset in listed(store).assets] == [NAME]


def test_listing_again_changes_no_stamp(stores: StoreHarness) -> None:
    _, first = stored(stores.store())

    assert listed(stores.store()).assets == (first,)


def test_another_file_has_another_stamp(stores: StoreHarness) -> None:
    store = stores.store()
    put(store)
    put(store, OTHER, "acme_lib-1.1-py3-none-any.whl")

    assert len({asset.stamp for asset in listed(store).assets}) == 2


def test_releases_hold_their_own_files(stores: StoreHarness) -> None:
    store = stores.store()
    put(store)
    other = store.draft(new_release("acme-lib-2.0"))
    store.put(other, new_asset(NAME, OTHER), no_advance)

    assert read(store, listed(store).assets[0]) == CONTENT
    assert read(store, listed(store, "acme-lib-2.0").assets[0]) == OTHER


def test_files_put_at_the_same_time_all_arrive(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    files = [wheel("acme_lib", f"1.{number}") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda file: store.put(release, new_asset(*file), no_advance), files))

    assert names(store) == [name for name, _ in files]
    assert all(asset.complete for asset in listed(store).assets)


def test_listing_while_files_arrive_shows_whole_files_or_none(stores: StoreHarness) -> None:
    store = stores.store()
    files = dict(wheel("acme_lib", f"1.{number}") for number in range(12))

    def fill() -> None:
        for number, file in enumerate(files.items()):
            release = store.draft(new_release(f"r{number}"))
            store.put(release, new_asset(*file), no_advance)
            store.publish(release)

    with ThreadPoolExecutor(1) as pool:
        filling = pool.submit(fill)
        seen: list[Asset] = []
        while not filling.done():
            seen += [asset for release in stores.store().releases() for asset in release.assets]
        filling.result()

    assert all(asset.size == len(files[asset.name]) for asset in seen if asset.complete)
    assert names(store) == sorted(files)


@pytest.fixture
def frozen(freezing: FileStore) -> tuple[FileStore, StoredRelease]:
    store = freezing
    release, _ = put(store)
    return store, store.publish(release)


def test_a_frozen_release_takes_no_more_files(frozen: tuple[FileStore, StoredRelease]) -> None:
    store, release = frozen
    with pytest.raises(RefusedError, match="immutable"):
        store.put(release, new_asset("acme_lib-1.0.tar.gz", b"sdist"), no_advance)

    assert release.immutable
    assert names(store) == [NAME]
    assert store.freezes


def test_a_frozen_release_has_its_file_already(frozen: tuple[FileStore, StoredRelease]) -> None:
    store, release = frozen

    assert store.put(release, new_asset(NAME, CONTENT), no_advance).name == NAME


def test_a_frozen_release_keeps_another_file_out(
    frozen: tuple[FileStore, StoredRelease],
) -> None:
    store, release = frozen
    with pytest.raises(ConflictError):
        store.put(release, new_asset(NAME, OTHER), no_advance)

    assert read(store, listed(store).assets[0]) == CONTENT


def test_a_frozen_release_has_nothing_overwritten(
    frozen: tuple[FileStore, StoredRelease],
) -> None:
    store, release = frozen
    with pytest.raises(RefusedError, match="immutable"):
        store.put(release, new_asset(NAME, OTHER), no_advance, overwrite=True)

    assert read(store, listed(store).assets[0]) == CONTENT


def test_the_rules_keep_the_names_of_distributions(stores: StoreHarness) -> None:
    rules = stores.store().rules

    assert rules.name(NAME) == NAME
    assert rules.max_size >= 2**30
    assert rules.max_assets >= 1000


def opener_of(parts: list[bytes]) -> Callable[[], BinaryIO]:
    """Open something else each time, as a file that is being rebuilt; then the last again."""
    return lambda: io.BytesIO(parts.pop(0) if len(parts) > 1 else parts[0])


def test_a_second_attempt_reads_the_file_again(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    asset = new_asset(NAME, CONTENT, opener=opener_of([OTHER, CONTENT]))
    with pytest.raises(FailedError):
        store.put(release, asset, no_advance)
    store.put(release, asset, no_advance)

    assert names(store) == [NAME]


@pytest.mark.parametrize("published", [False, True], ids=["draft", "published"])
def test_a_file_is_removed_and_the_others_stay(stores: StoreHarness, published: bool) -> None:
    store = stores.store()
    release, asset = put(store)
    store.put(release, new_asset(f"{NAME}.metadata", b"metadata"), no_advance)
    if published:
        release = store.publish(release)

    assert store.remove(release, asset)
    assert names(stores.store()) == [f"{NAME}.metadata"]
    with pytest.raises(NotFoundError):
        read(store, asset)


def test_a_file_of_a_draft_is_removed_after_it_was_published(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = put(store)
    stores.store().publish(release)

    assert store.remove(release, asset)
    assert names(stores.store()) == []


def test_removing_a_file_twice_is_success(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = stored(store)

    assert store.remove(release, asset)
    assert not stores.store().remove(release, asset)
    assert listed(stores.store()).assets == ()


def test_a_removed_file_can_be_stored_again(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = stored(store)
    store.remove(release, asset)
    store.put(release, new_asset(NAME, OTHER), no_advance)

    assert read(store, listed(store).assets[0]) == OTHER


@pytest.mark.parametrize("published", [False, True], ids=["draft", "published"])
def test_a_release_is_removed_with_its_files(stores: StoreHarness, published: bool) -> None:
    store = stores.store()
    release, asset = put(store)
    other = store.draft(new_release("other-1.0"))
    if published:
        release = store.publish(release)

    assert store.remove(release)
    assert [each.key for each in stores.store().releases()] == [other.key]
    with pytest.raises(NotFoundError):
        read(store, asset)


def test_removing_a_release_twice_is_success(stores: StoreHarness) -> None:
    store = stores.store()
    release, asset = stored(store)

    assert store.remove(release)
    assert not stores.store().remove(release)
    assert not stores.store().remove(release, asset)


def test_a_removed_release_can_be_made_again(stores: StoreHarness) -> None:
    store = stores.store()
    release, _ = stored(store)
    store.remove(release)
    put(store, OTHER)

    assert listed(store).draft
    assert read(store, listed(store).assets[0]) == OTHER


def test_what_an_interrupted_upload_left_goes_with_its_release(stores: StoreHarness) -> None:
    store = stores.store()
    release = store.draft(new_release())
    stores.leave_unfinished(release, NAME)
    stores.pass_time()

    assert store.remove(release)
    assert listed_after(stores) == ()


def listed_after(stores: StoreHarness) -> Sequence[Asset]:
    """List the files of the release after it was made again."""
    return stores.store().draft(new_release()).assets


def test_nothing_of_a_frozen_release_is_removed(frozen: tuple[FileStore, StoredRelease]) -> None:
    store, release = frozen
    for asset in (listed(store).assets[0], None):
        with pytest.raises(RefusedError, match="immutable"):
            store.remove(release, asset)

    assert read(store, listed(store).assets[0]) == CONTENT
