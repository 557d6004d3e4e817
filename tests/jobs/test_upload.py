"""The upload job, over a store in memory."""

import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.quantities import human_size
from ghpypi.core.upload.plan import Action, Distribution
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import (
    ConflictError,
    FailedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
    UnfinishedError,
    UsageError,
)
from ghpypi.jobs.upload import UploadOptions, UploadReport, upload
from ghpypi.ports import Advance, FileStore, NewAsset, NewRelease
from ghpypi.stores.memory import MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.support.packages import (
    Built,
    new_release,
    on_disk,
    publish_files,
    sdist,
    sidecar_of,
    wheel,
)
from tests.support.reporters import MemoryReporter

WHEEL = wheel("acme_lib", "1.0", "Summary: Does acme things\nRequires-Python: >=3.9")
SDIST = sdist("acme_lib", "1.0", "Summary: Does acme things\nRequires-Python: >=3.9")
SIDECAR = sidecar_of(WHEEL)
OTHER_WHEEL = wheel("acme_lib", "1.0", "Summary: Does acme things", text="x = 1\n")
TAG = "acme-lib-1.0"


class CutOffStore(MemoryStore):
    """A store that refuses for now after so many files."""

    def __init__(self, accepts: int) -> None:
        super().__init__()
        self.accepts = accepts

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        if not self.accepts:
            raise TryLaterError("no more for now")
        self.accepts -= 1
        return super().put(release, asset, advance, overwrite=overwrite)


class ForgetfulStore(MemoryStore):
    """A store that knows no digests, and counts what is read of it."""

    reads = 0

    def releases(self) -> Iterator[StoredRelease]:
        for each in super().releases():
            yield each._replace(assets=tuple(x._replace(sha256=None) for x in each.assets))

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        self.reads += 1
        return super().stream(asset)


def run(
    distributions: list[Distribution],
    store: FileStore,
    options: UploadOptions | None = None,
    reporter: MemoryReporter | None = None,
) -> UploadReport:
    return upload(distributions, store, reporter or MemoryReporter(), options or UploadOptions())


def held(store: FileStore) -> dict[str, dict[str, bytes]]:
    """Everything in a store: release to filename to content."""
    found: dict[str, dict[str, bytes]] = {}
    for release in store.releases():
        files = found.setdefault(release.tag + (" (draft)" if release.draft else ""), {})
        for asset in release.assets:
            with store.stream(asset) as file:
                files[asset.name] = file.read()
    return found


def actions(report: UploadReport) -> dict[str, Action]:
    return {item.distribution.filename.text: item.action for item in report.plan.items}


def test_everything_arrives_with_sidecars_and_is_published(tmp_path: Path) -> None:
    store = MemoryStore()
    report = run(on_disk(tmp_path, WHEEL, SDIST), store)

    assert held(store) == {TAG: dict([WHEEL, SDIST, SIDECAR])}
    assert (report.published, report.drafts) == ((TAG,), ())
    assert actions(report) == {WHEEL[0]: Action.SEND, SDIST[0]: Action.SEND}


def test_each_version_of_each_project_is_a_release(tmp_path: Path) -> None:
    store = MemoryStore()
    files = [WHEEL, sdist("acme_lib", "1.1"), sdist("other", "1.0")]
    report = run(on_disk(tmp_path, *files), store)

    assert report.published == ("acme-lib-1.0", "acme-lib-1.1", "other-1.0")
    assert sorted(held(store)) == ["acme-lib-1.0", "acme-lib-1.1", "other-1.0"]


def test_a_tag_puts_everything_in_one_release(tmp_path: Path) -> None:
    store = MemoryStore()
    files = [SDIST, sdist("other", "1.0")]
    report = run(on_disk(tmp_path, *files), store, UploadOptions(tag="2026-01"))

    assert report.published == ("2026-01",)
    assert held(store) == {"2026-01": dict(files)}


def test_the_same_again_has_nothing_to_do(tmp_path: Path) -> None:
    store = MemoryStore()
    files = on_disk(tmp_path, WHEEL, SDIST)
    run(files, store)
    report = run(files, store)

    assert actions(report) == {WHEEL[0]: Action.PRESENT, SDIST[0]: Action.PRESENT}
    assert (report.published, report.drafts) == ((), ())


def test_a_file_in_another_release_is_already_there(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [SDIST], "somewhere")
    report = run(on_disk(tmp_path, SDIST), store)

    assert [item.where for item in report.plan.items] == ["somewhere"]
    assert held(store) == {"somewhere": dict([SDIST])}


