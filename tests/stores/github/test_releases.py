"""Releases: listed whole, filled with each file once, whatever GitHub does meanwhile."""

import json
import threading
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from ghpypi.core.digest import digest_file
from ghpypi.errors import (
    ConflictError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.jobs.upload import UploadOptions
from ghpypi.ports import NewAsset
from ghpypi.stores.github.permissions import CONTENTS
from tests.emulator import Fault
from tests.emulator.release import Asset, Release
from tests.emulator.schema import check_all
from tests.stores.github.scene import FILES, Scene
from tests.support.packages import new_asset, new_release, no_advance, wheel, written

MIB = 1 << 20
LISTING = "/releases$"
ASSETS = "/releases/[0-9]+/assets$"


def listed(scene: Scene, *, max_wait: float = 7200) -> list[str]:
    """The tags, in the order in which they are listed."""
    return [each.tag for each in scene.connect(max_wait=max_wait).store().releases()]


def fill(scene: Scene, count: int, assets: int = 1) -> list[str]:
    tags = [f"acme-lib-{number}.0" for number in range(count)]
    for tag in tags:
        release = scene.repository.add_release(tag)
        for number in range(assets):
            release.add_asset(f"{tag}-{number}.bin", b"x")
    return tags


def page_sizes(scene: Scene) -> list[str]:
    return [
        each.query["per_page"] for each in scene.github.requests if each.path.endswith("/releases")
    ]


def only_release(scene: Scene) -> Release:
    (release,) = scene.repository.releases
    return release


def described(scene: Scene, asset: Asset) -> str:
    """How the API describes an asset."""
    return scene.client().get(f"/repos/acme/pypi/releases/assets/{asset.id}", json.dumps)


# Listing


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 230])
def test_every_release_is_listed_once(scene: Scene, count: int) -> None:
    tags = fill(scene, count)

    assert sorted(listed(scene)) == sorted(tags)


@pytest.mark.parametrize("heaviest", [1000, 250, 100, 50, 20, 10])
def test_page_sizes_shrink_until_github_answers(scene: Scene, heaviest: int) -> None:
    tags = fill(scene, 120, assets=10)
    scene.github.max_listing_assets = heaviest

    assert sorted(listed(scene)) == sorted(tags)
    sizes = list(map(int, page_sizes(scene)))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] * 10 <= heaviest


def test_one_heavy_release_among_light_ones_is_no_obstacle(scene: Scene) -> None:
    tags = fill(scene, 130)
    heavy = scene.repository.releases[60]
    for number in range(500):
        heavy.add_asset(f"{number}.bin", b"x")
    scene.github.max_listing_assets = 520

    assert sorted(listed(scene)) == sorted(tags)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(500),
        Fault.status(502),
        Fault.status(504),
        Fault.reset_before(),
        Fault.reset_after(),
        Fault.cut(),
    ],
    ids=["500", "502", "504", "reset before", "reset after", "cut"],
)
@pytest.mark.parametrize("number", [2, 3])
def test_a_page_that_fails_is_listed_in_smaller_ones(
    scene: Scene, fault: Fault, number: int
) -> None:
    tags = fill(scene, 130)
    scene.github.faults.add(Fault.at(number, fault))

    assert Counter(listed(scene)) == Counter(tags)
    assert set(page_sizes(scene)) == {"100", "50"}


def test_a_listing_that_never_works_ends_in_time(scene: Scene) -> None:
    fill(scene, 3)
    scene.github.faults.add(Fault.status(502, path=LISTING, times=10**6))
    began = scene.github.clock.time()
    with pytest.raises(TryLaterError) as caught:
        listed(scene, max_wait=600)

    assert caught.value.exit_code == 7
    assert "GET /repos/acme/pypi/releases?per_page=1&page=1: GitHub responds with HTTP 502" in str(
        caught.value
    )
    assert scene.github.clock.time() - began < 600 + 30
    assert set(page_sizes(scene)) == {"100", "50", "25", "5", "1"}


