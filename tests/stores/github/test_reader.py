from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.core.config.trust import RepositoryIds
from ghpypi.core.locator import Hosts
from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal, Rights
from ghpypi.errors import BadTokenError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.stores.github.reader import GitHubReader, repository_ids
from tests.emulator.faults import Fault
from tests.emulator.release import Asset
from tests.emulator.scene import Scene, opened_scene
from tests.support.files import asset_file

WHEEL = "acme_lib-1.0-py3-none-any.whl"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as made:
        made.repo.private = True
        made.github.account("acme").base_permission = "none"
        made.github.add_user("reader")
        made.github.add_user("stranger")
        made.repo.grant("reader", "read")
        made.repo.commit_files({"catalog.jsonl": "one"}, branch="gh-pages")
        yield made


@pytest.fixture
def github_reader(scene: Scene) -> GitHubReader:
    return GitHubReader(Hosts.parse(scene.github.api_url, scene.github.server_url), "acme/pypi")


@pytest.fixture
def asset(scene: Scene) -> Asset:
    release = scene.repo.add_release("v1.0")
    release.add_asset(f"{WHEEL}.metadata", b"Name: acme-lib\n")
    return release.add_asset(WHEEL, b"0123456789")


def file(asset: Asset, key: str = "") -> File:
    return asset_file(WHEEL, asset, key)


def token(scene: Scene, login: str = "reader", **more: object) -> Secret:
    return Secret(scene.github.add_token(login, **more))  # type: ignore[arg-type]  # rows differ


@pytest.mark.parametrize(
    ("login", "more", "read", "write"),
    [
        ("reader", {}, True, False),
        ("hub-bot", {}, True, True),
        ("stranger", {}, False, False),
        ("hub-bot", {"scopes": ["public_repo"]}, False, False),
        ("hub-bot", {"permissions": {"contents": "read"}, "owner": "acme"}, True, True),
        ("hub-bot", {"permissions": {"metadata": "read"}, "owner": "acme"}, False, False),
        ("hub-bot", {"installation": "acme/pypi"}, True, True),
    ],
    ids=["reader", "writer", "stranger", "scope", "fine-grained", "no contents", "workflow"],
)
def test_rights_are_what_github_says(
    scene: Scene,
    github_reader: GitHubReader,
    login: str,
    more: dict[str, object],
    *,
    read: bool,
    write: bool,
) -> None:
    found = github_reader.rights("acme/pypi", token(scene, login, **more))

    assert (found.read, found.write, found.public) == (read, write, False)


def test_a_bad_token_is_distinguished_from_one_without_rights(
    scene: Scene, github_reader: GitHubReader
) -> None:
    bad = github_reader.rights("acme/pypi", token(scene, expired=True))
    hidden = github_reader.rights("acme/pypi", token(scene, "stranger"))

    assert (bad.refusal, hidden.refusal) == (Refusal.BAD_TOKEN, Refusal.HIDDEN)


def test_anonymous_callers_read_only_what_is_public(
    scene: Scene, github_reader: GitHubReader
) -> None:
    assert github_reader.rights("acme/pypi", None).read is False
    scene.repo.private = False
    assert github_reader.rights("acme/pypi", None) == Rights(read=True, write=False, public=True)


def test_single_sign_on_is_reported_with_its_address(
    scene: Scene, github_reader: GitHubReader
) -> None:
    scene.github.account("acme").sso_url = "https://sso.example/acme"

    found = github_reader.rights("acme/pypi", token(scene))

    assert found.refusal is Refusal.FORBIDDEN
    assert found.message.endswith("single sign-on; authorize it at https://sso.example/acme")


def test_what_is_known_is_not_read_again(scene: Scene, github_reader: GitHubReader) -> None:
    reader = token(scene)
    scene.repo.commit_files({"ghpypi.toml": '[index]\ntitle = "Ours"'})
    first = github_reader.snapshot(reader, None)

    assert first is not None
    assert (first.catalog, first.config.index.title) == (b"one", "Ours")

    scene.github.clear_log()
    assert github_reader.snapshot(reader, first) is None
    assert {x.status for x in scene.github.requests} == {304}


