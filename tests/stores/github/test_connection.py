"""A repository and the way to it, from one end of the work to the other."""

import os

import pytest

from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.limits import near_limit
from ghpypi.stores.github.repositories import Repository
from tests.emulator import Emulator
from tests.emulator.schema import check_all
from tests.stores.github.scene import Scene
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import wheel

CATALOG = "GET /repos/acme/pypi/contents/catalog.jsonl"


@pytest.fixture
def renamed(scene: Scene) -> Scene:
    """A repository that has another name by now than the one it is called by."""
    scene.repository.rename("acme/index")
    return scene


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_requests_and_answers_are_as_github_publishes_them(scene: Scene, private: bool) -> None:
    scene.github.keep_answers()
    scene.repository.private = private
    scene.seed()
    scene.work()
    connection = scene.connect()
    add_index_workflow(scene.repository)
    connection.index_workflow().start()
    connection.read_file("ghpypi.toml")
    scene.index(options=None)
    scene.github.add_repository("bot/lib-a")
    connection.source(["acme/*", "bot/lib-*"], [], include_private=False)

    assert check_all(scene.github.requests) > 20
    assert {each.origin for each in scene.github.requests} >= {"api", "uploads", "git", "cdn"}


def test_the_least_that_can_be_asked_is_asked(scene: Scene) -> None:
    scene.work()
    scene.github.clear_log()
    scene.index()

    assert scene.log() == [
        "GET /repos/acme/pypi",
        CATALOG,
        "GET /repos/acme/pypi/releases",
        "GET /repos/acme/pypi/commits",
    ]


def test_who_read_a_file_asks_for_the_repository_no_more(scene: Scene) -> None:
    scene.work()
    scene.github.clear_log()
    connection = scene.connect()
    connection.read_file("README.md")
    scene.index(connection)

    assert scene.log() == [
        "GET /repos/acme/pypi/contents/README.md",
        CATALOG,
        "GET /repos/acme/pypi/releases",
        "GET /repos/acme/pypi/commits",
    ]


def test_a_renamed_repository_takes_uploads(renamed: Scene) -> None:
    renamed.upload()

    assert sum(len(each.assets) for each in renamed.repository.releases) == 5
    assert {each.draft for each in renamed.repository.releases} == {False}
    writes = [each for each in renamed.github.requests if each.method != "GET"]
    assert all("/acme/index/" in each.path for each in writes)


def test_a_renamed_repository_is_indexed(renamed: Scene) -> None:
    renamed.upload()
    renamed.index()
    renamed.repository.add_release("acme-more-1.0").add_asset(*wheel("acme_more", "1.0"))
    report = renamed.index()

    assert report.projects == 3
    assert len(renamed.repository.commits("gh-pages")) == 2


def test_a_renamed_repository_has_its_configuration(renamed: Scene) -> None:
    renamed.repository.commit_files({"ghpypi.toml": b"[index]\n"})

    connection = renamed.connect()

    assert connection.read_file("ghpypi.toml") == b"[index]\n"
    assert connection.repository.name == "acme/index"
    assert "GET /repos/acme/pypi" not in renamed.log()


@pytest.mark.parametrize("name", ["repos/contents", "repos/repos"])
def test_a_repository_may_be_called_as_the_api_calls_things(scene: Scene, name: str) -> None:
    scene.github.add_organization("repos")
    scene.github.add_repository(name)
    connection = scene.connect(name.upper())

    assert connection.read_file("README.md")
    assert connection.repository.name == name


def test_a_file_that_is_too_large_for_json_is_read_all_the_same(renamed: Scene) -> None:
    large = b"# " + b"x" * 2**20
    renamed.repository.commit_files({"a folder/é+1.toml": large})

    assert renamed.connect().read_file("/a folder/é+1.toml") == large


def test_a_folder_is_no_file(scene: Scene) -> None:
    scene.repository.commit_files({"ghpypi.toml/x": b""})
    with pytest.raises(FailedError, match=r"'ghpypi\.toml' in acme/pypi is not a file"):
        scene.connect().read_file("ghpypi.toml")


def test_an_index_survives_that_its_repository_is_renamed(scene: Scene) -> None:
    scene.work()
    scene.repository.rename("acme/index")
    report = scene.index()

    assert report.projects == 2
    assert not report.refused


@pytest.mark.parametrize("name", ["ACME/PyPI", "Acme/pypi"])
def test_case_makes_no_difference(scene: Scene, name: str) -> None:
    connection = scene.connect(name)
    scene.upload()
    report = scene.index(connection)

    assert connection.repository.name == "acme/pypi"
    assert connection.store().name == "acme/pypi"
    assert report.files == 3
    assert not scene.index().outdated


@pytest.mark.parametrize("read", [True, False], ids=["a file was read", "nothing was"])
def test_a_site_names_its_repository_and_branch(renamed: Scene, read: bool) -> None:
    connection = renamed.connect()
    if read:
        connection.read_file("README.md")

    assert connection.site("gh-pages").name == "acme/index (gh-pages)"
    # Whether it is public is not told with a file.
    assert connection.repository.public is (None if read else True)


