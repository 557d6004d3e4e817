"""Uploads to a repository that has too many releases to list them each time."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.model import File
from ghpypi.core.names import Sha256
from ghpypi.errors import ConflictError
from ghpypi.jobs.upload import UploadOptions, UploadReport, publish, upload
from ghpypi.ports import Advance, NewAsset, NewRelease
from ghpypi.stores import built
from ghpypi.stores.github.releases import GitHubStore
from tests.emulator.faults import Fault
from tests.emulator.release import Release
from tests.stores.github.scene import Scene
from tests.support.packages import Built, new_release, sidecar_of, wheel, written
from tests.support.reporters import MemoryReporter

TAG = "acme-lib-1.0"
WHEEL = wheel("acme_lib", "1.0")
OTHER = (WHEEL[0], wheel("acme_lib", "1.0", text="other")[1])


PAGES = 3
"""Pages of the listing in most tests."""


def fill(scene: Scene, count: int) -> None:
    """Fill the repository with releases that say nothing about the uploads."""
    pattern = scene.repository.add_release("acme-other-0")
    for number in range(1, count):
        made = replace(pattern, id=scene.github.next_id(), tag_name=f"acme-other-{number}")
        scene.repository.releases.append(made)


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """Fill the repository with more releases than a page of the listing has."""
    fill(scene, PAGES * 100 - 50)
    return scene


def older(release: Release) -> Release:
    """Let a release be on a late page of the listing."""
    release.created_at -= timedelta(days=365)
    return release


def file_in(tag: str, filename: str = WHEEL[0]) -> File:
    """Make up what the published index says of a file."""
    return File(
        filename=filename, version="1.0", url="", size=1, sha256=Sha256("0" * 64),
        uploaded_at="", requires_python=None, core_metadata=None, origin="acme/pypi", tag=tag,
        prerelease=False, stamp="", key="",
    )  # fmt: skip


def send(
    store: GitHubStore,
    folder: Path,
    published: Iterable[File] | None = (),
    file: Built = WHEEL,
    options: UploadOptions | None = None,
) -> UploadReport:
    """Upload a wheel, with an index that lists some files, or without one."""

    def index_files(name: NormalizedName) -> Iterable[File]:
        assert name == "acme-lib"
        return published or ()

    index = index_files if published is not None else None
    paths = written(folder / "dist", file)
    reporter = MemoryReporter()
    given = options or UploadOptions()
    return upload(built.read(paths), store, reporter, given, index=lambda: index)


def test_a_new_wheel_takes_as_many_requests_as_there_are_things_to_do(
    scene: Scene, tmp_path: Path
) -> None:
    fill(scene, 6700)
    store = scene.connect().store()
    scene.github.clear_log()
    report = send(store, tmp_path)

    assert report.published == (TAG,)
    number = scene.repository.releases[-1].id
    release = f"/repos/acme/pypi/releases/{number}"
    assert scene.log() == [
        "GET /repos/acme/pypi/releases",
        "POST /graphql",
        "POST /repos/acme/pypi/releases",
        "POST /graphql",
        f"POST {release}/assets",
        f"POST {release}/assets",
        f"PATCH {release}",
    ]


def test_a_wheel_that_is_there_takes_three_requests(scene: Scene, tmp_path: Path) -> None:
    release = older(scene.repository.add_release(TAG))
    release.add_asset(*WHEEL)
    release.add_asset(*sidecar_of(WHEEL))
    store = scene.connect().store()
    scene.github.clear_log()
    report = send(store, tmp_path)

    assert [item.action.value for item in report.plan.items] == ["unchanged"]
    assert len(scene.log()) == 3


def test_a_draft_is_published_with_as_many_requests(scene: Scene, tmp_path: Path) -> None:
    fill(scene, 6700)
    store = scene.connect().store()
    send(store, tmp_path, options=UploadOptions(draft=True))
    draft = older(scene.repository.releases[-1])
    known = store.draft(new_release(TAG))
    scene.github.clear_log()
    published = publish(TAG, store, partial=True, draft=known)

    assert (published.release.key, draft.draft) == (str(draft.id), False)
    assert len(scene.log()) <= 5


def test_a_file_that_came_after_the_index_is_found_by_its_tag(scene: Scene, tmp_path: Path) -> None:
    older(scene.repository.add_release(TAG)).add_asset(*OTHER)

    with pytest.raises(ConflictError):
        send(scene.connect().store(), tmp_path)


@pytest.mark.parametrize("tag", ["acme-lib-1", "acme-lib-1.0.0"])
def test_a_release_of_an_equal_version_is_used(scene: Scene, tmp_path: Path, tag: str) -> None:
    release = older(scene.repository.add_release(tag))
    send(scene.connect().store(), tmp_path)

    assert [asset.name for asset in release.assets if asset.name.endswith(".whl")] == [WHEEL[0]]


def test_a_file_of_the_name_in_a_release_that_the_index_names_is_a_conflict(
    scene: Scene, tmp_path: Path
) -> None:
    older(scene.repository.add_release("v7")).add_asset(*OTHER)

    with pytest.raises(ConflictError) as caught:
        send(scene.connect().store(), tmp_path, [file_in("v7")])
    assert "v7" in caught.value.faults[0]


def test_a_file_that_the_index_still_lists_and_is_gone_is_no_conflict(
    scene: Scene, tmp_path: Path
) -> None:
    older(scene.repository.add_release("v7"))

    assert send(scene.connect().store(), tmp_path, [file_in("v7"), file_in("v8")]).published


def test_a_draft_on_a_late_page_is_filled(scene: Scene, tmp_path: Path) -> None:
    draft = older(scene.repository.add_release(TAG, draft=True))
    send(scene.connect().store(), tmp_path)

    assert not draft.draft
    assert [x for x in scene.repository.releases if x.tag_name == TAG] == [draft]


def test_a_name_that_appears_after_the_plan_is_caught_when_the_release_is_published(
    scene: Scene, tmp_path: Path
) -> None:
    store = scene.connect().store()
    put = store._sender.send

    def overtaken(release: object, asset: NewAsset, advance: Advance, *, overwrite: bool) -> object:
        if not asset.name.endswith(".metadata"):
            older(scene.repository.add_release(TAG)).add_asset(*OTHER)
        return put(release, asset, advance, overwrite=overwrite)  # type: ignore[arg-type]

    store._sender.send = overtaken  # type: ignore[method-assign,assignment]
    with pytest.raises(ConflictError, match="not published"):
        send(store, tmp_path)

    (release,) = (x for x in scene.repository.releases if x.tag_name == TAG)
    assert [(x.name, x.size) for x in release.assets] == [(OTHER[0], len(OTHER[1]))]


def test_publishers_that_make_drafts_at_the_same_time_agree_on_the_oldest(
    scene: Scene, tmp_path: Path
) -> None:
    first, second = scene.connect().store(), scene.connect().store()
    create = second._releases.create_draft

    def overtaken(repository: str, release: NewRelease) -> object:
        older(scene.repository.add_release(TAG, draft=True))
        return create(repository, release)

    second._releases.create_draft = overtaken  # type: ignore[method-assign,assignment]
    send(second, tmp_path / "second")
    send(first, tmp_path / "first", file=wheel("acme_lib", "1.0", text=""))
    releases = [x for x in scene.repository.releases if x.tag_name == TAG]

    assert [x.draft for x in releases] == [False]


@pytest.mark.parametrize("published", [None, ()])
def test_all_releases_are_listed_without_an_index_or_where_nothing_can_be_searched(
    scene: Scene, tmp_path: Path, published: tuple[()] | None
) -> None:
    older(scene.repository.add_release(TAG)).add_asset(*OTHER)
    if published is not None:
        scene.github.faults.add(Fault.status(404, path="/graphql"))

    with pytest.raises(ConflictError):
        send(scene.connect().store(), tmp_path, published)
    listings = [x for x in scene.log(method="GET") if x.endswith("/releases")]
    assert len(listings) == 1 + PAGES


def test_releases_are_listed_once_without_an_index(scene: Scene, tmp_path: Path) -> None:
    report = send(scene.connect().store(), tmp_path, None)
    listings = [x for x in scene.log(method="GET") if x.endswith("/releases")]

    assert report.published == (TAG,)
    assert len(listings) == 1 + PAGES
