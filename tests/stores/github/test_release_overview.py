"""The newest releases in the query of an upload: which of them have to be read in full."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from ghpypi.core.model import StoredRelease
from ghpypi.core.names import Filename
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.releases import GitHubStore
from tests.emulator.faults import Fault
from tests.emulator.release import Release
from tests.stores.github.scene import Scene
from tests.support.packages import new_release

WHEEL = "acme_lib-1.0-py3-none-any.whl"
TAG = "acme-lib-1.0"
QUERY = "POST /graphql"
PAGE = "GET /repos/acme/pypi/releases"


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """Fill the repository with one release more than a page of the listing has."""
    pattern = scene.repository.add_release("acme-other-0")
    scene.repository.releases += [
        replace(pattern, id=scene.github.next_id(), tag_name=f"acme-other-{number}", assets=[])
        for number in range(1, 101)
    ]
    return scene


def opened(
    scene: Scene, connection: Connection | None = None, filename: str = WHEEL
) -> GitHubStore:
    connection = connection or scene.connect()
    scene.github.clear_log()
    connection.require_write([Filename.parse(filename)])
    return connection.store()


def related(store: GitHubStore, tags: Collection[str] = (TAG,)) -> list[StoredRelease]:
    found = store.related(lambda: tags)
    assert found is not None
    return list(found)


def with_other_spelling(release: Release) -> None:
    release.tag_name = "v7"
    release.add_asset("Acme.Lib-1.0.0-py3-none-any.whl", b"")


def with_many_assets(release: Release) -> None:
    for number in range(101):
        release.add_asset(f"notes-{number}.txt", b"")


def of_an_equal_version(release: Release) -> None:
    release.tag_name = "acme-lib-1.0.0.0"


def of_a_further_part(release: Release) -> None:
    release.tag_name = f"{TAG}-part2"


def of_a_tag_in_the_index(release: Release) -> None:
    release.tag_name = "from-the-index"


@pytest.mark.parametrize(
    "change",
    [
        with_other_spelling,
        with_many_assets,
        of_an_equal_version,
        of_a_further_part,
        of_a_tag_in_the_index,
    ],
)
@pytest.mark.parametrize("draft", [False, True])
def test_releases_are_read_if_one_of_the_newest_matters(
    scene: Scene, change: Callable[[Release], None], draft: bool
) -> None:
    made = scene.repository.add_release("new", draft=draft)
    change(made)
    found = {each.key: each for each in related(opened(scene), {TAG, "from-the-index"})}

    assert scene.log()[:2] == [QUERY, PAGE]
    assert [x.name for x in found[str(made.id)].assets] == [x.name for x in made.assets]


def test_other_releases_are_known_without_their_assets(scene: Scene) -> None:
    made = scene.repository.add_release("acme-lib-1.1", draft=True)
    made.add_asset("acme_lib-1.1-py3-none-any.whl", b"")
    found = {each.key: each for each in related(opened(scene))}

    assert scene.log() == [QUERY]
    assert (found[str(made.id)].draft, found[str(made.id)].assets) == (True, ())


def test_an_older_release_is_read_without_another_search(scene: Scene) -> None:
    made = scene.repository.add_release(TAG)
    made.add_asset(WHEEL, b"")
    made.created_at -= timedelta(days=365)
    found = {each.key: each for each in related(opened(scene))}

    assert scene.log() == [QUERY, f"GET /repos/acme/pypi/releases/{made.id}"]
    assert [each.name for each in found[str(made.id)].assets] == [WHEEL]


def test_a_release_on_the_first_page_is_read_once(scene: Scene) -> None:
    scene.repository.add_release(TAG).add_asset(WHEEL, b"")
    found = related(opened(scene))

    assert scene.log() == [QUERY, PAGE]
    assert len({each.key for each in found}) == len(found)


def test_a_small_repository_is_searched_too(scene: Scene) -> None:
    del scene.repository.releases[3:]
    store = opened(scene)
    related(store)
    made = store.draft(new_release(TAG))

    assert made.draft
    assert scene.log() == [QUERY, "POST /repos/acme/pypi/releases", QUERY]


def test_an_overview_is_used_for_some_seconds(scene: Scene) -> None:
    store = opened(scene)
    scene.github.advance(60)
    related(store)

    assert scene.log() == [QUERY, PAGE, QUERY]


def test_an_overview_is_used_by_one_upload(scene: Scene) -> None:
    connection = scene.connect()
    related(opened(scene, connection))
    made = scene.repository.add_release(TAG)
    found = related(opened(scene, connection))

    assert str(made.id) in {each.key for each in found}
    assert scene.log()[0] == PAGE


def test_an_overview_is_not_used_for_other_files(scene: Scene) -> None:
    connection = scene.connect()
    opened(scene, connection)
    related(opened(scene, connection, "acme_lib-2.0.tar.gz"), {"acme-lib-2.0"})

    assert scene.log()[0] == PAGE


def test_without_an_index_the_first_page_is_read(scene: Scene) -> None:
    assert opened(scene).related(lambda: None) is None
    assert scene.log() == [QUERY, PAGE]


@pytest.mark.parametrize("immutable", [True, False])
def test_releases_freeze_as_the_newest_did(scene: Scene, immutable: bool) -> None:
    scene.repository.add_release("old", immutable=not immutable)
    scene.repository.add_release("new", immutable=immutable)
    store = opened(scene)
    related(store)

    assert store.freezes is immutable
    assert scene.log() == [QUERY]


def test_a_query_that_takes_too_long_is_not_sent_again(scene: Scene) -> None:
    scene.github.faults.add(Fault.status(502, path="/graphql"))
    opened(scene)

    assert scene.log() == [QUERY, "GET /repos/acme/pypi"]


@pytest.mark.parametrize("fault", [Fault.status(502), Fault.reset_after()], ids=str)
def test_a_draft_whose_making_was_not_answered_is_made_once(scene: Scene, fault: Fault) -> None:
    store = opened(scene)
    related(store)
    scene.github.faults.add(replace(fault, method="POST", path="/repos/acme/pypi/releases"))
    made = store.draft(new_release(TAG))

    assert [str(x.id) for x in scene.repository.releases if x.tag_name == TAG] == [made.key]
