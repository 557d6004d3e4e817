"""Issues of a repository, as far as a workflow that reports something uses them.

docs: rest/issues/issues, rest/issues/comments
"""

from typing import Any

from tests.emulator.access import Needs
from tests.emulator.answers import error, json_answer, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import Comment, Issue, Repository
from tests.emulator.shapes import node_id, simple_user
from tests.emulator.wire import Answer

_READ = Needs("issues")
_OPEN = Needs("issues", "write")
_CHANGE = Needs("issues", "write", "triage")


@repository_route("GET", "/issues", _READ)
def list_issues(call: Call) -> Answer:
    """Issues, newest first; only the open ones, unless others are asked for."""
    state = call.query.get("state", "open")
    found = [one for one in call.repository.issues[::-1] if state in {"all", one.state}]
    chosen, headers = paginate(found, call.query, call.url)
    return json_answer([_issue(call.repository, one) for one in chosen], headers=headers)


@repository_route("POST", "/issues", _OPEN)
def open_issue(call: Call) -> Answer:
    """Open one; all users who may read may do so."""
    document, repository = call.document(), call.repository
    if call.token is None:
        raise error(401, "Requires authentication")
    if not document.get("title"):
        raise error(422, "Validation Failed")
    now = call.world.clock.now()
    issue = Issue(
        id=call.world.next_id(),
        number=len(repository.issues) + 1,
        title=str(document["title"]),
        body=str(document.get("body", "")),
        user=call.token.user,
        created_at=now,
        updated_at=now,
    )
    repository.issues.append(issue)
    return json_answer(_issue(repository, issue), 201)


@repository_route("PATCH", "/issues/{number:int}", _CHANGE)
def change_issue(call: Call) -> Answer:
    """Change its title, text or state."""
    issue, document = _found(call), call.document()
    issue.title = document.get("title", issue.title)
    issue.body = document.get("body", issue.body)
    issue.state = document.get("state", issue.state)
    issue.updated_at = call.world.clock.now()
    return json_answer(_issue(call.repository, issue))


@repository_route("POST", "/issues/{number:int}/comments", _OPEN)
def comment(call: Call) -> Answer:
    """Say something about it."""
    issue, document = _found(call), call.document()
    if call.token is None:
        raise error(401, "Requires authentication")
    now = call.world.clock.now()
    made = Comment(call.world.next_id(), str(document.get("body", "")), call.token.user, now)
    issue.comments.append(made)
    return json_answer(_comment(call.repository, issue, made), 201)


def _found(call: Call) -> Issue:
    number = int(call.arguments["number"])
    if not 1 <= number <= len(call.repository.issues):
        raise not_found()
    return call.repository.issues[number - 1]


def _issue(repository: Repository, issue: Issue) -> dict[str, Any]:
    """Schema `issue`."""
    world = repository.world
    api = f"{world.api_url}/repos/{repository.full_name}"
    url = f"{api}/issues/{issue.number}"
    return {
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "url": url,
        "repository_url": api,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{world.server_url}/{repository.full_name}/issues/{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": simple_user(world, issue.user),
        "labels": [],
        "state": issue.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(issue.comments),
        "created_at": as_text(issue.created_at),
        "updated_at": as_text(issue.updated_at),
        "closed_at": as_text(issue.updated_at) if issue.state == "closed" else None,
        "author_association": "NONE",
    }


def _comment(repository: Repository, issue: Issue, made: Comment) -> dict[str, Any]:
    """Schema `issue-comment`."""
    world = repository.world
    api = f"{world.api_url}/repos/{repository.full_name}/issues"
    html = f"{world.server_url}/{repository.full_name}/issues/{issue.number}"
    return {
        "id": made.id,
        "node_id": node_id("IssueComment", made.id),
        "url": f"{api}/comments/{made.id}",
        "issue_url": f"{api}/{issue.number}",
        "html_url": f"{html}#issuecomment-{made.id}",
        "body": made.body,
        "user": simple_user(world, made.user),
        "created_at": as_text(made.created_at),
        "updated_at": as_text(made.created_at),
        "author_association": "NONE",
    }
