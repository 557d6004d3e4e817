"""Earlier commits of the branch of a site."""

import pytest

from ghpypi.errors import NotFoundError, UsageError
from ghpypi.ports import SiteChange, StateDifference
from ghpypi.stores.github.branch import BranchSite
from ghpypi.stores.github.branch_state import resolve
from tests.stores.github.scene import Scene
from tests.stores.github.test_branch import change

CATALOG = "catalog.jsonl"
IDS = [f"{number:x}" * 40 for number in range(1, 6)]


def publish(site: BranchSite, pages: dict[str, bytes], *, keep: bool = False) -> str:
    """Publish pages; return the commit."""
    plain = change(pages)
    kept = SiteChange(pages=plain.pages, owned=plain.owned, keep_history=keep)
    return site.publish(kept, base=site.catalog()).revision


def test_an_earlier_commit_of_the_folder_is_read_and_compared(scene: Scene) -> None:
    site = scene.connect().site("gh-pages", "pypi/")
    first = publish(site, {CATALOG: b"1", "same": b"x", "old": b"x"})
    scene.repository.commit_files({"elsewhere": b"x", "pypi/old": None}, "gh-pages")
    publish(site, {CATALOG: b"2", "new": b"x"})

    with site.earlier(first[:7]) as state:
        assert state.revision == first
        assert state.read([CATALOG, "old", "new"]) == {CATALOG: b"1", "old": b"x"}
        assert state.difference() == StateDifference(changed=(CATALOG, "old"), added=("new",))
        # Within the context, the site is the commit that was compared.
        scene.repository.commit_files({"pypi/catalog.jsonl": b"3"}, "gh-pages")
        assert site.catalog() == b"2"


def test_commits_are_not_replaced_while_one_of_them_is_held(scene: Scene) -> None:
    site = scene.connect().site("gh-pages", history=2)
    commits = [publish(site, {CATALOG: b"%d" % number}, keep=number == 2) for number in range(3)]

    assert scene.repository.commits("gh-pages") == commits[::-1]
    with site.earlier(commits[0]) as state:
        assert state.read([CATALOG]) == {CATALOG: b"0"}

    publish(site, {CATALOG: b"3"})
    with pytest.raises(NotFoundError) as caught, site.earlier(commits[0]):
        pass

    assert "older commits are dropped, because history = 2 in [index]" in caught.value.hint


def test_a_commit_of_another_branch_is_not_one_of_the_site(scene: Scene) -> None:
    site = scene.connect().site("gh-pages")
    with pytest.raises(NotFoundError, match="has no commit"), site.earlier(IDS[0]):
        pass
    publish(site, {CATALOG: b"1"})
    other = scene.repository.commit_files({CATALOG: b"2"}, "main")

    with pytest.raises(NotFoundError, match="has no commit"), site.earlier(other):
        pass


def test_the_beginning_of_an_id_is_enough_where_it_is_unique() -> None:
    assert resolve("2222222", IDS, branch="acme/pypi (gh-pages)", most=0) == IDS[1]
    with pytest.raises(UsageError) as caught:
        resolve("2222222", [*IDS, "2" * 39 + "0"], branch="acme/pypi (gh-pages)", most=0)

    assert caught.value.faults == (IDS[1], "2" * 39 + "0")
