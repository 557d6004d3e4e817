"""PyGithub's objects: the rules of the client hold for their requests as well."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ghpypi
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError, NotFoundError, TryLaterError
from ghpypi.stores.github.client import LostResponseError
from ghpypi.stores.github.permissions import CONTENTS
from ghpypi.stores.github.pygithub import ObjectRequester
from tests.emulator import Fault
from tests.emulator.workflows import begin_run
from tests.stores.github.scene import Scene
from tests.support.index_workflow import WORKFLOW, add_index_workflow

Use = Callable[[ObjectRequester], object]


def runs(github: ObjectRequester) -> object:
    workflow = github.repository("acme/pypi").get_workflow(WORKFLOW.rpartition("/")[2])
    return workflow.get_runs().get_page(0)


USES: dict[str, Use] = {
    "repository": lambda github: github.repository("acme/pypi").complete().full_name,
    "release": lambda github: github.repository("acme/pypi").get_release("1.0").tag_name,
    "contents": lambda github: github.repository("acme/pypi").get_contents("README.md"),
    "README": lambda github: github.repository("acme/pypi").get_readme().decoded_content,
    "commit": lambda github: github.repository("acme/pypi").get_commit("main").complete().sha,
    "workflows": lambda github: list(github.repository("acme/pypi").get_workflows()),
    "runs": runs,
}


@pytest.fixture(autouse=True)
def content(scene: Scene) -> None:
    scene.repository.add_release("1.0")
    scene.repository.commit_files({"README.md": b"# Here\n"})
    add_index_workflow(scene.repository)
    begin_run(scene.repository, WORKFLOW, "schedule")
    scene.github.clear_log()


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(
    "fault",
    [Fault.status(502), Fault.reset_before(), Fault.cut(), Fault.secondary_limit(retry_after=30)],
    ids=["502", "reset", "cut", "limit"],
)
def test_requests_of_objects_are_repeated(scene: Scene, use: Use, fault: Fault) -> None:
    scene.github.faults.add(fault)
    with scene.client().objects() as github:
        assert use(github)

    assert len(scene.github.requests) == 2


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("body", ['"text"', "null", "[1]", "<!doctype html>", '{"half": '])
def test_a_document_of_another_shape_is_no_object(scene: Scene, use: Use, body: str) -> None:
    scene.github.faults.add(Fault.status(200, body=body))
    with (
        pytest.raises(TryLaterError, match="which is not a response of GitHub's API"),
        scene.client().objects() as github,
    ):
        use(github)

    assert len(scene.github.requests) == 1


@pytest.mark.parametrize("body", ["{}", '{"items": []}', '"text"', "null"])
@pytest.mark.parametrize(
    "use",
    [
        lambda github: list(github.repository("acme/pypi").get_collaborators()),
        USES["workflows"],
        USES["runs"],
    ],
    ids=["collaborators", "workflows", "runs"],
)
def test_a_list_of_objects_is_not_read_from_another_shape(
    scene: Scene, body: str, use: Use
) -> None:
    scene.github.faults.add(Fault.status(200, body=body))
    with (
        pytest.raises(TryLaterError, match="which is not a response of GitHub's API"),
        scene.client().objects() as github,
    ):
        use(github)


def test_an_object_request_that_may_not_be_repeated_is_not(scene: Scene) -> None:
    scene.github.faults.add(Fault.reset_after())
    with pytest.raises(LostResponseError), scene.client().objects(repeatable=False) as github:
        github.repository("acme/pypi").create_git_release("2.0", "2.0", "", draft=True)

    assert [each.method for each in scene.github.requests] == ["POST"]


def test_errors_of_objects_name_the_request_and_the_permission(scene: Scene) -> None:
    token = scene.github.add_token("bot", permissions={"contents": "read"}, owner="acme")
    with (
        pytest.raises(GhpypiError) as caught,
        scene.client(token=token).objects(needs=CONTENTS, what="release 2.0") as github,
    ):
        github.repository("acme/pypi").create_git_release("2.0", "2.0", "", draft=True)

    assert caught.value.exit_code == 4
    assert caught.value.message.startswith("release 2.0: ")
    assert "Contents: read and write" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.invalid/repos/acme/pypi",
        "https://api.github.com.elsewhere.invalid/repos/acme/pypi",
        "//elsewhere.invalid/repos/acme/pypi",
    ],
)
def test_an_object_that_refers_to_another_host_gets_no_token(scene: Scene, url: str) -> None:
    """PyGithub would send the token to any host below the domain of the API."""
    with scene.client().objects() as github:
        repository = github.repository("acme/pypi").complete()
    scene.github.clear_log()
    document: dict[str, Any] = {**repository.raw_data, "url": url}
    scene.github.faults.add(Fault.status(200, body=json.dumps(document)))
    with (
        pytest.raises(FailedError, match="refers to another host"),
        scene.client().objects() as github,
    ):
        github.repository("acme/pypi").complete().get_readme()

    assert len(scene.github.requests) == 1


def test_a_missing_attribute_costs_no_request(scene: Scene) -> None:
    with scene.client().objects() as github:
        found = github.repository("acme/pypi").complete()

    assert not found.temp_clone_token
    assert len(scene.github.requests) == 1


def test_a_mistake_in_an_argument_is_no_fault_of_github(scene: Scene) -> None:
    with pytest.raises(AssertionError), scene.client().objects() as github:
        github.repository("acme/pypi").get_release(1.5)  # type: ignore[arg-type]  # a mistake

    assert scene.github.requests == []


def test_clients_with_other_tokens_sign_with_their_own(scene: Scene) -> None:
    scene.github.add_user("ann")
    token = scene.github.add_token("ann")
    client = scene.client()
    other = client.with_token(Secret(token))
    for each in (client, other, client.with_token(None), client):
        with each.objects() as github:
            github.repository("acme/pypi").complete()
    signed = [each.headers.get("authorization", "") for each in scene.github.requests]

    assert [scene.token in x for x in signed] == [True, False, False, True]
    assert [token in x for x in signed] == [False, True, False, False]
    assert signed[2] == ""


def test_what_is_missing_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFoundError), scene.client().objects() as github:
        github.repository("acme/pypi").get_release("9.9")


def test_two_modules_send_requests_to_github() -> None:
    """One sends JSON and one sends files; everything else goes through them."""
    folder = Path(ghpypi.__file__).parent / "stores" / "github"
    ways = re.compile(r"Session\(|(?<![.\w])requests\.(?:get|post|request)\(|Requester\(\*\*")
    senders = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if ways.search(path.read_text(encoding="utf-8"))
    }

    assert senders == {"pygithub.py", "file_requests.py"}
