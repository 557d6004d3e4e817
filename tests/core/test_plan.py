"""What an upload will do."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.digest import digest_of
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import SIDECAR_SUFFIX, Filename
from ghpypi.core.upload.plan import Action, Distribution, Plan
from ghpypi.core.upload.planning import find_release, holds_all, make_plan, replan
from ghpypi.core.upload.tags import default_tag
from ghpypi.errors import ConflictError
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.stores.memory import MemoryStore
from tests.support.packages import (
    Built,
    new_asset,
    new_release,
    no_advance,
    on_disk,
    sdist,
    sidecar_of,
    wheel,
)
from tests.support.reporters import MemoryReporter

METADATA = b"metadata"


def distribution(name: str, content: bytes = b"content") -> Distribution:
    """Make up a built file."""
    filename = Filename.parse(name)
    return Distribution(
        place=f"dist/{name}",
        open=lambda: io.BytesIO(content),
        filename=filename,
        size=len(content),
        sha256=digest_of(content),
        metadata=Metadata(
            name=filename.project, version=str(filename.version), requires_python=None, summary=""
        ),
        sidecar=METADATA if filename.kind == "wheel" else None,
    )


class Counted(list[StoredRelease]):
    """Releases that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[StoredRelease]:
        self.passes += 1
        return super().__iter__()


@pytest.mark.parametrize("number", [1, 50])
def test_the_store_is_gone_through_as_often_for_many_files_as_for_one(number: int) -> None:
    releases = Counted(stored(f"acme-{x}.0", f"acme-{x}.0-py3-none-any.whl") for x in range(60))
    files = [distribution(f"acme-{x}.0-py3-none-any.whl") for x in range(number)]
    tags: list[str] = []

    def no_variant(tag: str) -> str:
        tags.append(tag)
        return ""

    plan = make_plan(files, releases, variant_of=no_variant)

    assert len(plan.items) == number
    assert releases.passes == 2
    assert len(tags) == 60 + number


def stored(
    tag: str,
    *names: str,
    draft: bool = False,
    immutable: bool = False,
    key: str = "",
    content: bytes = b"content",
    metadata: bytes = METADATA,
) -> StoredRelease:
    """Make up a release of a store."""
    return StoredRelease(
        key=key or tag,
        origin="acme/pypi",
        tag=tag,
        draft=draft,
        prerelease=False,
        immutable=immutable,
        assets=tuple(
            Asset(
                folder="",
                name=name.removesuffix("?"),
                size=len(content),
                sha256=digest_of(metadata if name.endswith(SIDECAR_SUFFIX) else content),
                version=name,
                uploaded="2026-01-01T00:00:00Z",
                complete=not name.endswith("?"),
            )
            for name in names
        ),
    )


WHEEL = "acme_lib-1.0-py3-none-any.whl"
SIDECAR = f"{WHEEL}.metadata"
SDIST = "acme_lib-1.0.tar.gz"
TAG = "acme-lib-1.0"


def decided(plan: Plan) -> list[tuple[str, Action, bool, str]]:
    return [
        (item.distribution.filename.text, item.action, bool(item.siblings), item.where)
        for item in plan.items
    ]


@pytest.mark.parametrize(
    ("filename", "tag"),
    [
        ("Acme.Lib-1.0-py3-none-any.whl", "acme-lib-1.0"),
        ("acme_lib-1.0+cu128-py3-none-any.whl", "acme-lib-1.0+cu128"),
        ("acme_lib-1!2.0.tar.gz", "acme-lib-1!2.0"),
        ("acme_lib-v1.0.0RC1.tar.gz", "acme-lib-1.0.0rc1"),
    ],
)
def test_a_release_is_named_after_project_and_version(filename: str, tag: str) -> None:
    assert default_tag(Filename.parse(filename)) == tag


