"""The steps that set a repository up, one by one, when things are not as usual."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.ports import Finding
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.setup.action import find_action
from ghpypi.stores.github.setup.files import FileStep, ReadmeStep
from ghpypi.stores.github.setup.pages import BranchStep, PagesStep
from ghpypi.stores.github.setup.repository import ImmutableStep, RepositoryStep, TokenStep
from ghpypi.stores.github.setup.team import TeamStep
from ghpypi.stores.github.target import Target
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.reporters import MemoryReporter

ON_GITHUB = Hosts.parse("https://api.github.com")

Aim = Callable[..., Target]
"""Makes a target of `acme/pypi`, or of another name, and looks at it."""


@pytest.fixture
def repository(github: Emulator) -> Repository:
    github.add_organization("acme", owners=["ann"])
    return github.add_repository("acme/pypi")


@pytest.fixture
def aim(github: Emulator, repository: Repository) -> Aim:
    def make(name: str = "acme/pypi", *, token: str = "", private: bool | None = None) -> Target:
        clock = github.clock
        hosts = Hosts.parse(github.api_url, github.server_url)
        backoff = Backoff(60, sleep=clock.advance, now=clock.time)
        client = Client(hosts, Secret(token or github.add_token("ann")), backoff)
        target = Target(
            name=name, client=client, hosts=hosts, reporter=MemoryReporter(), private=private
        )
        target.load()
        return target

    return make


def pages_step(target: Target, filled: list[str] | None = None) -> PagesStep:
    """Make the step for Pages; each time it fills the branch, it tells the address it knew."""
    told = [] if filled is None else filled
    return PagesStep(target, "gh-pages", lambda: told.append(target.site_url), wanted=None)


def test_a_repository_whose_creation_was_not_answered_is_found(github: Emulator, aim: Aim) -> None:
    target = aim("acme/new")
    github.faults.add(Fault.reset_after(method="POST", path="/orgs/acme/repos"))

    assert RepositoryStep(target).apply() == ""
    assert target.exists
    assert github.faults.fired


def test_a_creation_that_was_not_answered_and_not_done_is_tried_again_later(
    github: Emulator, aim: Aim
) -> None:
    github.faults.add(Fault.reset_before(method="POST", path="/orgs/acme/repos"))

    with pytest.raises(TryLaterError):
        RepositoryStep(aim("acme/new")).apply()


def test_a_repository_that_the_token_cannot_see_is_reported(github: Emulator, aim: Aim) -> None:
    github.add_repository("acme/secret", private=True)
    target = aim("acme/secret", token=github.add_token("ann", scopes=["public_repo"]))

    with pytest.raises(NotAllowedError, match="name already exists on this account"):
        RepositoryStep(target).apply()


def test_a_repository_of_another_user_cannot_be_created(github: Emulator, aim: Aim) -> None:
    github.add_user("bob")

    with pytest.raises(NotFoundError, match="there is no organization bob, and this token"):
        RepositoryStep(aim("bob/pypi")).apply()


def test_a_user_who_is_no_member_cannot_create_in_an_organization(
    github: Emulator, aim: Aim
) -> None:
    github.add_user("bob")
    target = aim("acme/new", token=github.add_token("bob"))

    with pytest.raises(NotAllowedError, match="may not do that"):
        RepositoryStep(target).apply()


def test_a_token_that_is_good_enough_for_a_public_repository(github: Emulator, aim: Aim) -> None:
    token = github.add_token("ann", scopes=["public_repo"])

    assert TokenStep(aim(token=token)).check() == Finding()
    with pytest.raises(NotAllowedError, match="lacks the scopes repo and workflow"):
        TokenStep(aim("acme/new", token=token, private=True)).check()
    assert TokenStep(aim()).apply() == ""


def test_pages_that_were_switched_on_without_an_answer_are_found(
    github: Emulator, repository: Repository, aim: Aim
) -> None:
    repository.commit_files({"catalog.jsonl": ""}, branch="gh-pages")
    github.faults.add(Fault.reset_after(method="POST", path="/pages"))
    target = aim()
    filled: list[str] = []

    assert pages_step(target, filled).apply() == ""
    assert target.site_url == f"{github.pages_url}/acme/pypi/"
    assert filled == [target.site_url], "pages that could not know their address are rendered again"


def test_pages_whose_address_was_known_are_not_filled_twice(
    repository: Repository, aim: Aim
) -> None:
    repository.commit_files({"catalog.jsonl": ""}, branch="gh-pages")
    target = aim()
    target.hosts = Hosts.parse(target.hosts.api, "https://github.com")
    filled: list[str] = []

    assert pages_step(target, filled).apply() == ""
    assert filled == []


def test_pages_that_were_not_switched_on_are_tried_again_later(github: Emulator, aim: Aim) -> None:
    github.faults.add(Fault.reset_before(method="POST", path="/pages"))

    with pytest.raises(TryLaterError):
        pages_step(aim()).apply()


def test_pages_that_were_enabled_concurrently_are_accepted(
    github: Emulator, repository: Repository, aim: Aim
) -> None:
    repository.commit_files({"catalog.jsonl": ""}, branch="gh-pages")
    target = aim()
    step = pages_step(target)
    step.apply()
    target.site_url = ""

    assert step.apply() == ""
    assert target.site_url


def test_an_unexpected_answer_of_a_setting_is_reported(github: Emulator, aim: Aim) -> None:
    github.faults.add(Fault.status(422, path="/immutable-releases", method="PUT"))

    with pytest.raises(FailedError, match="immutable releases: GitHub refuses it"):
        ImmutableStep(aim(), wanted=True).apply()


def config_step(target: Target) -> FileStep:
    return FileStep(target, "ghpypi.toml", lambda _: "ours\n", managed=False)


def test_a_file_that_was_written_without_an_answer_is_taken_for_written(
    github: Emulator, repository: Repository, aim: Aim
) -> None:
    github.faults.add(Fault.reset_after(method="PUT", path="/contents/"))
    step = config_step(aim())
    step.check()

    assert step.apply() == ""
    assert repository.files("main")["ghpypi.toml"] == b"ours\n"
    assert len(repository.commits("main")) == 2


def test_a_file_that_was_written_concurrently_is_not_replaced(
    repository: Repository, aim: Aim
) -> None:
    step = config_step(aim())
    step.check()
    repository.commit_files({"ghpypi.toml": "theirs\n"})

    with pytest.raises(FailedError, match=r"'ghpypi\.toml' cannot be written: Invalid request"):
        step.apply()
    assert repository.files("main")["ghpypi.toml"] == b"theirs\n"


def test_a_file_that_goes_while_we_write_is_reported(
    github: Emulator, repository: Repository, aim: Aim
) -> None:
    github.faults.add(Fault.status(409, path="/contents/", method="PUT"))
    step = config_step(aim())
    step.check()

    with pytest.raises(FailedError, match="cannot be written: Fault"):
        step.apply()


@pytest.mark.parametrize("name", ["README.rst", "readme.txt", "README"])
def test_a_readme_in_another_markup_stays(repository: Repository, aim: Aim, name: str) -> None:
    repository.commit_files({"README.md": None, name: "pypi\n====\n"})
    step = ReadmeStep(aim(), "README.md", lambda _: "ours\n", managed=True)

    assert step.check() == Finding(left=f"there is {name}, which is kept")


def test_a_team_of_a_person_does_not_exist(github: Emulator, aim: Aim) -> None:
    github.add_repository("ann/pypi")

    with pytest.raises(NotFoundError, match="ann has no team 'devs'"):
        TeamStep(aim("ann/pypi"), "devs", "read").apply()


def test_rights_that_teams_need_are_named(github: Emulator, aim: Aim) -> None:
    github.add_team("acme", "devs")
    token = github.add_token("ann", permissions={"contents": "write"}, owner="acme")
    with pytest.raises(NotAllowedError) as caught:
        TeamStep(aim(token=token), "devs", "read").check()

    assert "Administration: read and write" in caught.value.hint
    assert "GitHub asks for administration=read" in caught.value.hint


@pytest.mark.parametrize("status", [403, 422])
def test_a_role_that_is_refused_is_reported(github: Emulator, aim: Aim, status: int) -> None:
    github.add_team("acme", "devs")
    github.faults.add(Fault.status(status, path="/teams/devs", method="PUT"))

    with pytest.raises((NotAllowedError, FailedError)):
        TeamStep(aim(), "devs", "read").apply()


def test_the_commit_of_the_action_is_found_by_its_tag(repository: Repository, aim: Aim) -> None:
    head = str(repository.head("main"))
    repository.git.set_ref("refs/tags/v0", head)

    assert find_action("acme/pypi@v0", aim()) == head
    assert find_action(f"acme/pypi@{head}", aim()) == head


@pytest.mark.parametrize("action", ["acme/pypi@v9", f"acme/pypi@{'a' * 40}", "gone/action@v1"])
def test_an_action_that_does_not_exist_is_an_error(
    repository: Repository, aim: Aim, action: str
) -> None:
    target = replace(aim(), hosts=ON_GITHUB)
    with pytest.raises(NotFoundError, match=f"there is no Action {action}"):
        find_action(action, target)


@pytest.mark.parametrize(
    ("action", "hosts", "commit"),
    [
        ("acme/private@v1", ON_GITHUB, ""),
        ("gone/action@v1", None, ""),
        (f"gone/action@{'a' * 40}", None, "a" * 40),
    ],
    ids=["of the same owner", "on a server", "a commit on a server"],
)
def test_an_action_that_the_token_may_not_see_is_a_warning(
    repository: Repository, aim: Aim, action: str, hosts: Hosts | None, commit: str
) -> None:
    reporter = MemoryReporter()
    target = replace(aim(), reporter=reporter)
    target = replace(target, hosts=hosts or target.hosts)

    assert find_action(action, target) == commit
    assert [x for x in reporter.warnings if f"the Action {action} was not found on" in x]


def test_an_action_that_cannot_be_checked_is_a_warning(github: Emulator, aim: Aim) -> None:
    reporter = MemoryReporter()
    target = replace(aim(), reporter=reporter)
    github.faults.add(Fault.status(503, path="/commits/", times=99))

    assert find_action("acme/pypi@v0", target) == ""
    assert [x for x in reporter.warnings if "the Action acme/pypi@v0 could not be checked: " in x]


def test_a_branch_that_holds_no_site_is_filled(repository: Repository, aim: Aim) -> None:
    repository.commit_files({"notes.txt": "theirs"}, branch="gh-pages")
    done: list[str] = []
    step = BranchStep(
        aim(),
        "gh-pages",
        "",
        check=lambda: done.append("checked"),
        fill=lambda: done.append("filled"),
    )

    assert step.check() == Finding(missing="filled with an index")
    assert step.page.endswith("/acme/pypi/branches")
    assert step.apply() == ""
    assert done == ["checked", "filled"]


def test_a_token_that_may_not_see_pages_is_reported(
    github: Emulator, repository: Repository, aim: Aim
) -> None:
    repository.private = True
    token = github.add_token("ann", permissions={"contents": "write"}, owner="acme")

    with pytest.raises(NotAllowedError) as caught:
        pages_step(aim(token=token)).check()
    assert "Pages: read and write, and Administration" in caught.value.hint


def test_a_team_of_a_repository_to_be_created_has_no_role_yet(aim: Aim) -> None:
    target = aim("acme/new")

    assert TeamStep(target, "devs", "admin").check() == Finding(missing="given the role admin")
