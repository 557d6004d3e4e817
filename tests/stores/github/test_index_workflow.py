"""The index workflow of a repository: found, started, and its run followed."""

import pytest

from ghpypi.core.workflows import WORKFLOWS, WorkflowOptions, listens, render
from ghpypi.errors import (
    NoIndexWorkflowError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.ports import NOT_BEGUN, IndexRun
from ghpypi.stores.github.index_workflow import LOOKS, IndexWorkflow
from ghpypi.stores.github.permissions import CONTENTS
from tests.emulator import Dispatch, Fault
from tests.emulator.schema import check_all
from tests.emulator.workflows import begin_run
from tests.emulator.workflows import listens as started_by
from tests.stores.github.scene import Scene
from tests.support.index_workflow import WORKFLOW, add_index_workflow

RUNS = f"GET /repos/acme/pypi/actions/workflows/{WORKFLOW.rpartition('/')[2]}/runs"


@pytest.fixture
def ready(scene: Scene) -> Scene:
    """A repository with an index workflow."""
    add_index_workflow(scene.repository)
    return scene


def workflow(scene: Scene, token: str | None = None) -> IndexWorkflow:
    return scene.connect(token=token).index_workflow()


def page(scene: Scene) -> str:
    return f"{scene.github.server_url}/acme/pypi/actions/workflows/ghpypi-index.yml"


def test_a_run_is_started_and_its_page_is_known(ready: Scene) -> None:
    ready.github.keep_answers()
    begin_run(ready.repository, WORKFLOW, "repository_dispatch").finish()
    found = workflow(ready).start()

    _, run = ready.repository.runs
    assert ready.github.dispatches == [Dispatch("acme/pypi", "ghpypi")]
    assert found == IndexRun(
        url=f"{ready.github.server_url}/acme/pypi/actions/runs/{run.id}",
        number=run.id,
        state="queued",
    )
    check_all(ready.github.requests)


def test_only_a_run_that_began_after_the_event_counts(ready: Scene) -> None:
    begin_run(ready.repository, WORKFLOW, "repository_dispatch")
    begin_run(ready.repository, WORKFLOW, "schedule")
    ready.github.runs_appear = False

    assert workflow(ready).start() == IndexRun(url=page(ready), state=NOT_BEGUN)
    assert ready.log().count(RUNS) == 1 + LOOKS


def test_a_run_that_appears_late_is_found_later(ready: Scene) -> None:
    ready.github.keep_answers()
    ready.github.runs_appear = False
    started = workflow(ready)
    run = started.start()
    assert started.current(run) == run

    ready.repository.runs += ready.repository.hidden_runs
    found = started.current(run)
    ready.repository.runs[0].finish("failure")

    assert (found.number, found.state) == (ready.repository.runs[0].id, "queued")
    assert started.current(found).failed
    check_all(ready.github.requests)


@pytest.mark.parametrize("event", ["repository_dispatch", "release", "schedule"])
def test_a_run_that_a_newer_one_replaced_is_followed_there(ready: Scene, event: str) -> None:
    started = workflow(ready)
    first = started.start()
    ready.repository.runs[0].finish("cancelled")
    assert started.current(first).conclusion == "cancelled"

    newer = begin_run(ready.repository, WORKFLOW, event)
    newer.finish()
    found = started.current(first)

    assert (found.number, found.succeeded) == (newer.id, True)


def test_the_runs_of_a_private_repository_need_not_be_visible(ready: Scene) -> None:
    ready.repository.private = True
    permissions = {"contents": "write", "metadata": "read"}
    token = ready.github.add_token("bot", permissions=permissions, owner="acme")
    started = workflow(ready, token)
    run = started.start()

    assert run == IndexRun(url=page(ready))
    assert started.current(run) == run
    assert len(ready.github.dispatches) == 1


@pytest.mark.parametrize("private", [False, True])
def test_without_a_workflow_that_listens_nothing_is_sent(scene: Scene, private: bool) -> None:
    scene.repository.private = private
    others: dict[str, bytes | str | None] = {
        f".github/workflows/{name}.yml": render(name, WorkflowOptions())
        for name in WORKFLOWS
        if name != "index"
    }
    scene.repository.commit_files(others)
    permissions = {"contents": "write", "metadata": "read"}
    token = scene.github.add_token("bot", permissions=permissions, owner="acme")
    with pytest.raises(NoIndexWorkflowError) as caught:
        workflow(scene, token).start()

    assert caught.value.message == "no workflow of acme/pypi listens to the event 'ghpypi'"
    assert "ghpypi init acme/pypi" in caught.value.hint
    assert scene.github.dispatches == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("disabled_inactivity", "after 60 days without activity"),
        ("disabled_manually", "someone disabled it"),
        ("disabled_fork", "workflows of forks"),
    ],
)
def test_a_disabled_workflow_is_distinguished(ready: Scene, state: str, reason: str) -> None:
    ready.repository.workflow_states[WORKFLOW] = state
    with pytest.raises(RefusedError) as caught:
        workflow(ready).start()

    assert caught.value.message.startswith(f"{WORKFLOW} of acme/pypi is disabled: ")
    assert reason in caught.value.message
    assert "gh workflow enable ghpypi-index.yml --repo acme/pypi" in caught.value.hint
    assert ready.github.dispatches == []