def test_everything_is_sent_to_an_empty_store() -> None:
    plan = make_plan([distribution(SDIST), distribution(WHEEL)], [])
    (release,) = plan.releases

    assert decided(plan) == [
        (WHEEL, Action.SEND, True, ""),
        (SDIST, Action.SEND, False, ""),
    ]
    assert (release.tag, release.title, release.existing) == (TAG, "acme-lib 1.0", None)
    assert (release.assets, release.size) == (3, 14)
    assert not release.prerelease


def test_releases_and_files_come_in_order() -> None:
    files = ["b-1.0.zip", "a-1.10.zip", "a-1.9.zip", "a-1.10-py3-none-any.whl"]
    plan = make_plan(map(distribution, files), [])

    assert [release.tag for release in plan.releases] == ["a-1.10", "a-1.9", "b-1.0"]
    assert [name for name, *_ in decided(plan)] == [
        "a-1.10-py3-none-any.whl",
        "a-1.10.zip",
        "a-1.9.zip",
        "b-1.0.zip",
    ]


def test_a_tag_is_the_title_too() -> None:
    plan = make_plan([distribution(SDIST), distribution("other-2.0.zip")], [], tag="v7")
    (release,) = plan.releases

    assert (release.tag, release.title) == ("v7", "v7")
    assert [name for name, *_ in decided(plan)] == [SDIST, "other-2.0.zip"]


@pytest.mark.parametrize(
    ("versions", "prerelease"),
    [(["1.0rc1"], True), (["1.0.dev1", "2.0a1"], True), (["1.0rc1", "1.0"], False)],
    ids=["one", "all", "some"],
)
def test_a_release_of_prereleases_is_one(versions: list[str], *, prerelease: bool) -> None:
    files = [distribution(f"a-{version}.zip") for version in versions]
    (release,) = make_plan(files, [], tag="t").releases

    assert release.prerelease is prerelease


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param(stored(TAG, WHEEL, SIDECAR), (Action.PRESENT, False, TAG), id="published"),
        pytest.param(stored(TAG, WHEEL), (Action.PRESENT, True, TAG), id="no sidecar"),
        pytest.param(
            stored(TAG, WHEEL, immutable=True), (Action.PRESENT, False, TAG), id="immutable"
        ),
        pytest.param(
            stored(TAG, WHEEL, SIDECAR, metadata=b"of another wheel"),
            (Action.PRESENT, True, TAG),
            id="wrong sidecar",
        ),
        pytest.param(
            stored(TAG, WHEEL, SIDECAR, metadata=b"of another wheel", immutable=True),
            (Action.PRESENT, False, TAG),
            id="wrong sidecar, immutable",
        ),
        pytest.param(stored("x", WHEEL), (Action.PRESENT, False, "x"), id="elsewhere"),
        pytest.param(
            stored(TAG, WHEEL, SIDECAR, draft=True), (Action.PRESENT, False, TAG), id="draft"
        ),
        pytest.param(
            stored("x", WHEEL, SIDECAR, draft=True), (Action.SEND, True, ""), id="draft elsewhere"
        ),
        pytest.param(
            stored(TAG, f"{WHEEL}?", draft=True), (Action.SEND, True, ""), id="unfinished"
        ),
        pytest.param(
            stored(TAG, WHEEL, f"{SIDECAR}?", draft=True),
            (Action.PRESENT, True, TAG),
            id="unfinished sidecar",
        ),
        pytest.param(
            stored(TAG, WHEEL, content=b"other"), (Action.CONFLICT, False, TAG), id="conflict"
        ),
        pytest.param(
            stored("x", WHEEL, content=b"other"),
            (Action.CONFLICT, False, "x"),
            id="conflict elsewhere",
        ),
        pytest.param(
            stored("x", WHEEL, draft=True, content=b"other"),
            (Action.SEND, True, ""),
            id="other content in a draft elsewhere",
        ),
        pytest.param(
            stored(TAG, WHEEL, draft=True, content=b"other"),
            (Action.CONFLICT, False, TAG),
            id="conflict in the draft",
        ),
    ],
)
def test_what_is_there_decides(release: StoredRelease, expected: tuple[Action, bool, str]) -> None:
    plan = make_plan([distribution(WHEEL)], [release])

    assert decided(plan) == [(WHEEL, *expected)]