def test_a_new_commit_is_a_new_catalog(scene: Scene, github_reader: GitHubReader) -> None:
    reader = token(scene)
    first = github_reader.snapshot(reader, None)
    scene.repo.commit_files({"catalog.jsonl": "two"}, branch="gh-pages")

    second = github_reader.snapshot(reader, first)

    assert second is not None
    assert second.catalog == b"two"


def test_tags_of_one_token_do_not_hide_news_from_another(
    scene: Scene, github_reader: GitHubReader
) -> None:
    first = github_reader.snapshot(token(scene), None)

    assert github_reader.snapshot(token(scene, "hub-bot"), first) is None


def test_without_a_branch_there_is_no_catalog_yet(scene: Scene) -> None:
    scene.github.add_repository("acme/empty", private=True).grant("reader", "read")
    hosts = Hosts.parse(scene.github.api_url, scene.github.server_url)

    found = GitHubReader(hosts, "acme/empty").snapshot(token(scene), None)

    assert found is not None
    assert found.catalog is None
    with pytest.raises(NotFoundError):
        GitHubReader(hosts, "acme/nothing").snapshot(token(scene), None)


def test_a_renamed_repository_goes_on(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    scene.repo.rename("acme/packages")
    reader = token(scene)

    assert github_reader.rights("acme/pypi", reader).read
    assert github_reader.snapshot(reader, None) is not None
    assert github_reader.link(file(asset), "", reader).startswith(scene.github.cdn_url)


def test_a_file_is_had_by_an_address_signed_for_the_caller(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    link = github_reader.link(file(asset), "", token(scene))

    assert link.startswith(scene.github.cdn_url)
    assert scene.get(link).content == b"0123456789"


def test_what_lies_beside_a_file_is_found_in_its_release_once(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    reader = token(scene)
    for _ in range(3):
        with github_reader.open(file(asset), ".metadata", reader, None) as stream:
            assert stream.read() == b"Name: acme-lib\n"

    listings = [x for x in scene.github.requests if "/releases/tags/" in x.path]
    assert len(listings) == 1
    with pytest.raises(NotFoundError):
        github_reader.link(file(asset), ".provenance", reader)


def test_the_release_that_was_used_least_recently_leaves_the_cache(scene: Scene) -> None:
    hosts = Hosts.parse(scene.github.api_url, scene.github.server_url)
    github_reader = GitHubReader(hosts, "acme/pypi", cached_releases=2)
    files = {}
    for tag in ("v1.0", "v2.0", "v3.0"):
        release = scene.repo.add_release(tag)
        release.add_asset(f"{WHEEL}.metadata", b"Name: acme-lib\n")
        files[tag] = file(release.add_asset(WHEEL, b"0123456789"))._replace(tag=tag)
    reader = token(scene)
    for tag in ("v1.0", "v2.0", "v1.0", "v3.0", "v1.0", "v2.0"):
        github_reader.link(files[tag], ".metadata", reader)

    listings = [x.path for x in scene.github.requests if "/releases/tags/" in x.path]
    assert [each.rpartition("/")[2] for each in listings] == ["v1.0", "v2.0", "v3.0", "v2.0"]


@pytest.mark.parametrize("redirects", [True, False])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_part_of_a_file_is_opened(
    scene: Scene, github_reader: GitHubReader, asset: Asset, *, redirects: bool, ranges: bool
) -> None:
    scene.github.asset_redirects, scene.github.cdn_ranges = redirects, ranges

    with github_reader.open(file(asset), "", token(scene), Range(first=3, last=5)) as stream:
        assert stream.read(3) == b"345"


def test_where_github_sends_the_bytes_itself_there_is_no_address(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    scene.github.asset_redirects = False

    assert github_reader.link(file(asset), "", token(scene)) == ""


def test_no_token_reaches_the_signed_host(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    with github_reader.open(file(asset), "", token(scene), None) as stream:
        assert stream.read() == b"0123456789"

    (request,) = scene.github.requests_to("cdn")
    assert "authorization" not in request.headers


def test_who_may_not_read_gets_no_address(
    scene: Scene, github_reader: GitHubReader, asset: Asset
) -> None:
    with pytest.raises(NotFoundError):
        github_reader.link(file(asset), "", token(scene, "stranger"))
    with pytest.raises(BadTokenError):
        github_reader.link(file(asset), "", token(scene, expired=True))
    lacking = token(scene, permissions={"metadata": "read"}, owner="acme")
    with pytest.raises(NotAllowedError):
        github_reader.link(file(asset), "", lacking)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.status(502, times=9),
        Fault.reset_before(times=9),
        Fault.primary_limit(times=9),
        Fault.secondary_limit(code=429, times=9),
    ],
    ids=["failing", "gone", "limit", "secondary"],
)
def test_what_fails_for_now_is_reported_at_once(
    scene: Scene, github_reader: GitHubReader, fault: Fault
) -> None:
    scene.github.faults.add(fault)

    with pytest.raises(TryLaterError):
        github_reader.rights("acme/pypi", token(scene))


def test_a_connection_that_broke_is_tried_once_more(
    scene: Scene, github_reader: GitHubReader
) -> None:
    scene.github.faults.add(Fault.reset_before())

    assert github_reader.rights("acme/pypi", token(scene)).read


def test_published_pages_are_read_at_the_state_that_is_served(
    scene: Scene, github_reader: GitHubReader
) -> None:
    reader = token(scene)
    known = github_reader.snapshot(reader, None)
    scene.repo.commit_files({"index.html": "later"}, branch="gh-pages")

    assert github_reader.page("index.html", reader, known) is None
    assert github_reader.page("catalog.jsonl", reader, known) == b"one"


def test_an_index_in_a_folder_of_the_branch_is_read_there(
    scene: Scene, github_reader: GitHubReader
) -> None:
    scene.repo.commit_files({"ghpypi.toml": '[site]\npath = "docs/pypi"\n'})
    pages = {"docs/pypi/catalog.jsonl": "inner", "docs/pypi/index.html": "page", "index.html": "x"}
    scene.repo.commit_files(pages, branch="gh-pages")
    snapshot = github_reader.snapshot(token(scene), None)

    assert snapshot is not None
    assert snapshot.catalog == b"inner"
    assert github_reader.page("index.html", token(scene), snapshot) == b"page"
    scene.repo.commit_files({"ghpypi.toml": ""})
    moved = github_reader.snapshot(token(scene), snapshot)
    assert moved is not None
    assert moved.catalog == b"one"


@pytest.mark.parametrize(
    "key",
    [
        "repos/acme/other/releases/assets/{other}",
        "repos/acme/pypi/releases/assets/../../../other/releases/assets/{other}",
        "repositories/1/releases/assets/{other}",
        "user",
        "",
    ],
)
def test_a_key_of_another_repository_is_not_used(
    scene: Scene, github_reader: GitHubReader, asset: Asset, key: str
) -> None:
    other = scene.github.add_repository("acme/other", private=True)
    other.grant("reader", "read")
    secret = other.add_release("v1.0").add_asset(WHEEL, b"secret")
    reader = token(scene)
    named = file(asset)._replace(key=key.format(other=secret.id))

    with github_reader.open(named, "", reader, None) as stream:
        assert stream.read() == b"0123456789"
    assert github_reader.link(named, "", reader).partition("?")[0].endswith(f"/{asset.id}")


def test_the_ids_of_a_repository_are_readable_with_read_access(scene: Scene) -> None:
    hosts = Hosts.parse(scene.github.api_url, scene.github.server_url)

    assert repository_ids(hosts, "acme/pypi", token(scene)) == RepositoryIds(
        owner=str(scene.github.account("acme").id), repository=str(scene.repo.id)
    )
    for secret in (token(scene, "stranger"), None):
        with pytest.raises(NotFoundError):
            repository_ids(hosts, "acme/pypi", secret)
