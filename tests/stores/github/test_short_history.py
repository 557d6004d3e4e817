"""A branch that is kept short: a commit replaces all others, unless another run was faster."""

import random

import pytest

from ghpypi.core.config.config import Config
from ghpypi.errors import OutdatedError
from ghpypi.stores.github.branch import BranchSite
from tests.stores.github.scene import Scene
from tests.stores.github.test_branch import change

CATALOG = "catalog.jsonl"


def site_of(scene: Scene, history: int) -> BranchSite:
    return scene.connect().site("gh-pages", history=history)


def publish(scene: Scene, number: int, *, history: int = 3) -> None:
    site = site_of(scene, history)
    pages = {CATALOG: b"%d" % number, f"page{number}.html": b"x"}
    site.publish(change(pages), base=site.catalog())


def test_a_branch_has_no_more_commits_than_its_history(scene: Scene) -> None:
    counts = []
    for number in range(7):
        publish(scene, number)
        counts.append(len(scene.repository.commits("gh-pages")))

    assert counts == [1, 2, 3, 1, 2, 3, 1]
    pages = scene.repository.files("gh-pages")
    assert set(pages) == {CATALOG, *(f"page{number}.html" for number in range(7))}
    assert scene.repository.read_file("gh-pages", CATALOG) == b"6"


def test_commits_of_others_are_replaced_and_their_files_stay(scene: Scene) -> None:
    publish(scene, 0)
    for number in range(5):
        scene.repository.commit_files({f"docs/{number}.html": "theirs"}, "gh-pages")
    publish(scene, 1)

    assert len(scene.repository.commits("gh-pages")) == 1
    assert scene.repository.read_file("gh-pages", "docs/4.html") == b"theirs"
    assert scene.repository.read_file("gh-pages", CATALOG) == b"1"


def test_pages_are_removed_by_a_commit_that_replaces_others(scene: Scene) -> None:
    publish(scene, 0, history=1)
    site = site_of(scene, 1)
    site.publish(change({CATALOG: b"1"}, removed=("page0.html",)), base=site.catalog())

    assert set(scene.repository.files("gh-pages")) == {CATALOG}


def test_what_another_run_published_meanwhile_is_not_replaced(scene: Scene) -> None:
    publish(scene, 0, history=1)
    slow = site_of(scene, 1)
    base = slow.catalog()

    def pages() -> list[tuple[str, bytes]]:
        # The branch was fetched, and the other run is faster to push.
        publish(scene, 1, history=0)
        return [(CATALOG, b"slow")]

    with pytest.raises(OutdatedError):
        slow.publish(change({})._replace(pages=pages), base=base)

    assert scene.repository.read_file("gh-pages", CATALOG) == b"1"


def test_only_differences_are_pushed(scene: Scene) -> None:
    old = random.Random(0).randbytes(3_000_000)  # noqa: S311 - does not compress
    site = site_of(scene, 1)
    site.publish(change({CATALOG: old, "big.bin": old[::-1]}), base=None)
    scene.github.clear_log()
    site_of(scene, 1).publish(change({CATALOG: b"new" + old[5:]}), base=old)

    assert int(scene.github.requests_to("git")[-1].headers["content-length"]) < 3_000
    assert scene.repository.read_file("gh-pages", "big.bin") == old[::-1]


def test_an_unchanged_site_is_not_replaced(scene: Scene) -> None:
    publish(scene, 0, history=1)
    head = scene.repository.head("gh-pages")
    publish(scene, 0, history=1)

    assert scene.repository.head("gh-pages") == head


def test_the_configuration_says_how_long_the_history_is() -> None:
    assert Config.parse("[index]\nhistory = 50\n").index.history == 50
    assert Config.parse("").index.history == 0