SPELLINGS = [
    (WHEEL, "Acme.Lib-1.0-py3-none-any.whl"),
    (WHEEL, "acme_lib-1.0.0-py3-none-any.whl"),
    ("acme_lib-1.0-1-py2.py3-none-any.whl", "acme_lib-1.0-01-py3.py2-none-any.whl"),
    (SDIST, "Acme.Lib-1.0.tar.gz"),
    (SDIST, "acme-lib-1.0.0.zip"),
]


@pytest.mark.parametrize(("name", "other"), SPELLINGS)
def test_other_content_under_another_spelling_of_the_name_is_a_conflict(
    name: str, other: str
) -> None:
    plan = make_plan([distribution(other)], [stored("x", name, content=b"other")])
    (item,) = plan.conflicts

    assert (item.where, item.held_as) == ("x", name)


@pytest.mark.parametrize(("name", "other"), SPELLINGS)
def test_the_same_content_under_another_spelling_of_the_name_is_there_already(
    name: str, other: str
) -> None:
    plan = make_plan([distribution(other)], [stored(TAG, name)])

    assert decided(plan) == [(other, Action.PRESENT, False, TAG)]


@pytest.mark.parametrize(
    "other",
    [
        "acme_lib-1.0-py2-none-any.whl",
        "acme_lib-1.0-1-py3-none-any.whl",
        "acme_lib-1.0-py3-none-any-cu128.whl",
        "acme_lib-1.0+cu128-py3-none-any.whl",
        "acme_lib-1.0.1-py3-none-any.whl",
        "acme_lib-1.0-variants.json",
        "acme-1.0-py3-none-any.whl",
        SDIST,
    ],
)
def test_files_that_installers_distinguish_do_not_conflict(other: str) -> None:
    plan = make_plan([distribution(other)], [stored(TAG, WHEEL, content=b"other")])

    assert [item.action for item in plan.items] == [Action.SEND]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], "acme-lib-1.0.0"),
        (["acme-lib-1.0", "acme-lib-1.0.1"], "acme-lib-1.0"),
        (["acme-lib-1.0", "acme-lib-1.0.0"], "acme-lib-1.0.0"),
        (["acme-lib-1.0.0.0", "acme-lib-1"], "acme-lib-1"),
        (["acme-lib-v1.0", "acme-lib-x", "acme-lib-", "acme-1.0"], "acme-lib-1.0.0"),
    ],
    ids=["none", "other spelling", "both", "several", "no versions"],
)
def test_a_version_goes_into_its_release_however_that_is_spelled(
    tags: list[str], expected: str
) -> None:
    plan = make_plan([distribution("acme_lib-1.0.0.tar.gz")], [stored(tag) for tag in tags])

    assert [release.tag for release in plan.releases] == [expected]


def test_spellings_of_a_new_version_share_a_release() -> None:
    files = ["acme_lib-1.0.0.tar.gz", WHEEL]
    plan = make_plan(map(distribution, files), [])

    assert [release.tag for release in plan.releases] == [TAG]


def test_a_conflict_anywhere_is_a_conflict() -> None:
    plan = make_plan(
        [distribution(WHEEL)], [stored(TAG, WHEEL), stored("x", WHEEL, content=b"other")]
    )

    assert decided(plan) == [(WHEEL, Action.CONFLICT, False, "x")]
    assert [item.where for item in plan.conflicts] == ["x"]


def test_a_conflict_can_be_skipped() -> None:
    plan = make_plan(
        [distribution(WHEEL)], [stored(TAG, WHEEL, content=b"other")], skip_existing=True
    )

    assert decided(plan) == [(WHEEL, Action.SKIP, False, TAG)]
    assert (plan.conflicts, plan.releases[0].assets, plan.releases[0].size) == ((), 0, 0)


