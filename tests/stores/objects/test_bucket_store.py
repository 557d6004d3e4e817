import io
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.locator import Locator
from ghpypi.errors import ConflictError, FailedError, TryLaterError, UsageError
from ghpypi.ports import NewAsset
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.large_uploads import LargeUploads
from ghpypi.stores.objects.location import Location
from ghpypi.stores.objects.releases import ARRIVING, upload_key
from ghpypi.stores.objects.sending import ATTEMPTS, SINGLE_LIMIT
from ghpypi.stores.objects.store import BucketStore
from ghpypi.stores.objects.values import Tag
from tests.stores.objects.clients import FailingClient, memory
from tests.support.packages import new_asset, new_release, no_advance, wheel
from tests.support.waiting import eventually

NAME, CONTENT = wheel("acme_lib", "1.0")
LARGE = NewAsset.of("large.whl", b"x" * (SINGLE_LIMIT + 1))
OTHER = NewAsset.of("large.whl", b"y" * (SINGLE_LIMIT + 1))
KEY = "files/acme-lib-1.0/large.whl"


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        ("pypi", "pypi", ""),
        ("pypi/", "pypi", ""),
        ("my.bucket/team/a/", "my.bucket", "team/a"),
        ("$web", "$web", ""),
    ],
)
def test_a_locator_is_a_bucket_with_a_prefix(text: str, bucket: str, prefix: str) -> None:
    found = Location.of(Locator(kind="s3", value=text))

    assert (found.bucket, found.prefix) == (bucket, prefix)
    assert not str(found).endswith("/")


@pytest.mark.parametrize("text", ["", "/x", "x", "pypi/../y", "b?x=1", "pypi/a b\n"])
def test_another_locator_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a bucket with a prefix"):
        Location.of(Locator(kind="s3", value=text))


def test_a_locator_with_a_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(UsageError, match="contains a user name, password or key") as caught:
        Location.of(Locator(kind="s3", value="AKIA:hunter2@bucket/x"))

    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_a_file_records_its_digest_and_time_and_says_how_long_it_may_be_cached() -> None:
    client = memory()
    store = BucketStore(client, now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance)
    store.put(release, new_asset(f"{NAME}.metadata", b"m"), no_advance)
    listed = {asset.name: asset for asset in store.publish(release).assets}

    found = client.find(listed[NAME].key)
    beside = client.find(listed[f"{NAME}.metadata"].key)
    assert found
    assert beside
    assert found.attributes == {
        "Content-Type": "application/zip",
        "Cache-Control": "max-age=31536000, immutable",
        "sha256": digest_of(CONTENT),
        "uploaded": "2026-01-02T03:04:05Z",
    }
    assert beside.attributes["Cache-Control"] == "max-age=3600"
    assert listed[NAME].sha256 is None
    detailed = store.detailed(listed[NAME])
    assert (detailed.sha256, detailed.uploaded_at) == (digest_of(CONTENT), "2026-01-02T03:04:05Z")


def test_a_file_that_was_copied_by_another_tool_is_known_by_its_content() -> None:
    client = memory()
    client.write(f"files/acme-lib-1.0/{NAME}", CONTENT, {})
    store = BucketStore(client)
    (release,) = store.releases()

    assert not release.draft
    stored = store.put(release, new_asset(NAME, CONTENT), no_advance)
    assert stored.sha256 == digest_of(CONTENT)
    with pytest.raises(ConflictError, match=re.escape(NAME)):
        store.put(release, new_asset(NAME, b"other"), no_advance)


@pytest.mark.parametrize("key", ["files/x", "files/a/b/c.whl", "files/a/\x1b.whl", "files/a/.x"])
def test_other_objects_are_no_files(key: str) -> None:
    client = memory()
    client.store.put(key, b"") if key.isprintable() else None

    assert [asset for each in BucketStore(client).releases() for asset in each.assets] == []


def test_a_large_file_is_sent_in_parts_under_a_claim() -> None:
    client, seen, moved = memory(), list[str](), list[int]()
    store = BucketStore(client)
    release = store.draft(new_release())

    def opened() -> io.BytesIO:
        with ThreadPoolExecutor(1) as pool:  # obstore takes no request in this thread
            assets = pool.submit(store.current, release).result().assets
        seen.extend(asset.name for asset in assets if asset.arriving)
        return io.BytesIO(b"x" * LARGE.size)

    asset = NewAsset(name=LARGE.name, size=LARGE.size, sha256=LARGE.sha256, open=opened)
    stored = store.put(release, asset, moved.append)

    assert seen == [LARGE.name]
    assert sum(moved) == LARGE.size
    assert store.detailed(store.current(release).assets[0]).sha256 == stored.sha256 == LARGE.sha256
    assert client.find(upload_key(KEY)) is None
    assert store.put(release, LARGE, no_advance).sha256 == LARGE.sha256
    with pytest.raises(ConflictError):
        store.put(release, OTHER, no_advance)


