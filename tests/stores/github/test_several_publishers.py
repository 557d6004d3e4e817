"""Processes that publish one version at the same time, step by step."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.model import StoredRelease
from ghpypi.errors import ConflictError, RefusedError, TryLaterError, UnfinishedError
from ghpypi.jobs.upload import UploadOptions, UploadReport, publish, upload
from ghpypi.ports import Advance, NewAsset, NewRelease
from ghpypi.stores import built
from ghpypi.stores.github.releases import CHECKED_DRAFTS, GitHubStore
from tests.emulator.release import Asset, Release
from tests.stores.github.scene import Scene
from tests.support.packages import (
    Built,
    new_asset,
    new_release,
    no_advance,
    sdist,
    sidecar_of,
    wheel,
    written,
)
from tests.support.reporters import MemoryReporter

TAG = "acme-lib-1.0"
WHEEL, SDIST = wheel("acme_lib", "1.0"), sdist("acme_lib", "1.0")
SIDECAR = sidecar_of(WHEEL)
CONTENT = b"content"


def upload_from(
    store: GitHubStore, folder: Path, *files: Built, draft: bool = False
) -> tuple[UploadReport, list[str]]:
    """Upload files; return the report and the warnings."""
    reporter = MemoryReporter()
    options = UploadOptions(draft=draft, parallel=1)
    paths = written(folder, *files)
    return upload(built.read(paths), store, reporter, options), reporter.warnings


def held(release: Release) -> list[str]:
    return sorted(asset.name for asset in release.assets if asset.state == "uploaded")


def only(scene: Scene) -> Release:
    (release,) = scene.repository.releases
    return release


# Drafts


def test_processes_that_make_drafts_at_the_same_time_agree_on_the_oldest(scene: Scene) -> None:
    stores = [scene.connect().store() for _ in range(3)]
    for store in stores:
        list(store.releases())  # none of them sees a draft
    drafts = [store.draft(new_release(TAG)) for store in stores]

    assert {draft.key for draft in drafts} == {str(only(scene).id)}


def test_an_own_draft_that_another_process_fills_is_not_deleted(scene: Scene) -> None:
    oldest = scene.repository.add_release(TAG, draft=True)
    store = scene.connect().store()
    store._own.remember([])
    create = store._releases.create_draft

    def filled(repository: str, release: NewRelease) -> StoredRelease:
        made = create(repository, release)
        scene.repository.releases[-1].add_asset(*SDIST)
        return made

    store._releases.create_draft = filled  # type: ignore[method-assign]
    draft = store.draft(new_release(TAG))

    assert draft.key == str(oldest.id)
    assert [held(each) for each in scene.repository.releases] == [[], [SDIST[0]]]


def test_a_run_that_makes_many_drafts_does_not_list_for_each(scene: Scene) -> None:
    store = scene.connect().store()
    for number in range(CHECKED_DRAFTS + 5):
        store.draft(new_release(f"acme-lib-{number}.0"))
    listings = [each for each in scene.log(method="GET") if each.endswith("/releases")]

    assert len(listings) == CHECKED_DRAFTS + 1


# Publishing


@pytest.mark.parametrize("lag", [0, 30], ids=["shown at once", "shown late"])
def test_publishing_a_second_draft_returns_the_published_release(scene: Scene, lag: int) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    winner = scene.repository.add_release(TAG)
    scene.github.listing_lag = lag
    published = store.publish(draft)

    assert (published.key, published.draft) == (str(winner.id), False)


def test_a_release_that_github_never_shows_is_given_up_in_time(scene: Scene) -> None:
    store = scene.connect(max_wait=60).store()
    draft = store.draft(new_release(TAG))
    scene.repository.add_release(TAG)
    scene.github.listing_lag = 10**6

    with pytest.raises(TryLaterError, match="is published, but GitHub does not show it yet"):
        store.publish(draft)


@pytest.mark.parametrize("immutable", [True, False])
def test_releases_freeze_as_the_newest_did(scene: Scene, immutable: bool) -> None:
    scene.repository.add_release("old", immutable=not immutable)
    scene.repository.add_release("new", immutable=immutable)
    scene.repository.add_release("draft", draft=True)

    assert scene.connect().store().freezes is immutable


def test_releases_may_freeze_where_none_is_published(scene: Scene) -> None:
    scene.repository.add_release("draft", draft=True)

    assert scene.connect().store().freezes


# Unfinished uploads


def test_a_file_that_another_process_is_sending_is_waited_for(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    sending = only(scene).add_asset("a.whl", state="starter")
    looked: list[float] = []

    def wait(seconds: float) -> None:
        looked.append(seconds)
        scene.github.advance(seconds)
        if len(looked) == 5:
            only(scene).remove_asset(sending)
            only(scene).add_asset("a.whl", CONTENT)

    store._sender._backoff._sleep = wait
    stored = store.put(draft, new_asset("a.whl", CONTENT), no_advance)

    assert stored.sha256 == digest_of(CONTENT)
    assert scene.log(method="DELETE") == []
    assert len(looked) == 5


def test_an_upload_that_broke_off_is_replaced_after_a_minute(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    left = only(scene).add_asset("a.whl", state="starter")
    began = scene.github.clock.time()
    store.put(draft, new_asset("a.whl", CONTENT), no_advance)

    assert 59 <= scene.github.clock.time() - began < 70
    assert scene.log(method="DELETE") == [f"DELETE /repos/acme/pypi/releases/assets/{left.id}"]
    assert held(only(scene)) == ["a.whl"]


def test_an_upload_that_broke_off_long_ago_is_replaced_at_once(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    only(scene).add_asset("a.whl", state="starter")
    scene.github.advance(600)
    began = scene.github.clock.time()
    store.put(draft, new_asset("a.whl", CONTENT), no_advance)

    assert scene.github.clock.time() - began < 10


def test_ages_are_recognized_by_the_clock_of_github(scene: Scene) -> None:
    connection = scene.connect()
    connection._client._backoff.now = lambda: 0.0
    store = connection.store()
    release = scene.repository.add_release(TAG)
    release.add_asset("a.whl", state="starter")
    scene.github.advance(60)
    release.add_asset("b.whl", state="starter")
    scene.github.advance(570)
    (listed,) = store.releases()

    assert {asset.name: asset.arriving for asset in listed.assets} == {
        "a.whl": False,
        "b.whl": True,
    }


def test_a_release_is_settled_when_nothing_arrives(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    only(scene).add_asset("a.whl", state="starter")
    settled = store.settled(draft)

    assert [asset.arriving for asset in settled.assets] == [False]


def test_a_release_that_never_settles_is_given_up_in_time(scene: Scene) -> None:
    store = scene.connect(max_wait=60).store()
    draft = store.draft(new_release(TAG))
    only(scene).add_asset("a.whl", state="starter")

    with pytest.raises(TryLaterError, match=f"seems to be sending 'a.whl' to {TAG}"):
        store.settled(draft)


def test_an_own_starter_that_another_process_removed_is_sent_again(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release(TAG))
    removed: list[Asset] = []

    def remove(_: int) -> None:
        while not removed:
            for asset in only(scene).assets:
                only(scene).remove_asset(asset)
                removed.append(asset)

    content = b"x" * (1 << 20)
    store.put(draft, new_asset("a.whl", content), remove)

    assert len(removed) == 1
    assert only(scene).assets[0].data == content


# The whole job


class Interrupted(GitHubStore):
    """A store to which something happens before a draft is published."""

    before: Callable[[], object]

    def publish(self, release: StoredRelease) -> StoredRelease:
        self.before()
        self.before = lambda: None
        return super().publish(release)


def interrupted(scene: Scene, before: Callable[[], object]) -> Interrupted:
    store = scene.connect().store()
    store.__class__ = Interrupted
    assert isinstance(store, Interrupted)
    store.before = before
    return store


def test_files_follow_into_the_release_that_another_process_published(
    scene: Scene, tmp_path: Path
) -> None:
    scene.repository.add_release("old")  # so that releases are known not to freeze
    store = interrupted(scene, lambda: added(scene, SDIST))
    report, warnings = upload_from(store, tmp_path, WHEEL)
    _, release = scene.repository.releases

    assert report.published == (TAG,)
    assert held(release) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])
    assert warnings == []


def added(scene: Scene, *files: Built, draft: bool = False) -> Release:
    release = scene.repository.add_release(TAG, draft=draft)
    for file in files:
        release.add_asset(*file)
    return release


def test_other_content_in_the_release_that_another_process_published_is_a_conflict(
    scene: Scene, tmp_path: Path
) -> None:
    other = wheel("acme_lib", "1.0", text="x = 1\n")
    store = interrupted(scene, lambda: added(scene, other))
    with pytest.raises(ConflictError, match="they were not published") as caught:
        upload_from(store, tmp_path, WHEEL)

    assert caught.value.faults == (f"{WHEEL[0]} is in release {TAG}",)
    assert held(only(scene)) == [WHEEL[0]]


def test_files_that_come_after_an_immutable_release_are_refused_and_nothing_is_left(
    scene: Scene, tmp_path: Path
) -> None:
    scene.repository.immutable_releases = True
    store = interrupted(scene, lambda: added(scene, SDIST))
    with pytest.raises(RefusedError) as caught:
        upload_from(store, tmp_path, WHEEL)

    assert f"release {TAG} is immutable and accepts no more files: {WHEEL[0]}" in str(caught.value)
    assert "'ghpypi upload --draft' in each" in caught.value.hint
    assert f"'ghpypi publish {TAG}'" in caught.value.hint
    assert held(only(scene)) == [SDIST[0]]


def test_a_draft_that_another_process_published_and_that_froze_is_reported_with_the_recipe(
    scene: Scene, tmp_path: Path
) -> None:
    draft = added(scene, SDIST, draft=True)
    store = scene.connect().store()
    put = store.put

    def freezing(
        release: StoredRelease, asset: NewAsset, advance: Advance, *, overwrite: bool = False
    ) -> object:
        if draft.draft:
            scene.repository.publish(draft, immutable=True)
        return put(release, asset, advance, overwrite=overwrite)

    store.put = freezing  # type: ignore[assignment,method-assign]
    with pytest.raises(RefusedError, match="is immutable and accepts no more files") as caught:
        upload_from(store, tmp_path, WHEEL)

    assert "'ghpypi upload --draft' in each" in caught.value.hint


def test_a_draft_that_another_process_deleted_is_made_again(scene: Scene, tmp_path: Path) -> None:
    store = interrupted(scene, scene.repository.releases.clear)
    report, _ = upload_from(store, tmp_path, WHEEL)

    assert report.published == (TAG,)
    assert held(only(scene)) == sorted([WHEEL[0], SIDECAR[0]])


def test_a_draft_beside_a_published_release_hides_no_file(scene: Scene, tmp_path: Path) -> None:
    added(scene, WHEEL, SIDECAR)
    added(scene, SDIST, draft=True)
    _, warnings = upload_from(scene.connect().store(), tmp_path, SDIST)

    assert held(only(scene)) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])
    assert warnings == []


def test_a_draft_with_other_files_beside_a_published_release_is_named(
    scene: Scene, tmp_path: Path
) -> None:
    added(scene, WHEEL, SIDECAR)
    draft = added(scene, SDIST, draft=True)
    _, warnings = upload_from(scene.connect().store(), tmp_path, WHEEL)

    (warning,) = warnings
    assert warning == (
        f"another draft of release {TAG} has files that are not public: {SDIST[0]}; publish them "
        f"with 'ghpypi publish {TAG}'"
    )
    assert draft in scene.repository.releases


def test_two_drafts_of_a_tag_become_one_release(scene: Scene, tmp_path: Path) -> None:
    scene.repository.immutable_releases = True
    added(scene, SIDECAR, draft=True)
    added(scene, WHEEL, draft=True)
    upload_from(scene.connect().store(), tmp_path, WHEEL, SDIST)

    assert held(only(scene)) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])


def test_a_version_whose_other_file_broke_off_goes_on_as_a_draft(
    scene: Scene, tmp_path: Path
) -> None:
    added(scene, draft=True).add_asset(SDIST[0], state="starter")
    scene.github.advance(3600)
    store = scene.connect().store()
    upload_from(store, tmp_path / "one", WHEEL, draft=True)
    with pytest.raises(UnfinishedError) as caught:
        publish(TAG, store)
    upload_from(store, tmp_path / "two", SDIST)

    assert caught.value.faults == (f"{SDIST[0]} is incomplete",)
    assert held(only(scene)) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])
    assert not only(scene).draft


@pytest.mark.parametrize("immutable", [True, False])
def test_a_broken_upload_of_another_file_prevents_a_release_that_would_freeze_without_it(
    scene: Scene, tmp_path: Path, immutable: bool
) -> None:
    scene.repository.immutable_releases = immutable
    scene.repository.add_release("old")
    draft = added(scene, draft=True)
    draft.add_asset(SDIST[0], state="starter")
    if immutable:
        with pytest.raises(UnfinishedError, match=f"the upload to {TAG} was interrupted"):
            upload_from(scene.connect().store(), tmp_path, WHEEL)
    else:
        upload_from(scene.connect().store(), tmp_path, WHEEL)

    assert draft.draft is immutable


def test_a_file_under_way_is_waited_for_where_releases_freeze(scene: Scene, tmp_path: Path) -> None:
    scene.repository.immutable_releases = True
    scene.repository.add_release("old")
    draft = added(scene, draft=True)
    sending = draft.add_asset(SDIST[0], state="starter")
    store = scene.connect().store()

    def arrive(seconds: float) -> None:
        scene.github.advance(seconds)
        if sending in draft.assets:
            draft.remove_asset(sending)
            draft.add_asset(*SDIST)

    store._backoff._sleep = arrive
    upload_from(store, tmp_path, WHEEL)

    assert held(draft) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])
    assert draft.immutable


def test_publishing_gathers_the_drafts_of_a_tag(scene: Scene) -> None:
    first, second = added(scene, SDIST, draft=True), added(scene, SDIST, WHEEL, draft=True)
    second.add_asset(*SIDECAR)
    store = scene.connect().store()

    assert publish(TAG, store).changed
    assert scene.repository.releases == [first]
    assert held(first) == sorted([WHEEL[0], SIDECAR[0], SDIST[0]])


def test_publishing_adds_a_draft_to_its_published_release(scene: Scene) -> None:
    release = added(scene, SDIST)
    added(scene, WHEEL, draft=True)
    store = scene.connect().store()

    assert publish(TAG, store).changed
    assert scene.repository.releases == [release]
    assert held(release) == sorted([WHEEL[0], SDIST[0]])
    assert not publish(TAG, store).changed


def test_publishing_a_draft_for_an_immutable_release_gives_the_recipe(scene: Scene) -> None:
    scene.repository.immutable_releases = True
    added(scene, SDIST)
    draft = added(scene, WHEEL, draft=True)
    with pytest.raises(RefusedError, match="is immutable and accepts no more files") as caught:
        publish(TAG, scene.connect().store())

    assert "release a new version" in caught.value.hint
    assert draft in scene.repository.releases


def test_drafts_that_contradict_each_other_are_not_published(scene: Scene) -> None:
    added(scene, WHEEL, draft=True)
    added(scene, (WHEEL[0], b"other"), draft=True)
    with pytest.raises(ConflictError, match="have different files of these names") as caught:
        publish(TAG, scene.connect().store())

    assert caught.value.faults == (WHEEL[0],)
    assert [each.draft for each in scene.repository.releases] == [True, True]


def test_publishing_follows_into_the_release_that_another_process_published(
    scene: Scene,
) -> None:
    added(scene, WHEEL, draft=True)
    store = interrupted(scene, lambda: added(scene, SDIST))

    assert publish(TAG, store).changed
    assert held(only(scene)) == sorted([WHEEL[0], SDIST[0]])


def test_two_uploads_of_the_same_files_at_the_same_time_disturb_each_other_not_at_all(
    scene: Scene,
) -> None:
    reports: list[UploadReport] = []
    barrier = threading.Barrier(2)

    def run() -> None:
        barrier.wait()
        reports.append(scene.upload())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reports) == 2
    assert [(x.draft, len(x.assets)) for x in scene.repository.releases] == [(False, 3), (False, 2)]