def test_a_published_release_takes_another_file(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [SDIST])
    report = run(on_disk(tmp_path, WHEEL), store)

    assert report.published == ()
    assert held(store) == {TAG: dict([SDIST, SIDECAR, WHEEL])}


def test_a_missing_sidecar_is_added(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [WHEEL])
    report = run(on_disk(tmp_path, WHEEL), store)

    assert actions(report) == {WHEEL[0]: Action.PRESENT}
    assert held(store) == {TAG: dict([WHEEL, SIDECAR])}


@pytest.mark.parametrize("kind", [MemoryStore, ForgetfulStore], ids=["digests", "no digests"])
def test_a_metadata_file_of_another_wheel_is_replaced(
    tmp_path: Path, kind: type[MemoryStore]
) -> None:
    store = kind()
    publish_files(store, [WHEEL, (SIDECAR[0], sidecar_of(OTHER_WHEEL)[1])])
    files = on_disk(tmp_path, WHEEL)
    report = run(files, store)
    again = run(files, store)

    assert held(store) == {TAG: dict([WHEEL, SIDECAR])}
    assert [x.siblings for x in report.plan.items + again.plan.items] == [(".metadata",), ()]


def test_a_metadata_file_left_of_a_wheel_that_was_removed_is_replaced(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [SDIST, (SIDECAR[0], sidecar_of(OTHER_WHEEL)[1])])
    run(on_disk(tmp_path, WHEEL), store)

    assert held(store) == {TAG: dict([SDIST, WHEEL, SIDECAR])}


PROVENANCE = f"{WHEEL[0]}.provenance", b"provenance"


@pytest.mark.parametrize("present", [(), (WHEEL, SIDECAR), (WHEEL, (PROVENANCE[0], b"old"))])
def test_provenance_is_stored_beside_its_file(tmp_path: Path, present: Sequence[Built]) -> None:
    store = MemoryStore()
    publish_files(store, present)
    files = [replace(each, provenance=PROVENANCE[1]) for each in on_disk(tmp_path, WHEEL)]
    run(files, store)
    again = run(files, store)

    assert held(store) == {TAG: dict([WHEEL, SIDECAR, PROVENANCE])}
    assert again.plan.items[0].siblings == ()


def test_provenance_that_an_immutable_release_cannot_take_is_warned_of(tmp_path: Path) -> None:
    store, reporter = MemoryStore(immutable=True), MemoryReporter()
    publish_files(store, [WHEEL, SIDECAR])
    (file,) = on_disk(tmp_path, WHEEL)
    upload([replace(file, provenance=b"{}")], store, reporter, UploadOptions())

    (warning,) = reporter.warnings
    assert warning == (
        f"the attestations of {WHEEL[0]} are not stored: the file is already in release {TAG}, "
        "which is another one or immutable"
    )


def test_a_wrong_metadata_file_of_an_immutable_release_stays(tmp_path: Path) -> None:
    store = MemoryStore(immutable=True)
    publish_files(store, [WHEEL, (SIDECAR[0], b"wrong")])
    report = run(on_disk(tmp_path, WHEEL), store)

    assert actions(report) == {WHEEL[0]: Action.PRESENT}
    assert held(store)[TAG][SIDECAR[0]] == b"wrong"


def test_a_file_that_arrives_cut_off_is_no_conflict(tmp_path: Path) -> None:
    class CuttingStore(ForgetfulStore):
        def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
            with super().stream(asset) as file:
                content = file.read()
            return io.BytesIO(content[:10] if self.reads == 1 else content)

    store = CuttingStore()
    publish_files(store, [SDIST])

    assert actions(run(on_disk(tmp_path, SDIST), store)) == {SDIST[0]: Action.PRESENT}


def test_an_immutable_release_lacks_its_sidecar_for_ever(tmp_path: Path) -> None:
    store = MemoryStore(immutable=True)
    publish_files(store, [WHEEL])
    run(on_disk(tmp_path, WHEEL), store)

    assert held(store) == {TAG: dict([WHEEL])}


def test_other_content_is_a_conflict_and_nothing_is_sent(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [WHEEL])
    before = held(store)
    with pytest.raises(ConflictError) as caught:
        run(on_disk(tmp_path, OTHER_WHEEL, SDIST), store)

    assert str(caught.value) == (
        "memory has files of these names with different content; nothing was sent\n"
        "  - acme_lib-1.0-py3-none-any.whl is in release acme-lib-1.0"
    )
    assert "--skip-existing" in caught.value.hint
    assert held(store) == before