def test_an_active_workflow_is_preferred_to_a_disabled_one(ready: Scene) -> None:
    other = ".github/workflows/a-index.yml"
    ready.repository.commit_files({other: "on: repository_dispatch\n"})
    ready.repository.workflow_states[other] = "disabled_manually"
    workflow(ready).start()

    assert [run.workflow for run in ready.repository.runs] == [WORKFLOW]


def test_disabled_actions_are_found_by_who_may_see_the_settings(ready: Scene) -> None:
    ready.github.keep_answers()
    ready.repository.actions_enabled = False
    assert workflow(ready).start() == IndexRun(url=page(ready), state=NOT_BEGUN)

    ready.repository.grant("bot", "admin")
    with pytest.raises(RefusedError, match="GitHub Actions are disabled in acme/pypi") as caught:
        workflow(ready).start()

    assert "/acme/pypi/settings/actions" in caught.value.hint
    check_all(ready.github.requests)


def test_a_fine_grained_token_needs_to_write_contents(ready: Scene) -> None:
    token = ready.github.add_token("bot", permissions={"contents": "read"}, owner="acme")
    with pytest.raises(NotAllowedError) as caught:
        workflow(ready, token).start()

    assert caught.value.hint == f"{CONTENTS} (GitHub asks for contents=write)"


def test_the_missing_scope_of_a_classic_token_is_reported(ready: Scene) -> None:
    ready.repository.grant("bot", "read")
    with pytest.raises(NotAllowedError) as caught:
        workflow(ready).start()

    assert caught.value.message == ("this token may read acme/pypi, but not start its workflows")
    assert caught.value.hint == str(CONTENTS)


def test_a_repository_that_the_token_does_not_see_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFoundError, match="'acme/other' does not exist, or this token may not"):
        scene.connect("acme/other").index_workflow().start()


def test_without_a_token_nothing_is_asked(ready: Scene) -> None:
    with pytest.raises(NotAllowedError) as caught:
        workflow(ready, "").start()

    assert caught.value.message == ("a token is needed to start the index workflow of acme/pypi")
    assert caught.value.hint == "set GHPYPI_TOKEN, or sign in with 'gh auth login'"
    assert ready.log() == []


def test_a_renamed_repository_starts_its_workflow(ready: Scene) -> None:
    ready.repository.rename("acme/index")
    started = workflow(ready)
    started.start()

    assert started.name == "acme/index"
    assert ready.github.dispatches == [Dispatch("acme/index", "ghpypi")]


def test_an_outage_is_no_refusal(ready: Scene) -> None:
    ready.github.faults.add(Fault.status(503, method="POST", path="/dispatches", times=99))
    found = ready.connect(max_wait=10).index_workflow()
    with pytest.raises(TryLaterError):
        found.start()


@pytest.mark.parametrize(
    "text",
    [
        render("index", WorkflowOptions()),
        "on: repository_dispatch\n",
        "on: [push, repository_dispatch]\n",
        "on:\n  repository_dispatch:\n  schedule: [{cron: '1 1 * * *'}]\n",
        "on:\n  repository_dispatch: {types: [a, ghpypi]}\n",
        'on:\n  repository_dispatch:\n    types:\n      - "ghpypi"\n  push:\n',
        "on:\n  repository_dispatch:\n    types: ghpypi\n",
    ],
)
def test_a_workflow_that_listens_is_found(text: str) -> None:
    assert listens(text)
    assert started_by(text.encode(), "repository_dispatch", "ghpypi")


@pytest.mark.parametrize(
    "text",
    [
        "on: [push, schedule]\n",
        "on:\n  # repository_dispatch:\n  push:\n",
        "on:\n  repository_dispatch:\n    types: [other]\n  push:\n    branches: [ghpypi]\n",
        "on:\n  repository_dispatch: {types: [other]}\njobs:\n  ghpypi: {}\n",
    ],
)
def test_a_workflow_that_does_not_listen_is_passed_over(text: str) -> None:
    assert not listens(text)
    assert not started_by(text.encode(), "repository_dispatch", "ghpypi")