def test_of_two_places_the_own_release_counts() -> None:
    plan = make_plan([distribution(WHEEL)], [stored("x", WHEEL), stored(TAG, WHEEL)])

    assert decided(plan) == [(WHEEL, Action.PRESENT, True, TAG)]


def test_of_several_drafts_of_a_tag_only_the_one_that_will_be_published_counts() -> None:
    first = stored(TAG, SDIST, draft=True, key="1")
    second = stored(TAG, WHEEL, SIDECAR, draft=True, key="2")
    plan = make_plan([distribution(WHEEL), distribution(SDIST)], [second, first])
    (release,) = plan.releases

    assert (release.existing, release.drafts) == (first, (second,))
    assert decided(plan) == [(WHEEL, Action.SEND, True, ""), (SDIST, Action.PRESENT, False, TAG)]


def test_a_draft_beside_a_published_release_holds_nothing_that_counts() -> None:
    draft, release = stored(TAG, WHEEL, draft=True, key="1"), stored(TAG, SDIST, key="2")
    plan = make_plan([distribution(WHEEL)], [draft, release])

    assert decided(plan) == [(WHEEL, Action.SEND, True, "")]
    assert plan.releases[0].drafts == (draft,)


def test_planning_again_looks_at_the_release_that_is_there() -> None:
    files = [distribution(WHEEL), distribution(SDIST)]
    (plan,) = make_plan(files, [stored(TAG, WHEEL, SIDECAR, draft=True)]).releases
    anew = replan(plan, stored(TAG, SDIST, key="7"), skip_existing=False)

    assert decided(Plan(releases=(anew,))) == [
        (WHEEL, Action.SEND, True, ""),
        (SDIST, Action.PRESENT, False, TAG),
    ]
    assert anew.existing == stored(TAG, SDIST, key="7")


def test_planning_again_leaves_out_what_is_elsewhere_or_skipped() -> None:
    files = [distribution(WHEEL), distribution(SDIST)]
    there = [stored("x", SDIST), stored(TAG, WHEEL, draft=True, content=b"other")]
    (plan,) = make_plan(files, there, skip_existing=True).releases

    assert replan(plan, stored(TAG, key="7"), skip_existing=True).items == ()


@pytest.mark.parametrize(
    ("release", "whole"),
    [
        (stored(TAG, WHEEL, SDIST), True),
        (stored(TAG, WHEEL), False),
        (stored(TAG, WHEEL, f"{SDIST}?"), False),
        (stored(TAG, WHEEL, SDIST, content=b"other content"), False),
    ],
    ids=["all", "one", "unfinished", "other content"],
)
def test_a_release_holds_all_files_of_a_plan_or_not(release: StoredRelease, whole: bool) -> None:
    (plan,) = make_plan([distribution(WHEEL), distribution(SDIST)], []).releases

    assert holds_all(plan, release) is whole


def test_of_several_releases_of_a_tag_the_published_one_is_found() -> None:
    draft, published = stored("t", draft=True, key="1"), stored("t", key="20")

    assert find_release([draft, published, stored("x")], "t") is published


def test_of_several_drafts_of_a_tag_the_first_made_is_found() -> None:
    drafts = [stored("t", draft=True, key=key) for key in ("100", "20", "9")]

    assert find_release(drafts, "t") is drafts[2]
    assert find_release(drafts, "x") is None


def test_a_conflict_adds_no_assets() -> None:
    plan = make_plan([distribution(WHEEL)], [stored(TAG, WHEEL, content=b"other")])

    assert [item.assets for item in plan.items] == [0]


# Planning after applying gives nothing to do


@dataclass(frozen=True, kw_only=True)
class World:
    """Files to be uploaded, what a store holds of them, and how."""

    files: tuple[Built, ...]
    shelved: tuple[tuple[str, Built, bool], ...]
    tag: str | None
    skip_existing: bool
    draft: bool