def test_a_release_too_heavy_for_any_page_ends_in_time(scene: Scene) -> None:
    fill(scene, 3, assets=10)
    scene.github.max_listing_assets = 9
    with pytest.raises(TryLaterError, match="per_page=1&page=1"):
        listed(scene, max_wait=60)


@pytest.mark.parametrize("limit", [100, 200])
def test_more_releases_than_github_lists_are_an_error(scene: Scene, limit: int) -> None:
    fill(scene, limit)
    scene.github.list_limit = limit
    with pytest.raises(FailedError) as caught:
        listed(scene)

    assert caught.value.message == (
        "releases of acme/pypi: there are more releases than GitHub lists "
        f"(Only the first {limit} results are available.)"
    )
    assert caught.value.hint == (
        "spread the files over several repositories: index.repositories in ghpypi.toml"
    )
    assert caught.value.exit_code == 1


def test_a_release_published_meanwhile_makes_none_counted_twice(scene: Scene) -> None:
    tags = fill(scene, 130)
    releases = scene.connect().store().releases()
    found = [next(releases).tag]
    scene.github.advance(3600)
    scene.repository.commit_files({"news.txt": "a later commit"})
    scene.repository.add_release("acme-new-1.0")
    found += [each.tag for each in releases]

    assert len(found) == len(set(found))
    assert set(tags) <= set(found)


def test_drafts_are_listed_only_with_write_access(scene: Scene) -> None:
    scene.repository.add_release("acme-lib-1.0", draft=True)

    assert listed(scene) == ["acme-lib-1.0"]
    assert list(scene.connect(token="").store().releases()) == []


def test_a_listed_release_has_the_values_of_github(scene: Scene) -> None:
    made = scene.repository.add_release("v1", prerelease=True, immutable=True)
    made.add_asset("old.whl", b"old", digest=False)
    made.add_asset("broken.whl", state="starter")
    (release,) = scene.connect().store().releases()
    old, broken = release.assets

    assert (release.key, release.origin) == (str(made.id), "acme/pypi")
    assert release.prerelease
    assert release.immutable
    assert not release.draft
    assert old.sha256 is None
    assert old.complete
    assert not broken.complete


def test_a_server_that_knows_nothing_of_immutability_has_none(scene: Scene) -> None:
    fill(scene, 1)
    scene.github.keep_answers()
    listed(scene)
    body = scene.github.requests[-1].answer.replace(b'"immutable":false,', b"")
    assert b"immutable" not in body
    scene.github.faults.add(Fault.status(200, body=body, path=LISTING))
    (release,) = scene.connect().store().releases()

    assert not release.immutable


# Drafts


@pytest.mark.parametrize(
    "fault",
    [Fault.reset_after(), Fault.reset_before(), Fault.status(502), Fault.cut()],
    ids=["reset after", "reset before", "502", "cut"],
)
@pytest.mark.parametrize("times", [1, 3])
def test_a_draft_whose_making_was_not_answered_is_made_once(
    scene: Scene, fault: Fault, times: int
) -> None:
    scene.github.faults.add(
        Fault(fault.kind, method="POST", path=LISTING, times=times),
    )
    store = scene.connect().store()
    made = store.draft(new_release())

    assert made.key == str(only_release(scene).id)
    assert store.draft(new_release()) == made


def test_a_draft_that_cannot_be_made_is_given_up_in_time(scene: Scene) -> None:
    scene.github.faults.add(Fault.status(502, method="POST", path=LISTING, times=10**6))
    began = scene.github.clock.time()
    with pytest.raises(TryLaterError, match="POST /repos/acme/pypi/releases"):
        scene.connect(max_wait=600).store().draft(new_release())

    assert scene.github.clock.time() - began < 600 + 30
    assert scene.repository.releases == []


