"""Which repositories are meant by what is written in `index.repositories`."""

from collections.abc import Sequence

import pytest

from ghpypi.core.visibility import Visibility
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.repositories import Repository, find_repositories, find_repository
from tests.stores.github.scene import Scene
from tests.support.packages import wheel

PYPI = Repository(name="acme/pypi", visibility=Visibility.PUBLIC)


def found(scene: Scene, patterns: Sequence[str], excluded: Sequence[str] = ()) -> list[str]:
    """The names that patterns stand for."""
    matches = find_repositories(patterns, excluded, known=PYPI, client=scene.client())
    return [each.name for each in matches.repositories]


@pytest.fixture
def libraries(scene: Scene) -> Scene:
    for name in ("lib-b", "Lib-A", "app", "lib-old"):
        scene.github.add_repository(f"acme/{name}")
    return scene


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["acme/lib-*"], ["acme/Lib-A", "acme/lib-b", "acme/lib-old"]),
        (["ACME/LIB-?"], ["acme/Lib-A", "acme/lib-b"]),
        (["acme/lib-[ab]"], ["acme/Lib-A", "acme/lib-b"]),
        (["acme/*"], ["acme/Lib-A", "acme/app", "acme/lib-b", "acme/lib-old", "acme/pypi"]),
        (["acme/app", "acme/pypi"], ["acme/app", "acme/pypi"]),
        (["acme/APP", "acme/app", "acme/a*"], ["acme/app"]),
        (["acme/nothing-*"], []),
    ],
    ids=lambda value: " ".join(value) or "none",
)
def test_patterns_match_within_an_organization_in_any_case(
    libraries: Scene, patterns: list[str], names: list[str]
) -> None:
    assert found(libraries, patterns) == names


@pytest.mark.parametrize(
    ("excluded", "names"),
    [
        (["acme/lib-old"], ["acme/Lib-A", "acme/lib-b"]),
        (["ACME/LIB-*"], []),
        (["acme/*-a", "*/lib-old"], ["acme/lib-b"]),
        (["other/*"], ["acme/Lib-A", "acme/lib-b", "acme/lib-old"]),
    ],
    ids=" ".join,
)
def test_what_is_excluded_is_left_out(
    libraries: Scene, excluded: list[str], names: list[str]
) -> None:
    assert found(libraries, ["acme/lib-*"], excluded) == names


def test_exclusions_that_exclude_nothing_are_named(libraries: Scene) -> None:
    excluded = ["acme/lib-old", "acme/lib-odl", "other/*"]
    matches = find_repositories(["acme/lib-*"], excluded, known=PYPI, client=libraries.client())

    assert matches.unused == ("acme/lib-odl", "other/*")


def test_the_target_is_asked_for_only_once(libraries: Scene) -> None:
    assert found(libraries, ["ACME/PyPI"]) == ["acme/pypi"]
    assert libraries.log() == []


def test_an_owner_with_many_repositories_is_listed_to_the_end(scene: Scene) -> None:
    for number in range(205):
        scene.github.add_repository(f"acme/lib-{number:03}", empty=True)

    assert len(found(scene, ["acme/lib-*"])) == 205
    assert scene.log().count("GET /orgs/acme/repos") == 3


def test_the_public_repositories_of_a_user_are_found(scene: Scene) -> None:
    scene.github.add_user("ann")
    scene.github.add_repository("ann/lib-a")
    scene.github.add_repository("ann/lib-secret", private=True)

    assert found(scene, ["ann/lib-*"]) == ["ann/lib-a"]


def test_own_private_repositories_are_found(scene: Scene) -> None:
    scene.github.add_repository("bot/lib-a")
    scene.github.add_repository("bot/lib-secret", private=True)

    assert found(scene, ["Bot/lib-*"]) == ["bot/lib-a", "bot/lib-secret"]


def test_the_private_repositories_of_an_organization_are_found_where_one_has_a_role(
    scene: Scene,
) -> None:
    scene.github.add_repository("acme/lib-secret", private=True).grant("bot", "read")
    scene.github.add_repository("acme/lib-hidden", private=True)
    (only,) = find_repositories(["acme/lib-*"], [], known=PYPI, client=scene.client()).repositories

    assert (only.name, only.public, only.writable) == ("acme/lib-secret", False, False)