BUILT = tuple(
    built
    for name in ("acme", "other")
    for version in ("1.0", "2.0rc1")
    for built in (wheel(name, version), sdist(name, version))
)
LOOKALIKES = tuple((name, wheel(name.partition("-")[0], "1.0", text="#")[1]) for name, _ in BUILT)
TAGS = ["acme-1.0", "acme-2.0rc1", "other-1.0", "elsewhere"]

worlds = st.builds(
    World,
    files=st.lists(st.sampled_from(BUILT), unique_by=lambda built: built[0]).map(tuple),
    shelved=st.lists(
        st.tuples(
            st.sampled_from(TAGS),
            st.sampled_from(BUILT)
            | st.sampled_from(LOOKALIKES)
            | st.sampled_from([sidecar_of(each) for each in BUILT if each[0].endswith(".whl")]),
            st.booleans(),
        ),
        max_size=5,
    ).map(tuple),
    tag=st.none() | st.just("elsewhere"),
    skip_existing=st.booleans(),
    draft=st.booleans(),
)


def tag_of(name: str) -> str:
    return default_tag(Filename.parse(name.removesuffix(SIDECAR_SUFFIX)))


def arranged(world: World) -> MemoryStore:
    store = MemoryStore()
    for tag, (name, content), publish in world.shelved:
        # A draft under the name of one project with files of another is beyond this test:
        # what publishes the one publishes the other.
        if not publish and tag not in {tag_of(name), "elsewhere"}:
            continue
        release = store.draft(new_release(tag))
        try:
            store.put(release, new_asset(name, content), no_advance)
        except ConflictError:
            continue
        if publish:
            store.publish(release)
    return store


def again(files: Sequence[Distribution], store: MemoryStore, world: World) -> Plan:
    return make_plan(
        files, list(store.releases()), tag=world.tag, skip_existing=world.skip_existing
    )


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Distribution]:
    """All built files, on disk, by name."""
    folder = tmp_path_factory.mktemp("dist")
    return {each.filename.text: each for each in on_disk(folder, *BUILT)}


@given(world=worlds)
def test_planning_after_applying_gives_nothing_to_do(
    dist: dict[str, Distribution], world: World
) -> None:
    store = arranged(world)
    options = UploadOptions(
        tag=world.tag, draft=world.draft, skip_existing=world.skip_existing, parallel=2
    )
    files = [dist[name] for name, _ in world.files]
    before = list(store.releases())
    try:
        report = upload(files, store, MemoryReporter(), options)
    except ConflictError:
        assert again(files, store, world).conflicts
        assert list(store.releases()) == before
        return
    plan = again(files, store, world)

    assert {item.action for item in plan.items} <= {Action.PRESENT, Action.SKIP}
    assert not any(release.assets for release in plan.releases)
    assert [item.distribution for item in plan.items] == [
        item.distribution for item in report.plan.items
    ]


@given(world=worlds)
def test_the_order_of_files_and_releases_does_not_matter(
    dist: dict[str, Distribution], world: World
) -> None:
    files = [dist[name] for name, _ in world.files]
    releases = list(arranged(world).releases())
    plan = make_plan(files, releases, tag=world.tag)

    assert plan == make_plan(files[::-1], releases, tag=world.tag)
    backwards = make_plan(files, releases[::-1], tag=world.tag)
    assert [(each.distribution, each.action) for each in backwards.items] == [
        (each.distribution, each.action) for each in plan.items
    ]


def test_reading_a_distribution_keeps_its_metadata(tmp_path: Path) -> None:
    built = wheel("acme", "1.0", "Requires-Python: >=3.9")
    (read,) = on_disk(tmp_path, built)

    assert read.sidecar == sidecar_of(built)[1]
    assert (read.sha256, read.size) == (digest_of(built[1]), len(built[1]))