def test_of_several_drafts_of_one_tag_one_is_filled_and_published(scene: Scene) -> None:
    for _ in range(3):
        scene.repository.add_release("acme-lib-1.0+cu128", draft=True)
    scene.upload(scene.files[0])
    published = [each for each in scene.repository.releases if not each.draft]

    assert [each.tag_name for each in published] == ["acme-lib-1.0+cu128"]
    assert len(published[0].assets) == 2
    assert len(scene.repository.releases) == 1
    assert scene.index().files == 1


def test_a_published_release_is_preferred_to_a_draft_of_its_tag(scene: Scene) -> None:
    scene.repository.add_release("acme-lib-1.0+cu128", draft=True)
    scene.repository.add_release("acme-lib-1.0+cu128").add_asset(*wheel("other", "1.0"))
    scene.repository.add_release("acme-lib-1.0+cu128", draft=True)
    scene.upload(scene.files[0])
    (published,) = [each for each in scene.repository.releases if not each.draft]

    assert len(published.assets) == 3
    assert scene.log(method="PATCH") == []


def test_an_empty_repository_is_reported_as_empty(scene: Scene) -> None:
    scene.github.add_repository("acme/new", empty=True).grant("bot", "write")
    with pytest.raises(RefusedError) as caught:
        scene.connect("acme/new").store().draft(new_release())

    assert caught.value.message == (
        "release acme-lib-1.0 of acme/new: the repository is empty, and a release needs a commit"
    )
    assert "README" in caught.value.hint


@pytest.mark.parametrize("moment", ["making", "publishing"])
def test_a_tag_of_an_immutable_release_that_was_deleted_is_gone_for_good(
    scene: Scene, moment: str
) -> None:
    store = scene.connect().store()
    tag = "acme-lib-1.0"
    if moment == "publishing":
        draft = store.draft(new_release(tag))
        scene.github.burned_tags.add(("acme/pypi", tag))
        with pytest.raises(ConflictError) as caught:
            store.publish(draft)
    else:
        body = (
            '{"message":"Validation Failed","errors":[{"resource":"Release","code":"custom",'
            '"field":"tag_name","message":"tag_name was used by an immutable release"}]}'
        )
        scene.github.faults.add(Fault.status(422, body=body, method="POST"))
        with pytest.raises(ConflictError) as caught:
            store.draft(new_release(tag))

    assert caught.value.message == (
        "release acme-lib-1.0 of acme/pypi: "
        "the tag was used by an immutable release and can never be used again"
    )
    assert caught.value.hint == "choose another tag with --tag"
    assert caught.value.exit_code == 6


def test_a_tag_that_is_none_is_refused_with_githubs_words(scene: Scene) -> None:
    store = scene.connect().store()
    with pytest.raises(
        FailedError, match=r"git does not allow this tag .*not a valid tag"
    ) as caught:
        store.publish(store.draft(new_release("a..b")))

    assert "--tag" in caught.value.hint
    assert not store.rules.is_tag("a..b")


def test_a_token_that_may_only_read_makes_nothing(scene: Scene) -> None:
    scene.repository.grant("bot", "read")
    with pytest.raises((NotAllowedError, NotFoundError)):
        scene.connect().store().draft(new_release())

    assert scene.repository.releases == []


@pytest.mark.parametrize(
    "change",
    ['"draft":true', '"tag_name":"untagged-0123"'],
    ids=["still a draft", "another tag"],
)
def test_an_answer_that_does_not_say_published_is_no_success(scene: Scene, change: str) -> None:
    scene.github.keep_answers()
    store = scene.connect().store()
    draft = store.draft(new_release())
    store.publish(draft)
    body = scene.github.requests[-1].answer.decode()
    key, _, _ = change.partition(":")
    old = '"draft":false' if key == '"draft"' else '"tag_name":"acme-lib-1.0"'
    scene.github.faults.add(Fault.status(200, body=body.replace(old, change), method="PATCH"))
    with pytest.raises(FailedError, match=r"did not publish release acme-lib-1.0 of acme/pypi"):
        store.publish(draft)


