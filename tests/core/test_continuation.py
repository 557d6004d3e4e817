"""Releases that are full continue in further ones."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghpypi.core.model import StoredRelease
from ghpypi.core.upload.continuation import continued
from ghpypi.core.upload.plan import Action, Plan
from ghpypi.core.upload.planning import make_plan
from ghpypi.jobs.upload import UploadOptions, upload
from ghpypi.stores.memory import ANYTHING, MemoryStore
from tests.core.test_plan import TAG, distribution, stored
from tests.support.reporters import MemoryReporter

NAMES = [f"acme_lib-1.0-{number}-py3-none-any.whl" for number in range(1, 5)]
"""Four builds of one version; each has a metadata file, so it takes two assets."""


def planned(releases: Sequence[StoredRelease], *, most: int, tag: str | None = None) -> Plan:
    plan = make_plan(map(distribution, NAMES), releases, tag=tag)
    return continued(plan, releases, max_assets=most)


def sent(plan: Plan) -> dict[str, list[str]]:
    return {
        release.tag: [
            item.distribution.filename.text for item in release.items if item.action is Action.SEND
        ]
        for release in plan.releases
    }


@pytest.mark.parametrize(
    ("most", "sizes"),
    [(8, [4]), (7, [3, 1]), (5, [2, 2]), (4, [2, 2]), (3, [1, 1, 1, 1]), (2, [1, 1, 1, 1])],
)
def test_files_keep_their_order_over_as_many_releases_as_it_takes(
    most: int, sizes: list[int]
) -> None:
    plan = planned([], most=most)
    tags = [TAG, *(f"{TAG}-part{number}" for number in range(2, len(sizes) + 1))]

    assert [(x.tag, len(x.items)) for x in plan.releases] == list(zip(tags, sizes, strict=True))
    assert [name for names in sent(plan).values() for name in names] == NAMES
    assert plan.releases[-1].title == ("acme-lib 1.0" + (f" (part{len(tags)})" if tags[1:] else ""))


def test_a_file_that_fits_into_no_release_is_left_where_it_is() -> None:
    assert [len(x.items) for x in planned([], most=1).releases] == [4]


def test_a_full_release_is_left_alone_and_a_second_one_is_filled() -> None:
    full = stored(TAG, "a", "b", "c")
    part = stored(f"{TAG}-part2", NAMES[0], f"{NAMES[0]}.metadata", content=b"content", draft=True)
    assert [x.tag for x in planned([full], most=4).releases] == [f"{TAG}-part2", f"{TAG}-part3"]

    plan = planned([full, part], most=8)
    assert sent(planned([full], most=8)) == {TAG: NAMES[:2], f"{TAG}-part2": NAMES[2:]}
    assert [x.existing for x in plan.releases] == [full, part]


def test_an_immutable_release_is_not_continued() -> None:
    immutable = stored(TAG, "a", "b", immutable=True)

    assert [x.tag for x in planned([immutable], most=4).releases] == [TAG]


@settings(deadline=None)
@given(st.integers(2, 9), st.sets(st.integers(1, 6)), st.sets(st.integers(1, 6)))
def test_uploads_fill_releases_and_planning_again_leaves_nothing_to_do(
    most: int, first: set[int], second: set[int]
) -> None:
    store = MemoryStore(rules=ANYTHING._replace(max_assets=most))
    for numbers in (first, second):
        given = [distribution(f"acme_lib-1.0-{each}-py3-none-any.whl") for each in numbers]
        upload(given, store, MemoryReporter(), UploadOptions(tag="v1"))
        again = upload(given, store, MemoryReporter(), UploadOptions(tag="v1"))
        assert not any(release.assets for release in again.plan.releases)

    releases = [*store.releases()]
    assert all(len(release.assets) <= most and not release.draft for release in releases)
    names = [asset.name for release in releases for asset in release.assets]
    assert len(names) == len({*names}) == 2 * len(first | second)