def test_the_pages_of_a_private_repository_that_has_none_are_not_built(scene: Scene) -> None:
    """The token of a central index may have no permission for Pages."""
    scene.repository.private = True

    assert scene.connect().ensure_pages("0" * 40) == ""
    assert not [x.path for x in scene.github.requests if "/pages" in x.path]


def test_a_branch_may_have_a_slash(scene: Scene) -> None:
    scene.repository.commit_files({"catalog.jsonl": b"{}"}, "pages/simple")
    site = scene.connect().site("pages/simple")

    assert site.catalog() == b"{}"
    assert site.name == "acme/pypi (pages/simple)"


def test_a_tag_of_the_same_name_is_not_the_branch(scene: Scene) -> None:
    scene.repository.commit_files({"catalog.jsonl": b"tag"}, "other")
    tagged = scene.repository.head("other")
    scene.repository.git.set_ref("refs/tags/gh-pages", tagged)
    scene.repository.git.set_ref("refs/tags/refs/heads/gh-pages", tagged)
    scene.repository.commit_files({"catalog.jsonl": b"branch"}, "gh-pages")

    assert scene.connect().site("gh-pages").catalog() == b"branch"


def test_a_site_that_is_read_again_is_looked_up_again(scene: Scene) -> None:
    scene.repository.commit_files({"catalog.jsonl": b"1"}, "gh-pages")
    site = scene.connect().site("gh-pages")
    assert site.catalog() == b"1"
    scene.repository.commit_files({"catalog.jsonl": b"2"}, "gh-pages")

    assert site.catalog() == b"2"


def test_a_branch_without_a_catalog_has_none(scene: Scene) -> None:
    scene.repository.commit_files({"CNAME": b"x"}, "gh-pages")

    assert scene.connect().site("gh-pages").catalog() is None


def test_a_repository_that_is_not_there_is_named(scene: Scene) -> None:
    connection = scene.connect("acme/none")
    with pytest.raises(NotFoundError, match="repository 'acme/none'"):
        connection.store()
    with pytest.raises(NotFoundError, match="repository 'acme/none'"):
        connection.site("gh-pages")


@pytest.mark.parametrize("read", [True, False], ids=["a file was read", "nothing was"])
def test_who_may_only_read_is_reported_before_anything_is_sent(scene: Scene, read: bool) -> None:
    scene.repository.grant("bot", "read")
    connection = scene.connect()
    if read:
        connection.read_file("README.md")
        scene.github.clear_log()
    with pytest.raises(NotAllowedError, match="no write access to acme/pypi") as caught:
        connection.require_write()

    assert "the role write" in caught.value.hint
    with pytest.raises(NotAllowedError, match="a token is needed to upload"):
        scene.connect(token="").require_write()
    assert scene.log() == ["GET /repos/acme/pypi"]


@pytest.mark.parametrize("kind", ["classic", "fine-grained", "installation"])
def test_who_may_write_is_let_through(scene: Scene, kind: str) -> None:
    token = {
        "classic": lambda: scene.token,
        "fine-grained": lambda: scene.github.add_token(
            "bot", permissions={"contents": "write"}, owner="acme"
        ),
        "installation": lambda: scene.github.add_token("bot", installation="acme/pypi"),
    }[kind]()
    connection = scene.connect(token=token)
    connection.require_write()
    connection.require_write()

    assert scene.log() == ["GET /repos/acme/pypi"]


def test_without_a_token_what_is_public_can_be_read(scene: Scene) -> None:
    scene.work()
    scene.github.clear_log()
    connection = scene.connect(token="")

    assert connection.site("gh-pages").catalog()
    assert len(list(connection.store().releases())) == 2
    assert connection.read_file("README.md")
    assert not [each for each in scene.github.requests if "authorization" in each.headers]


def test_the_token_is_not_shown(scene: Scene) -> None:
    connection = Connection("acme/pypi", scene.hosts, Secret("hidden"), scene.backoff())

    assert "hidden" not in f"{connection!r} {vars(connection)}"


def test_a_proxy_of_the_environment_is_used(
    scene: Scene, github: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users behind a proxy have no other way; the emulator acts as one that is down."""
    assert "NO_PROXY" not in os.environ
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    connection = scene.connect(max_wait=0)
    with pytest.raises(Exception, match=r"gave up after 1 attempt"):
        connection.read_file("README.md")

    assert github.requests == []


LARGE = "acme/pypi has 921.6 MB without its release assets; GitHub recommends less than 1.0 GB"
SHORTEN = "; keep its branch short with 'history = 50' in [index]"


@pytest.mark.parametrize(
    ("kilobytes", "history", "warning"),
    [(700_000, 0, ""), (900_000, 0, LARGE + SHORTEN), (900_000, 50, LARGE)],
)
def test_a_large_repository_is_a_warning(kilobytes: int, history: int, warning: str) -> None:
    repository = Repository(name="acme/pypi", visibility=None, size=kilobytes * 1024)

    assert near_limit(repository, history) == warning
