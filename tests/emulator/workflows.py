"""GitHub Actions: workflows of a repository, and their runs.

docs: rest/actions/workflows, rest/actions/workflow-runs, rest/actions/permissions
"""

from typing import Any

from ruamel.yaml import YAML

from tests.emulator import shapes
from tests.emulator.access import Needs
from tests.emulator.answers import json_answer, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import Repository, Run
from tests.emulator.wire import Answer

_READ = Needs("actions")
_SETTINGS = Needs("administration", "read", "admin")
_FOLDER = ".github/workflows/"
_NO_COMMIT = "0" * 40


@repository_route("GET", "/actions/workflows", _READ)
def list_workflows(call: Call) -> Answer:
    """The workflows of the default branch, whatever their state."""
    repository = call.repository
    found = [_workflow(repository, path) for path in workflow_paths(repository)]
    chosen, headers = paginate(found, call.query, call.url)
    return json_answer({"total_count": len(found), "workflows": chosen}, headers=headers)


@repository_route("GET", "/actions/workflows/{workflow}/runs", _READ)
def list_runs(call: Call) -> Answer:
    """The runs of a workflow that have appeared, newest first."""
    repository, wanted = call.repository, call.arguments["workflow"]
    path = _path_of(repository, wanted)
    event = call.query.get("event", "")
    found = [
        _run(repository, run)
        for run in reversed(repository.runs)
        if run.workflow == path and event in {"", run.event}
    ]
    chosen, headers = paginate(found, call.query, call.url)
    return json_answer({"total_count": len(found), "workflow_runs": chosen}, headers=headers)


@repository_route("GET", "/actions/runs/{run:int}", _READ)
def get_run(call: Call) -> Answer:
    """One run."""
    number = int(call.arguments["run"])
    for run in call.repository.runs:
        if run.id == number:
            return json_answer(_run(call.repository, run))
    raise not_found()


@repository_route("GET", "/actions/permissions", _SETTINGS)
def get_permissions(call: Call) -> Answer:
    """Whether Actions are enabled."""
    enabled = call.repository.actions_enabled
    return json_answer({"enabled": enabled, **({"allowed_actions": "all"} if enabled else {})})


def workflow_paths(repository: Repository) -> list[str]:
    """The paths of the workflow files on the default branch."""
    head = repository.git.head(repository.default_branch)
    files = repository.git.tree(head) if head else {}
    return sorted(x for x in files if x.startswith(_FOLDER) and x.endswith((".yml", ".yaml")))


def listens(content: bytes, event: str, kind: str = "") -> bool:
    """Whether a workflow is started by an event, and by one of this type."""
    triggers = YAML(typ="safe").load(content).get("on", ())
    if isinstance(triggers, str):
        triggers = [triggers]
    if event not in triggers:
        return False
    rule = triggers[event] if isinstance(triggers, dict) else None
    types = (rule or {}).get("types")
    return types is None or kind in types


def start_runs(repository: Repository, event: str, kind: str) -> None:
    """Begin the runs that an event starts."""
    for path in workflow_paths(repository):
        content = repository.git.read(repository.default_branch, path) or b""
        active = repository.workflow_states.get(path, "active") == "active"
        if repository.actions_enabled and active and listens(content, event, kind):
            begin_run(repository, path, event, kind)


def begin_run(repository: Repository, path: str, event: str, title: str = "") -> Run:
    """Begin one run, which appears at once or when the test says so."""
    world = repository.world
    run = Run(world.next_id(), path, event, world.clock.now(), title or event)
    if world.runs_end_as:
        run.finish(world.runs_end_as)
    (repository.runs if world.runs_appear else repository.hidden_runs).append(run)
    return run


def _path_of(repository: Repository, wanted: str) -> str:
    for path in workflow_paths(repository):
        if wanted in {path.removeprefix(_FOLDER), str(_number(repository, path))}:
            return path
    raise not_found()


def _number(repository: Repository, path: str) -> int:
    return repository.id * 1000 + workflow_paths(repository).index(path)


def _workflow(repository: Repository, path: str) -> dict[str, Any]:
    """Schema `workflow`."""
    world, number = repository.world, _number(repository, path)
    dates = as_text(repository.created_at)
    name = path.removeprefix(_FOLDER)
    return {
        "id": number,
        "node_id": shapes.node_id("Workflow", number),
        "name": name,
        "path": path,
        "state": repository.workflow_states.get(path, "active"),
        "created_at": dates,
        "updated_at": dates,
        "url": f"{world.api_url}/repos/{repository.full_name}/actions/workflows/{number}",
        "html_url": f"{world.server_url}/{repository.full_name}/blob/"
        f"{repository.default_branch}/{path}",
        "badge_url": f"{world.server_url}/{repository.full_name}/workflows/{name}/badge.svg",
    }


def _run(repository: Repository, run: Run) -> dict[str, Any]:
    """Schema `workflow-run`."""
    world, number = repository.world, run.id
    actions = f"{world.api_url}/repos/{repository.full_name}/actions"
    url = f"{actions}/runs/{number}"
    workflow = _number(repository, run.workflow)
    minimal = shapes.repository(repository, None)
    links = {f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel")}
    return {
        "id": number,
        "name": run.workflow,
        "node_id": shapes.node_id("WorkflowRun", number),
        "head_branch": repository.default_branch,
        "head_sha": repository.git.head(repository.default_branch) or _NO_COMMIT,
        "path": run.workflow,
        "display_title": run.title,
        "run_number": 1,
        "run_attempt": 1,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": workflow,
        "url": url,
        "html_url": f"{world.server_url}/{repository.full_name}/actions/runs/{number}",
        "pull_requests": [],
        "created_at": as_text(run.created_at),
        "updated_at": as_text(run.created_at),
        "run_started_at": as_text(run.created_at),
        **links,
        "check_suite_url": f"{url}/check-suite",
        "rerun_url": f"{url}/rerun",
        "workflow_url": f"{actions}/workflows/{workflow}",
        "head_commit": None,
        "repository": minimal,
        "head_repository": minimal,
    }
