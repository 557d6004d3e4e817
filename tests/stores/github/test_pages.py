"""Where Pages are; and after a push, they are built, if not by themselves, then because we ask."""

import pytest

from ghpypi.errors import NotAllowedError
from tests.emulator import Fault
from tests.emulator.repository import Build, Site
from tests.emulator.schema import check_all
from tests.stores.github.scene import Scene
from tests.support.packages import wheel

BUILDS = "/repos/acme/pypi/pages/builds"


@pytest.fixture
def commit(scene: Scene) -> str:
    """What was pushed to a branch that is a site."""
    scene.repository.add_release("1.0").add_asset(*wheel("alpha", "1.0"))
    published = scene.index().published
    assert published is not None
    scene.repository.site = Site()
    scene.github.keep_answers()
    scene.github.clear_log()
    return published.revision


def build(scene: Scene, commit: str, *, status: str = "built") -> None:
    assert scene.repository.site is not None

    number, now = scene.github.next_id(), scene.github.clock.now()
    made = Build(number, commit, now, scene.repository.owner, status)
    scene.repository.site.builds.append(made)


def test_a_build_that_began_by_itself_is_all_there_is_to_see(scene: Scene, commit: str) -> None:
    assert scene.connect().ensure_pages(commit) == ""
    assert scene.log(method="POST") == []


def test_a_build_that_did_not_begin_is_asked_for(scene: Scene, commit: str) -> None:
    assert scene.connect().ensure_pages(commit) == ""
    scene.github.pages_builds_on_push = False
    scene.repository.add_release("2.0").add_asset(*wheel("beta", "1.0"))
    published = scene.index().published
    assert published is not None
    began = scene.github.clock.time()
    told = scene.connect().ensure_pages(published.revision)

    assert told == "asked for a build of the pages: none had begun by itself"
    assert scene.log(method="POST", origin="api") == [f"POST {BUILDS}"]
    assert 15 <= scene.github.clock.time() - began < 20
    assert scene.repository.site is not None
    assert scene.repository.site.builds[-1].commit == published.revision


def test_a_build_of_a_later_push_includes_the_earlier_one(scene: Scene, commit: str) -> None:
    scene.repository.add_release("2.0").add_asset(*wheel("beta", "1.0"))
    later = scene.index().published
    assert later is not None
    began = scene.github.clock.time()

    assert scene.connect().ensure_pages(commit) == ""
    assert scene.repository.site is not None
    assert [one.commit for one in scene.repository.site.builds] == [later.revision]
    assert scene.log(method="POST", origin="api") == []
    assert scene.github.clock.time() - began < 1
    assert check_all(scene.github.requests) > 0


def test_a_build_of_a_commit_that_left_the_branch_does_not_count(scene: Scene, commit: str) -> None:
    scene.github.pages_builds_on_push = False
    build(scene, scene.repository.git.write_object("blob", b"gone"))

    assert scene.connect().ensure_pages(commit).startswith("asked for a build")


def test_a_failed_build_is_requested_again(scene: Scene, commit: str) -> None:
    build(scene, commit, status="errored")

    told = scene.connect().ensure_pages(commit)
    assert told == "asked for a build of the pages: the last one failed"
    assert scene.log(method="POST") == [f"POST {BUILDS}"]


def test_the_first_build_of_a_site_is_asked_for(scene: Scene, commit: str) -> None:
    scene.github.pages_builds_on_push = False

    assert scene.connect().ensure_pages(commit) == "asked for the first build of the pages"
    assert scene.log(method="POST") == [f"POST {BUILDS}"]


def test_a_repository_without_pages_gets_a_hint_to_enable_them(scene: Scene, commit: str) -> None:
    scene.repository.site = None

    told = scene.connect().ensure_pages(commit)
    assert told.startswith("acme/pypi has no Pages yet: choose the branch under Settings")
    assert scene.log(method="POST") == []


def test_a_token_that_may_not_ask_for_a_build_says_what_it_lacks(scene: Scene, commit: str) -> None:
    scene.github.faults.add(Fault.status(403, path=BUILDS, times=10))
    with pytest.raises(NotAllowedError) as caught:
        scene.connect().ensure_pages(commit)

    assert caught.value.hint == (
        "give the job 'permissions: pages: write', or build Pages by hand once"
    )


def test_the_address_is_asked_for(scene: Scene, commit: str) -> None:
    assert scene.connect().find_address() == f"{scene.github.pages_url}/acme/pypi/"
    assert scene.log() == ["GET /repos/acme/pypi/pages"]


def test_pages_that_are_not_there_or_may_not_be_seen_have_no_address(
    scene: Scene, commit: str
) -> None:
    blind = scene.github.add_token("bot", permissions={"contents": "write"}, owner="acme")
    scene.repository.private = True
    assert scene.connect(token=blind).find_address() == ""

    scene.repository.site = None
    assert scene.connect().find_address() == ""