def test_a_conflict_in_another_release_counts(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [WHEEL], "somewhere")

    with pytest.raises(ConflictError, match="release somewhere"):
        run(on_disk(tmp_path, OTHER_WHEEL), store)


def test_skip_existing_leaves_other_content_alone(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [WHEEL, SIDECAR])
    report = run(on_disk(tmp_path, OTHER_WHEEL, SDIST), store, UploadOptions(skip_existing=True))

    assert actions(report) == {WHEEL[0]: Action.SKIP, SDIST[0]: Action.SEND}
    assert held(store) == {TAG: dict([WHEEL, SIDECAR, SDIST])}


def test_skipping_all_there_is_makes_no_release(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [WHEEL], "somewhere")
    report = run(on_disk(tmp_path, OTHER_WHEEL), store, UploadOptions(skip_existing=True))

    assert (report.published, report.drafts) == ((), ())
    assert list(held(store)) == ["somewhere"]


def test_a_draft_stops_before_publishing(tmp_path: Path) -> None:
    store = MemoryStore()
    report = run(on_disk(tmp_path, WHEEL), store, UploadOptions(draft=True))

    assert (report.published, report.drafts) == ((), (TAG,))
    assert held(store) == {f"{TAG} (draft)": dict([SIDECAR, WHEEL])}


def test_a_draft_that_is_complete_is_still_a_draft(tmp_path: Path) -> None:
    store = MemoryStore()
    files = on_disk(tmp_path, WHEEL)
    run(files, store, UploadOptions(draft=True))
    report = run(files, store, UploadOptions(draft=True))

    assert (report.published, report.drafts) == ((), (TAG,))


def test_uploading_what_a_draft_holds_publishes_it(tmp_path: Path) -> None:
    store = MemoryStore()
    files = on_disk(tmp_path, WHEEL)
    run(files, store, UploadOptions(draft=True))
    report = run(files, store)

    assert report.published == (TAG,)
    assert actions(report) == {WHEEL[0]: Action.PRESENT}
    assert held(store) == {TAG: dict([SIDECAR, WHEEL])}


def test_drafting_into_a_published_release_reports_no_draft(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [SDIST])
    report = run(on_disk(tmp_path, WHEEL), store, UploadOptions(draft=True))

    assert (report.published, report.drafts) == ((), ())


def test_a_file_in_a_draft_of_another_release_is_no_conflict(tmp_path: Path) -> None:
    store = MemoryStore()
    run(on_disk(tmp_path / "a", OTHER_WHEEL), store, UploadOptions(draft=True, tag="attempt"))
    run(on_disk(tmp_path / "b", WHEEL), store)

    assert held(store)[TAG] == dict([SIDECAR, WHEEL])


def test_a_dry_run_plans_and_sends_nothing(tmp_path: Path) -> None:
    store = MemoryStore()
    report = run(on_disk(tmp_path, WHEEL), store, UploadOptions(dry_run=True))

    assert held(store) == {}
    assert actions(report) == {WHEEL[0]: Action.SEND}
    assert (report.published, report.drafts) == ((), ())


@pytest.mark.parametrize("accepts", range(3))
def test_whatever_was_interrupted_is_finished_by_the_same_call(
    tmp_path: Path, accepts: int
) -> None:
    store = CutOffStore(accepts)
    files = on_disk(tmp_path, WHEEL, SDIST)
    with pytest.raises(TryLaterError):
        run(files, store, UploadOptions(parallel=1))

    assert [release.draft for release in store.releases()] == [True]
    store.accepts = 10
    report = run(files, store)
    assert held(store) == {TAG: dict([WHEEL, SDIST, SIDECAR])}
    assert report.published == (TAG,)


def test_the_sidecar_goes_first(tmp_path: Path) -> None:
    store = CutOffStore(1)
    with pytest.raises(TryLaterError):
        run(on_disk(tmp_path, WHEEL), store)

    assert held(store) == {f"{TAG} (draft)": dict([SIDECAR])}


def test_a_file_that_changes_meanwhile_is_not_published(tmp_path: Path) -> None:
    store = MemoryStore()
    files = on_disk(tmp_path, WHEEL)
    (tmp_path / WHEEL[0]).write_bytes(OTHER_WHEEL[1])
    with pytest.raises(FailedError, match="changed while it was sent"):
        run(files, store)

    assert held(store) == {f"{TAG} (draft)": dict([SIDECAR])}


