"""Pull requests, as far as opening and finding them.

docs: rest/pulls/pulls
"""

from typing import Any

from tests.emulator.access import Needs
from tests.emulator.answers import error, json_answer, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import PullRequest, Repository
from tests.emulator.shapes import node_id, simple_user
from tests.emulator.shapes import repository as repository_document
from tests.emulator.wire import Answer

_READ = Needs("pull_requests")
_OPEN = Needs("pull_requests", "write")
_LINKS = {
    "commits": "/commits",
    "review_comments": "/comments",
    "review_comment": "/comments{/number}",
}


@repository_route("GET", "/pulls", _READ)
def list_pulls(call: Call) -> Answer:
    """Pull requests, newest first; `head` is OWNER:BRANCH."""
    state, head = call.query.get("state", "open"), call.query.get("head", "")
    found = [
        one
        for one in call.repository.pulls[::-1]
        if state in {"all", one.state} and head in {"", _label(call.repository, one.head)}
    ]
    chosen, headers = paginate(found, call.query, call.url)
    return json_answer([_simple(call, one) for one in chosen], headers=headers)


@repository_route("POST", "/pulls", _OPEN)
def open_pull(call: Call) -> Answer:
    """Open one, of a branch of the same repository."""
    document, repository = call.document(), call.repository
    if call.token is None:
        raise error(401, "Requires authentication")
    head, base = str(document.get("head", "")), str(document.get("base", ""))
    for name, branch in (("head", head), ("base", base)):
        if repository.git.head(branch) is None:
            raise _invalid({"resource": "PullRequest", "field": name, "code": "invalid"})
    if any(one.head == head and one.state == "open" for one in repository.pulls):
        message = f"A pull request already exists for {_label(repository, head)}."
        raise _invalid({"resource": "PullRequest", "code": "custom", "message": message})
    if repository.git.head(head) == repository.git.head(base):
        message = f"No commits between {base} and {head}"
        raise _invalid({"resource": "PullRequest", "code": "custom", "message": message})
    one = PullRequest(
        id=call.world.next_id(),
        number=len(repository.issues) + len(repository.pulls) + 1,
        title=str(document.get("title", "")),
        body=str(document.get("body", "")),
        head=head,
        base=base,
        user=call.token.user,
        created_at=call.world.clock.now(),
    )
    repository.pulls.append(one)
    counts = ("comments", "review_comments", "commits", "additions", "deletions", "changed_files")
    full = {
        "merged": False,
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged_by": None,
        "maintainer_can_modify": False,
        **dict.fromkeys(counts, 0),
    }
    return json_answer({**_simple(call, one), **full}, 201)


def _invalid(problem: dict[str, str]) -> Exception:
    return error(422, "Validation Failed", errors=[problem])


def _label(repository: Repository, branch: str) -> str:
    return f"{repository.owner.login}:{branch}"


def _simple(call: Call, one: PullRequest) -> dict[str, Any]:
    """Schema `pull-request-simple`."""
    repository, world = call.repository, call.world
    api = f"{world.api_url}/repos/{repository.full_name}"
    url, issue = f"{api}/pulls/{one.number}", f"{api}/issues/{one.number}"
    web = f"{world.server_url}/{repository.full_name}/pull/{one.number}"
    links = {name: f"{url}{path}" for name, path in _LINKS.items()}
    links["comments"] = f"{issue}/comments"
    links["statuses"] = f"{api}/statuses/{repository.git.head(one.head)}"
    nothing = ("milestone", "closed_at", "merged_at", "merge_commit_sha", "assignee", "auto_merge")
    return {
        "id": one.id,
        "node_id": node_id("PullRequest", one.id),
        "number": one.number,
        "url": url,
        "html_url": web,
        "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch",
        "issue_url": issue,
        **{f"{name}_url": link for name, link in links.items()},
        "state": one.state,
        "locked": False,
        "title": one.title,
        "body": one.body,
        "user": simple_user(world, one.user),
        "labels": [],
        "created_at": as_text(one.created_at),
        "updated_at": as_text(one.created_at),
        **dict.fromkeys(nothing),
        "head": _side(call, one.head),
        "base": _side(call, one.base),
        "_links": {
            name: {"href": link}
            for name, link in {**links, "self": url, "html": web, "issue": issue}.items()
        },
        "author_association": "CONTRIBUTOR",
    }


def _side(call: Call, branch: str) -> dict[str, Any]:
    repository = call.repository
    return {
        "label": _label(repository, branch),
        "ref": branch,
        "sha": repository.git.head(branch),
        "user": simple_user(call.world, repository.owner),
        "repo": repository_document(repository, call.token),
    }