def test_a_large_file_that_changes_while_it_is_sent_is_not_stored() -> None:
    client = memory()
    store = BucketStore(client)
    release = store.draft(new_release())
    changed = NewAsset(
        name=LARGE.name, size=LARGE.size, sha256=LARGE.sha256, open=lambda: io.BytesIO(b"y" * 99)
    )
    with pytest.raises(FailedError, match="changed while it was sent"):
        store.put(release, changed, no_advance)

    assert store.current(release).assets == ()


def test_a_name_that_another_process_claims_is_waited_for() -> None:
    client = memory()

    def finish(seconds: float) -> None:
        client.write(KEY, b"y" * OTHER.size, {"sha256": OTHER.sha256})
        client.delete([upload_key(KEY)])

    store = BucketStore(client, sleep=finish)
    release = store.draft(new_release())
    client.write(upload_key(KEY), b"other", {})
    with pytest.raises(ConflictError, match=r"large\.whl with different content"):
        store.put(release, LARGE, no_advance)


def test_a_claim_that_is_not_renewed_is_taken_over() -> None:
    client = memory()
    later = datetime.now(UTC) + ARRIVING + timedelta(seconds=1)
    store = BucketStore(client, now=lambda: later)
    release = store.draft(new_release())
    client.write(upload_key(KEY), b"dead", {})
    store.put(release, LARGE, no_advance)

    assert [each.complete for each in store.current(release).assets] == [True]


def test_an_upload_whose_claim_was_taken_over_stores_nothing() -> None:
    client = memory()
    release = BucketStore(client).draft(new_release())

    def opened() -> io.BytesIO:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(client.write, upload_key(KEY), b"other", {}).result()
        eventually(lambda: not [x for x in threading.enumerate() if "_renew" in x.name])
        return io.BytesIO(b"x" * LARGE.size)

    asset = NewAsset(name=LARGE.name, size=LARGE.size, sha256=LARGE.sha256, open=opened)
    uploads = LargeUploads(client, lambda: datetime.now(UTC), renew_seconds=0.01)
    with pytest.raises(TryLaterError, match="has taken over the upload"):
        uploads.send(KEY, asset, {}, no_advance)

    assert client.find(KEY) is None
    assert client.find(upload_key(KEY))
    assert release.draft


def publish(client: BucketClient) -> None:
    store = BucketStore(client)
    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance)
    store.put(release, new_asset(f"{NAME}.metadata", b"m"), no_advance)
    store.publish(release)


def failing() -> FailingClient:
    inner = memory()
    return FailingClient(name=inner.name, store=inner.store)


def requests_of_publishing() -> int:
    client = failing()
    publish(client)
    return client.faults.count


def test_publishing_a_file_takes_few_requests() -> None:
    client = failing()
    publish(client)

    # Lists: before the draft, each file and publishing, and whether an empty one is of a bucket.
    # Writes: the draft, each file, the release.
    assert (client.faults.count, client.faults.writes) == (9, 4)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 9))
def test_publishing_again_after_a_failed_request_completes_it(at: int, late: bool) -> None:
    client = failing()
    client.faults.at, client.faults.late = at, late
    with pytest.raises(TryLaterError):
        publish(client)
    seen = list(BucketStore(client).releases())
    assert all(each.draft or len(each.assets) == 2 for each in seen)
    publish(client)

    (release,) = BucketStore(client).releases()
    assert not release.draft
    assert [asset.name for asset in release.assets] == [NAME, f"{NAME}.metadata"]


@pytest.mark.parametrize("at", range(1, 4))
def test_removing_again_after_a_failed_request_completes_it(at: int) -> None:
    client = failing()
    publish(client)
    (release,) = BucketStore(client).releases()
    client.faults.at = client.faults.count + at
    try:
        BucketStore(client).remove(release)
    except TryLaterError:
        BucketStore(client).remove(release)

    assert list(client.objects()) == []


class RefusingClient(BucketClient):
    """An endpoint that refuses to create objects, as if they existed."""

    def create(self, key: str, content: bytes, attributes: Mapping[str, str]) -> Tag | None:
        del key, content, attributes
        return None


def test_an_endpoint_that_always_refuses_to_create_objects_is_not_asked_for_ever() -> None:
    slept: list[float] = []
    client = RefusingClient(name="s3://refusing", store=memory().store)
    with pytest.raises(TryLaterError, match=r"refuses to write files/acme-lib-1\.0/\.release"):
        BucketStore(client, sleep=slept.append).draft(new_release())

    assert len(slept) == ATTEMPTS - 1