# Uploading


def test_a_plus_survives(scene: Scene) -> None:
    scene.upload(scene.files[0])
    names = [each.name for each in only_release(scene).assets]
    targets = [each.target for each in scene.github.requests_to("uploads")]

    assert sorted(names) == [FILES[0][0], FILES[0][0] + ".metadata"]
    assert all("+" in name for name in names)
    assert all("%2Bcu128" in target for target in targets)


def test_a_file_that_comes_back_under_another_name_is_removed(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    with pytest.raises(FailedError) as caught:
        store.put(draft, new_asset("acme lib-1!0.whl", b"content"), no_advance)

    assert caught.value.message == (
        "GitHub stored acme lib-1!0.whl as acme.lib-1.0.whl; it was removed again"
    )
    assert only_release(scene).assets == []


def test_a_large_file_is_sent_in_bounded_memory(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(64 * MIB)
    with path.open("rb") as file:
        digest = digest_file(file)
    asset = NewAsset(name="large.bin", size=64 * MIB, sha256=digest, open=lambda: path.open("rb"))
    store = scene.connect().store()
    draft = store.draft(new_release())
    tracemalloc.start()
    try:
        store.put(draft, asset, no_advance)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert only_release(scene).assets[0].size == 64 * MIB
    assert peak < 8 * MIB


def test_what_a_broken_upload_left_behind_is_replaced(scene: Scene) -> None:
    draft = scene.repository.add_release("acme-lib-1.0+cu128", draft=True)
    for name in (FILES[0][0], FILES[0][0] + ".metadata"):
        draft.add_asset(name, state="starter")
    scene.upload(scene.files[0])

    assert [each.state for each in only_release(scene).assets] == ["uploaded", "uploaded"]
    assert not only_release(scene).draft


@pytest.mark.parametrize(
    "fault",
    [
        Fault.reset_after(),
        Fault.reset_before(),
        Fault.cut(),
        Fault.starter_502(),
        Fault.status(500),
        Fault.status(504),
    ],
    ids=["reset after", "reset before", "cut", "starter", "500", "504"],
)
@pytest.mark.parametrize("times", [1, 3])
def test_an_upload_that_was_not_answered_leaves_one_asset(
    scene: Scene, fault: Fault, times: int
) -> None:
    scene.github.faults.add(Fault(fault.kind, origin="uploads", times=times))
    store = scene.connect().store()
    stored = store.put(store.draft(new_release()), new_asset("a.whl", b"content"), no_advance)
    (asset,) = only_release(scene).assets

    assert (asset.name, asset.state, asset.data) == ("a.whl", "uploaded", b"content")
    assert stored.key.endswith(f"/{asset.id}")


def test_an_upload_that_never_arrives_is_given_up(scene: Scene) -> None:
    scene.github.faults.add(Fault.starter_502(origin="uploads", times=100))
    store = scene.connect().store()
    with pytest.raises(TryLaterError) as caught:
        store.put(store.draft(new_release()), new_asset("a.whl", b"content"), no_advance)

    assert caught.value.message == "a.whl did not arrive whole in 5 attempts"
    assert "what has arrived is kept" in caught.value.hint
    assert only_release(scene).assets == []


def test_progress_adds_up_whatever_happens(scene: Scene) -> None:
    scene.github.faults.add(Fault.starter_502(origin="uploads"), Fault.cut(origin="uploads", nth=2))
    moved: list[int] = []
    store = scene.connect().store()
    store.put(store.draft(new_release()), new_asset("a.whl", b"x" * MIB), moved.append)

    assert sum(moved) == MIB
    assert min(moved) < 0


def test_the_same_digest_has_to_come_back(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    damaged = only_release(scene).add_asset("a.whl", b"damaged")
    scene.github.faults.add(Fault.status(201, body=described(scene, damaged), origin="uploads"))
    stored = store.put(draft, new_asset("a.whl", b"content"), no_advance)

    assert [each.data for each in only_release(scene).assets] == [b"content"]
    assert stored.sha256 == new_asset("a.whl", b"content").sha256
    assert f"DELETE /repos/acme/pypi/releases/assets/{damaged.id}" in scene.log()


def test_a_file_that_is_damaged_every_time_is_given_up(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    damaged = only_release(scene).add_asset("a.whl", b"damaged")
    answer = Fault.status(201, body=described(scene, damaged), origin="uploads", times=100)
    scene.github.faults.add(answer)
    with pytest.raises(TryLaterError, match="did not arrive whole in 5 attempts"):
        store.put(draft, new_asset("a.whl", b"content"), no_advance)

    assert len(scene.github.requests_to("uploads")) == 5
    assert only_release(scene).assets == []


def test_without_digests_of_the_server_sizes_are_compared(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    plain = only_release(scene).add_asset("a.whl", b"content", digest=False)
    scene.github.faults.add(Fault.status(201, body=described(scene, plain), origin="uploads"))
    stored = store.put(draft, new_asset("a.whl", b"content"), no_advance)

    assert stored.sha256 is None
    assert stored.key.endswith(f"/{plain.id}")


@pytest.mark.parametrize("same", [True, False], ids=["the same", "another"])
def test_where_github_has_no_digest_the_file_is_read(scene: Scene, same: bool) -> None:
    name, content = FILES[2]
    release = scene.repository.add_release("acme-app-2.0")
    release.add_asset(name, content if same else content[:-1] + b"?", digest=False)
    if same:
        report = scene.upload(scene.files[2])
        assert report.plan.releases == () or not report.plan.releases[0].assets
    else:
        with pytest.raises(ConflictError, match="nothing was sent"):
            scene.upload(scene.files[2])

    assert scene.log(method="POST") == []
    assert len(scene.github.requests_to("cdn")) == 1


def test_a_file_that_came_meanwhile_without_a_digest_is_read_and_compared(
    scene: Scene,
) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    only_release(scene).add_asset("a.whl", b"content", digest=False)

    assert store.put(draft, new_asset("a.whl", b"content"), no_advance).complete
    with pytest.raises(ConflictError, match=r"has another a.whl") as caught:
        store.put(draft, new_asset("a.whl", b"CONTENT"), no_advance)
    assert caught.value.exit_code == 6
    assert len(only_release(scene).assets) == 1


def test_a_published_release_takes_more_files(scene: Scene) -> None:
    old = scene.repository.add_release("acme-app-2.0")
    old.add_asset(*FILES[2])
    scene.upload(*scene.files[1:])

    assert len(only_release(scene).assets) == 3
    assert scene.log(method="PATCH") == []


def test_an_immutable_release_is_refused_before_anything_is_sent(scene: Scene) -> None:
    scene.repository.add_release("acme-app-2.0", immutable=True).add_asset(*FILES[2])
    with pytest.raises(RefusedError) as caught:
        scene.upload()

    assert "release acme-app-2.0 is immutable and accepts no more files" in str(caught.value)
    assert "--tag" in caught.value.hint
    assert scene.log(method="POST") == []


def test_a_release_that_became_immutable_meanwhile_is_reported(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    scene.repository.publish(only_release(scene), immutable=True)
    with pytest.raises(RefusedError) as caught:
        store.put(draft, new_asset("a.whl", b"content"), no_advance)

    assert caught.value.message == (
        "release acme-lib-1.0 of acme/pypi: upload of 'a.whl': "
        "the release is immutable and accepts no more files"
    )
    assert "choose another release with --tag" in caught.value.hint


def test_a_release_that_is_deleted_meanwhile_is_reported_as_deleted(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    scene.repository.releases.clear()
    asset = new_asset("a.whl", b"content")
    for attempt in (lambda: store.put(draft, asset, no_advance), lambda: store.publish(draft)):
        with pytest.raises(NotFoundError, match=r"release acme-lib-1.0 of acme/pypi was deleted"):
            attempt()


def test_a_full_release_is_reported_as_full(scene: Scene) -> None:
    scene.github.max_assets = 1
    with pytest.raises(FailedError, match="file_count limited to 1 assets per release") as caught:
        scene.upload(scene.files[0])

    assert caught.value.message.startswith(
        "release acme-lib-1.0+cu128 of acme/pypi: upload of 'acme_lib"
    )
    assert only_release(scene).draft


def test_an_upload_that_the_token_may_not_make_names_what_is_needed(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    scene.github.faults.add(
        Fault.status(
            403,
            headers={"X-Accepted-GitHub-Permissions": "contents=write"},
            body='{"message":"Resource not accessible by integration"}',
            origin="uploads",
        )
    )
    with pytest.raises(NotAllowedError) as caught:
        store.put(draft, new_asset("a.whl", b"content"), no_advance)

    assert caught.value.message.startswith(
        "release acme-lib-1.0 of acme/pypi: upload of 'a.whl': the token of this"
    )
    assert caught.value.hint == (
        f"{CONTENTS} (GitHub asks for contents=write); "
        "in a workflow, add it to the 'permissions' of the job"
    )


def test_a_release_that_the_token_may_only_read_is_reported_as_possibly_that(scene: Scene) -> None:
    store = scene.connect().store()
    release = store.publish(store.draft(new_release()))
    scene.repository.grant("bot", "read")
    with pytest.raises(NotFoundError, match="or this token may not write to it") as caught:
        store.put(release, new_asset("a.whl", b"content"), no_advance)

    assert "check the token's rights" in caught.value.hint


def test_an_answer_to_an_upload_that_is_no_json_is_looked_into(scene: Scene) -> None:
    scene.github.faults.add(Fault.status(502, body="<h1>Bad gateway</h1>", origin="uploads"))
    store = scene.connect().store()
    store.put(store.draft(new_release()), new_asset("a.whl", b"content"), no_advance)

    assert len(only_release(scene).assets) == 1


def test_a_limit_on_uploads_is_waited_out(scene: Scene) -> None:
    scene.github.content_per_minute = 2
    began = scene.github.clock.time()
    scene.upload()

    assert sum(len(each.assets) for each in scene.repository.releases) == 5
    assert {each.draft for each in scene.repository.releases} == {False}
    assert scene.github.clock.time() - began >= 120


def test_a_limit_on_uploads_that_lasts_too_long_ends_in_time(scene: Scene) -> None:
    scene.github.content_per_minute = 2
    with pytest.raises(TryLaterError, match="GitHub limits the rate of requests"):
        scene.upload(max_wait=30)
    scene.github.advance(60)
    scene.github.content_per_minute = None
    scene.upload()

    assert sum(len(each.assets) for each in scene.repository.releases) == 5


def test_a_file_that_grows_or_shrinks_while_it_is_sent_is_not_kept(
    scene: Scene, tmp_path: Path
) -> None:
    path = tmp_path / "a.whl"
    store = scene.connect().store()
    draft = store.draft(new_release())
    asset = new_asset("a.whl", b"content", opener=lambda: path.open("rb"))
    for content in (b"contents", b"conten", b"CONTENT"):
        path.write_bytes(content)
        with pytest.raises(FailedError, match="changed while it was sent"):
            store.put(draft, asset, no_advance)

        # What GitHub notes of an upload broken off may come after we looked; it is no file.
        assert [x for x in only_release(scene).assets if x.state == "uploaded"] == []
    path.write_bytes(b"content")
    store.put(draft, asset, no_advance)

    assert [each.state for each in only_release(scene).assets] == ["uploaded"]


def test_where_a_release_is_filled_is_asked_for_if_it_is_not_known(scene: Scene) -> None:
    made = scene.connect().store().draft(new_release())
    scene.github.clear_log()
    scene.connect().store().put(made, new_asset("a.whl", b"content"), no_advance)

    assert scene.log() == [
        "GET /repos/acme/pypi",
        f"GET /repos/acme/pypi/releases/{made.key}",
        f"POST /repos/acme/pypi/releases/{made.key}/assets",
    ]


def test_an_upload_is_sent_whole_and_signed(scene: Scene) -> None:
    scene.upload(scene.files[2])
    (request,) = scene.github.requests_to("uploads")

    assert request.headers["content-length"] == str(len(FILES[2][1]))
    assert "transfer-encoding" not in request.headers
    assert request.headers["content-type"] == "application/octet-stream"
    assert request.headers["authorization"] == f"Bearer {scene.token}"


def test_two_uploads_at_the_same_time_make_one_of_each(scene: Scene) -> None:
    errors: list[GhpypiError] = []
    barrier = threading.Barrier(2)
    scene.repository.add_release("all", draft=True)

    def run() -> None:
        barrier.wait()
        try:
            scene.upload(options=UploadOptions(tag="all"))
        except GhpypiError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(only_release(scene).assets) == 5


def test_many_files_in_one_release_are_looked_through_to_the_end(scene: Scene) -> None:
    store = scene.connect().store()
    draft = store.draft(new_release())
    for number in range(150):
        only_release(scene).add_asset(f"{number}.bin", b"x")
    last = only_release(scene).add_asset("a.whl", b"content")

    assert store.put(draft, new_asset("a.whl", b"content"), no_advance).key.endswith(f"/{last.id}")


def test_files_of_another_release_are_no_matter(scene: Scene, tmp_path: Path) -> None:
    scene.repository.add_release("elsewhere").add_asset(*wheel("other", "3.0"))
    scene.upload(*written(tmp_path / "more", wheel("acme_more", "1.0")))

    assert {each.tag_name for each in scene.repository.releases} == {"elsewhere", "acme-more-1.0"}
    assert scene.index().files == 2


def test_the_tag_of_a_removed_release_goes_with_it(scene: Scene) -> None:
    store = scene.connect().store()
    release = store.publish(store.draft(new_release()))
    assert scene.repository.git.ref(f"refs/tags/{release.tag}")
    scene.github.keep_answers()

    assert store.remove(release)
    assert scene.repository.git.ref(f"refs/tags/{release.tag}") is None
    assert check_all(scene.github.requests) > 0


def test_a_tag_that_a_draft_did_not_make_stays(scene: Scene) -> None:
    store = scene.connect().store()
    release = store.draft(new_release())
    git = scene.repository.git
    git.set_ref(f"refs/tags/{release.tag}", git.head("main"))
    store.remove(release)

    assert git.ref(f"refs/tags/{release.tag}")


def test_a_tag_that_another_release_has_by_now_stays(scene: Scene) -> None:
    store = scene.connect().store()
    release = store.publish(store.draft(new_release()))
    store.remove(release)
    again = store.publish(store.draft(new_release()))

    assert not store.remove(release)
    assert scene.repository.git.ref(f"refs/tags/{again.tag}")


def test_removing_again_finishes_what_broke_off_before_the_tag(scene: Scene) -> None:
    store = scene.connect().store()
    release = store.publish(store.draft(new_release()))
    scene.github.faults.add(Fault.status(403, method="DELETE", path="/git/refs/"))
    with pytest.raises(NotAllowedError):
        store.remove(release)
    assert scene.repository.git.ref(f"refs/tags/{release.tag}")

    assert not store.remove(release)
    assert scene.repository.git.ref(f"refs/tags/{release.tag}") is None
