"""Starting workflows by repository_dispatch and workflow_dispatch.

The events are recorded, and runs begin, in which nothing happens.

docs: rest/repos/repos#create-a-repository-dispatch-event, rest/actions/workflows
"""

from tests.emulator.access import PUSH, Needs
from tests.emulator.answers import dumps, error, json_answer, no_content, not_found
from tests.emulator.api import Call, repository_route
from tests.emulator.state import Dispatch
from tests.emulator.wire import Answer
from tests.emulator.workflows import begin_run, start_runs

_ACTIONS = Needs("actions", "write", "write")
_MAX_TYPE = 100
_MAX_KEYS = 10
_MAX_PAYLOAD = 1 << 16
_MAX_INPUTS = 25
_NOT_SUPPLIED = 'Invalid request.\n\n"{}" wasn\'t supplied.'


@repository_route("POST", "/dispatches", PUSH)
def repository_dispatch(call: Call) -> Answer:
    """Record an event."""
    document = call.document()
    event, payload = document.get("event_type"), document.get("client_payload", {})
    if not isinstance(event, str):
        raise error(422, _NOT_SUPPLIED.format("event_type"))
    if not 1 <= len(event) <= _MAX_TYPE:
        raise error(422, f"event_type must be 1 to {_MAX_TYPE} characters.")
    if not isinstance(payload, dict):
        raise error(422, "client_payload is not an object.")
    if len(payload) > _MAX_KEYS:
        raise error(422, f"No more than {_MAX_KEYS} properties are allowed; {len(payload)} were.")
    if len(dumps(payload)) >= _MAX_PAYLOAD:
        raise error(422, "client_payload is too large.")
    call.world.dispatches.append(Dispatch(call.repository.full_name, event, payload))
    start_runs(call.repository, "repository_dispatch", event)
    return no_content()


@repository_route("POST", "/actions/workflows/{workflow}/dispatches", _ACTIONS)
def workflow_dispatch(call: Call) -> Answer:
    """Record the start of a workflow, which must be on the default branch."""
    document, repository = call.document(), call.repository
    workflow, ref = call.arguments["workflow"], document.get("ref")
    path = f".github/workflows/{workflow}"
    content = repository.git.read(repository.default_branch, path)
    if content is None:
        raise not_found()
    if not isinstance(ref, str):
        raise error(422, _NOT_SUPPLIED.format("ref"))
    if repository.git.resolve(ref) is None:
        raise error(422, f"No ref found for: {ref}")
    if b"workflow_dispatch" not in content:
        raise error(422, "Workflow does not have 'workflow_dispatch' trigger")
    inputs = document.get("inputs") or {}
    if len(inputs) > _MAX_INPUTS:
        raise error(422, f"No more than {_MAX_INPUTS} inputs are allowed.")
    event = Dispatch(
        repository.full_name, "workflow_dispatch", workflow=workflow, ref=ref, inputs=inputs
    )
    call.world.dispatches.append(event)
    run = begin_run(repository, path, "workflow_dispatch")
    if not document.get("return_run_details"):
        return no_content()
    number = run.id
    path = f"{repository.full_name}/actions/runs/{number}"
    details = {
        "workflow_run_id": number,
        "run_url": f"{call.world.api_url}/repos/{path}",
        "html_url": f"{call.world.server_url}/{path}",
    }
    return json_answer(details)