def test_progress_covers_all_bytes_of_files(tmp_path: Path) -> None:
    reporter = MemoryReporter()
    files = on_disk(tmp_path, WHEEL, SDIST)
    run(files, MemoryStore(), reporter=reporter)

    size = len(WHEEL[1]) + len(SDIST[1])
    listing, sending = (task.state() for task in reporter.tasks)
    assert (listing.label, listing.total, listing.unit) == ("listing", None, "file")
    assert (sending.label, sending.done, sending.total) == ("uploading", size, size)
    assert reporter.steps == ["listing the releases of memory", f"uploading {human_size(size)}"]


def limited(*, size: int = 1 << 40, assets: int = 1 << 20, epoch: bool = True) -> Rules:
    def name(text: str) -> str:
        return text if epoch else text.replace("!", ".")

    return Rules(max_size=size, max_assets=assets, name=name)


@pytest.mark.parametrize(
    ("rules", "files", "fault"),
    [
        pytest.param(
            limited(size=10), [SDIST], f"{SDIST[0]}: {len(SDIST[1]):,} bytes", id="too big"
        ),
        pytest.param(
            limited(epoch=False), [sdist("acme_lib", "1!2.0")], "rename it to", id="renamed"
        ),
        pytest.param(limited(assets=1), [WHEEL], "would have 2 assets", id="too many assets"),
    ],
)
def test_what_the_store_cannot_take_is_refused_before_anything_is_sent(
    tmp_path: Path, rules: Rules, files: list[Built], fault: str
) -> None:
    store = MemoryStore(rules=rules)
    with pytest.raises(RefusedError) as caught:
        run(on_disk(tmp_path, *files), store)

    assert caught.value.message == "memory cannot accept these files; nothing was sent"
    assert len(caught.value.faults) == 1
    assert fault in caught.value.faults[0]
    assert held(store) == {}


def test_an_immutable_release_takes_no_more_files(tmp_path: Path) -> None:
    store = MemoryStore(immutable=True)
    publish_files(store, [SDIST])
    with pytest.raises(
        RefusedError, match="is immutable and accepts no more files: acme_l"
    ) as caught:
        run(on_disk(tmp_path, WHEEL), store)

    assert f"'ghpypi publish {TAG}'" in caught.value.hint
    assert held(store) == {TAG: dict([SDIST])}


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = on_disk(tmp_path / "a", WHEEL) + on_disk(tmp_path / "b", OTHER_WHEEL)

    with pytest.raises(RefusedError, match="given 2 times"):
        run(files, MemoryStore())


def test_a_file_near_the_limit_is_worth_a_warning(tmp_path: Path) -> None:
    reporter = MemoryReporter()
    store = MemoryStore(rules=limited(size=len(SDIST[1])))
    run(on_disk(tmp_path, SDIST), store, reporter=reporter)

    assert reporter.warnings == [f"{SDIST[0]} has 100% of the maximum size of the store"]


def test_digests_the_store_does_not_know_are_found_out_where_they_matter(tmp_path: Path) -> None:
    store = ForgetfulStore()
    publish_files(store, [WHEEL, SIDECAR, wheel("other", "1.0")])
    report = run(on_disk(tmp_path, WHEEL, SDIST), store)

    assert store.reads == 2  # the wheel and its metadata file
    assert actions(report) == {WHEEL[0]: Action.PRESENT, SDIST[0]: Action.SEND}


def test_a_conflict_is_seen_without_a_digest(tmp_path: Path) -> None:
    store = ForgetfulStore()
    publish_files(store, [WHEEL])

    with pytest.raises(ConflictError):
        run(on_disk(tmp_path, OTHER_WHEEL), store)


def test_the_release_notes_list_its_files(tmp_path: Path) -> None:
    made = []

    class NotingStore(MemoryStore):
        def draft(self, release: NewRelease) -> StoredRelease:
            made.append(release)
            return super().draft(release)

    run(on_disk(tmp_path, WHEEL, SDIST, sdist("other", "2.0rc1")), NotingStore())

    assert [(each.title, each.notes, each.prerelease) for each in made] == [
        ("acme-lib 1.0", "Does acme things", False),
        ("other 2.0rc1", "", True),
    ]


