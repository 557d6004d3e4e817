"""What is true of memory alone; the rest is in tests/contract."""

from ghpypi.core.upload.rules import Rules
from ghpypi.stores.memory import ANYTHING, UPLOADED_AT, MemoryStore
from tests.support.packages import new_asset, new_release, no_advance, publish_files


def test_everything_arrived_at_once() -> None:
    store = MemoryStore()
    publish_files(store, [("a-1.0.zip", b"x")], "v 1")
    (asset,) = next(store.releases()).assets

    assert asset.uploaded_at == UPLOADED_AT
    assert asset.url == "files/v%201/a-1.0.zip"


def test_a_prerelease_is_kept_as_one() -> None:
    store = MemoryStore()
    store.draft(new_release("nightly", prerelease=True))

    assert [release.prerelease for release in store.releases()] == [True]


def test_a_release_freezes_when_it_is_published_if_that_is_wanted() -> None:
    store = MemoryStore(immutable=True)
    release = store.draft(new_release())
    store.put(release, new_asset("a-1.0.zip", b"x"), no_advance)

    assert [each.immutable for each in store.releases()] == [False]
    store.publish(release)
    assert [each.immutable for each in store.releases()] == [True]


def test_name_and_rules_are_as_given() -> None:
    rules = Rules(max_size=1, max_assets=1, name=str.upper)

    assert MemoryStore("acme/pypi", rules=rules).name == "acme/pypi"
    assert MemoryStore(rules=rules).rules is rules
    assert MemoryStore().rules is ANYTHING