def test_the_token_of_a_workflow_finds_the_public_repositories_of_a_user(scene: Scene) -> None:
    scene.github.add_repository("bot/lib-a")
    token = scene.github.add_token("bot", installation="bot/lib-a")
    (only,) = find_repositories(
        ["bot/lib-*"], [], known=PYPI, client=scene.client(token=token)
    ).repositories

    assert (only.name, only.public) == ("bot/lib-a", True)


def test_without_a_token_the_user_is_not_requested(scene: Scene) -> None:
    scene.github.add_repository("bot/lib-a")
    matches = find_repositories(["bot/*"], [], known=PYPI, client=scene.client(token=""))

    assert [each.name for each in matches.repositories] == ["bot/lib-a"]
    assert scene.log() == ["GET /orgs/bot/repos", "GET /users/bot/repos"]


def test_a_repository_that_is_named_has_to_be_there(scene: Scene) -> None:
    with pytest.raises(NotFoundError) as caught:
        found(scene, ["acme/pypi", "acme/missing"])

    assert caught.value.message == (
        "repository 'acme/missing' does not exist, or this token may not see it"
    )
    assert caught.value.hint == "check the name and the permissions of the token"


def test_a_private_repository_looks_missing_without_a_token(scene: Scene) -> None:
    scene.github.add_repository("acme/secret", private=True)
    with pytest.raises(NotFoundError) as caught:
        find_repository("acme/secret", scene.client(token=""))

    assert caught.value.hint.startswith(
        "check the name; for a private repository, set GHPYPI_TOKEN"
    )


def test_an_owner_has_to_be_there(scene: Scene) -> None:
    with pytest.raises(NotFoundError, match=r"GET /users/nobody/repos"):
        found(scene, ["nobody/*"])


def test_an_unknown_token_is_reported(scene: Scene) -> None:
    with pytest.raises(NotAllowedError, match="does not accept this token"):
        find_repository("acme/pypi", scene.client(token="ghp_wrong"))


def test_a_repository_that_was_renamed_is_found_under_its_new_name(scene: Scene) -> None:
    scene.repository.rename("acme/index")

    found = find_repository("Acme/PyPI", scene.client())

    assert (found.name, found.public, found.writable) == ("acme/index", True, True)


REPOSITORY = {"full_name": "a/b", "default_branch": "main", "owner": {"type": "Organization"}}


@pytest.mark.parametrize(
    ("data", "public"),
    [
        ({"private": False, "visibility": "public"}, True),
        ({"private": True, "visibility": "private"}, False),
        ({"private": True, "visibility": "internal"}, False),
        ({"private": False}, True),
        ({"private": True}, False),
    ],
    ids=str,
)
def test_only_public_means_that_anyone_can_read(data: dict[str, object], public: bool) -> None:
    assert Repository.parse({**REPOSITORY, **data}).public is public


@pytest.mark.parametrize(
    ("permissions", "writable"),
    [
        ({"admin": False, "push": True, "pull": True}, True),
        ({"admin": False, "push": False, "pull": True}, False),
        ({"admin": False, "push": False, "pull": False}, None),
        ({}, None),
    ],
    ids=["may push", "may pull", "the token of a workflow", "not told"],
)
def test_who_may_write_is_known_of_people_only(
    permissions: dict[str, bool], writable: bool | None
) -> None:
    data = {**REPOSITORY, "private": False, "permissions": permissions}

    assert Repository.parse(data).writable is writable


def test_an_index_of_several_repositories_holds_the_files_of_all(scene: Scene) -> None:
    for name in ("lib-a", "lib-b", "lib-c"):
        repository = scene.github.add_repository(f"acme/{name}", private=name == "lib-b")
        repository.grant("bot", "read")
        plain = name.replace("-", "_")
        repository.add_release("1.0").add_asset(*wheel(plain, "1.0"))
    connection = scene.connect()
    store = connection.source(["acme/lib-*", "acme/pypi"], ["acme/lib-c"], include_private=True)

    assert store.name == "3 repositories for acme/pypi"
    assert [each.origin for each in store.releases()] == ["acme/lib-a", "acme/lib-b"]
    for release in store.releases():
        with store.stream(release.assets[0]) as file:
            assert file.read(2) == b"PK"