def test_files_of_a_release_go_in_parallel(tmp_path: Path) -> None:
    files = [wheel("acme_lib", f"1.0+cu{number}") for number in range(12)]
    store = MemoryStore()
    run(on_disk(tmp_path, *files), store, UploadOptions(tag="gpu", parallel=4))

    assert held(store) == {"gpu": dict([*files, *map(sidecar_of, files)])}


def test_leftovers_of_an_interrupted_upload_are_replaced(tmp_path: Path) -> None:
    harness = MemoryStoreHarness()
    store = harness.store()
    release = store.draft(new_release(TAG))
    harness.leave_unfinished(release, WHEEL[0])
    run(on_disk(tmp_path, WHEEL), store)

    assert held(store) == {TAG: dict([SIDECAR, WHEEL])}


@pytest.mark.parametrize("immutable", [True, False])
def test_a_draft_with_a_broken_upload_of_another_file_is_published_where_it_can_be_added_later(
    tmp_path: Path, immutable: bool
) -> None:
    harness = MemoryStoreHarness(immutable=immutable)
    store = harness.store()
    harness.leave_unfinished(store.draft(new_release(TAG)), SDIST[0])
    if immutable:
        with pytest.raises(UnfinishedError) as caught:
            run(on_disk(tmp_path, WHEEL), store)
        assert caught.value.faults == (f"{SDIST[0]} is incomplete",)
    else:
        run(on_disk(tmp_path, WHEEL), store)

    (release,) = store.releases()
    assert release.draft is immutable
    assert sorted(x.name for x in release.assets if x.complete) == [WHEEL[0], SIDECAR[0]]


def test_a_tag_that_the_store_cannot_have_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    rules = limited()._replace(is_tag=lambda tag: " " not in tag)
    store = MemoryStore(rules=rules)
    with pytest.raises(UsageError, match="invalid tag 'bad tag'"):
        run(on_disk(tmp_path, WHEEL), store, UploadOptions(tag="bad tag"))

    assert held(store) == {}


def test_a_release_that_other_processes_change_all_the_time_is_given_up(tmp_path: Path) -> None:
    class RestlessStore(MemoryStore):
        """A store whose drafts are deleted as soon as they are made."""

        def draft(self, release: NewRelease) -> StoredRelease:
            made = super().draft(release)
            del self._releases[made.key]
            return made._replace(key=f"{next(numbers)}")

    numbers = itertools.count()
    with pytest.raises(TryLaterError, match="other processes kept changing release"):
        run(on_disk(tmp_path, SDIST), RestlessStore())


@pytest.mark.parametrize("shared", [True, False], ids=["into that draft too", "elsewhere"])
def test_no_draft_is_left_when_another_process_publishes_another_release_of_the_tag(
    tmp_path: Path, shared: bool
) -> None:
    """Whether the other process fills the draft of this one as well, or has all of its files."""
    theirs = WHEEL if shared else SDIST

    class SharedStore(MemoryStore):
        """A store in which another process is faster, once."""

        def publish(self, release: StoredRelease) -> StoredRelease:
            if release.key != "other":
                file = NewAsset.of(*theirs)
                other = self.draft(new_release(TAG))._replace(key="other", assets=())
                self._releases["other"] = other
                for each in (release, other) if shared else (other,):
                    self.put(each, file, lambda _: None)
                super().publish(other)
            return super().publish(release)

    store = SharedStore()
    run(on_disk(tmp_path, SDIST), store)

    assert held(store) == {TAG: dict([SDIST, theirs])}


def test_a_release_that_is_gone_though_it_is_listed_is_an_error(tmp_path: Path) -> None:
    class ForbiddingStore(MemoryStore):
        """A store that shows a release, and takes nothing."""

        def put(
            self,
            release: StoredRelease,
            asset: NewAsset,
            advance: Advance,
            *,
            overwrite: bool = False,
        ) -> Asset:
            raise NotFoundError("the release was deleted")

    with pytest.raises(NotFoundError, match="the release was deleted"):
        run(on_disk(tmp_path, SDIST), ForbiddingStore())


def test_a_draft_of_the_tag_is_not_published_for_files_that_are_elsewhere(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [SDIST], "somewhere")
    store.draft(new_release(TAG))
    report = run(on_disk(tmp_path, SDIST), store)

    assert (report.published, report.drafts) == ((), ())
    assert held(store) == {"somewhere": dict([SDIST]), f"{TAG} (draft)": {}}
