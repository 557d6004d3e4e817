"""The emulator's API in general: who may do what, paging, conditional requests, limits."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.emulator import Fault
from tests.emulator.scene import Scene, opened_scene
from tests.emulator.schema import SchemaError, check

REPO = "/repos/acme/pypi"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened_scene(tmp_path) as opened:
        yield opened


def test_a_repository_shows_the_callers_rights(scene: Scene) -> None:
    document = scene.api("GET", REPO).json()

    assert document["permissions"] == {
        "admin": False,
        "maintain": False,
        "push": True,
        "triage": True,
        "pull": True,
    }
    assert document["default_branch"] == "main"
    assert "permissions" not in scene.api("GET", REPO, None).json()


def test_a_private_repository_is_not_there_for_others(scene: Scene) -> None:
    scene.repo.private = True
    scene.github.add_user("stranger")

    assert scene.api("GET", REPO, None).status_code == 404
    assert scene.api("GET", REPO, scene.github.add_token("stranger")).status_code == 404
    weak = scene.github.add_token("hub-bot", scopes=["public_repo"])
    assert scene.api("GET", REPO, weak).status_code == 404
    assert scene.api("GET", REPO).json()["visibility"] == "private"


def test_credentials(scene: Scene) -> None:
    scene.repo.private = True
    old = scene.github.add_token("hub-bot", expires_at=datetime(2020, 1, 1, tzinfo=UTC))

    for bad in ("ghp_none", scene.github.add_token("hub-bot", expired=True), old):
        answer = scene.api("GET", REPO, bad)
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    token = {"Authorization": f"token {scene.token}"}
    assert scene.api("GET", REPO, None, headers=token).status_code == 200
    assert scene.api("POST", f"{REPO}/dispatches", None).status_code == 404
    scene.repo.private = False
    assert scene.api("POST", f"{REPO}/dispatches", None).status_code == 401


def test_a_fine_grained_token_reaches_what_it_was_made_for(scene: Scene) -> None:
    reading = scene.github.add_token("hub-bot", owner="acme", permissions={"contents": "read"})
    elsewhere = scene.github.add_token(
        "hub-bot", owner="hub-bot", permissions={"contents": "write"}
    )
    event = {"event_type": "x"}

    assert scene.api("GET", f"{REPO}/releases", reading).status_code == 200
    refused = scene.api("POST", f"{REPO}/dispatches", reading, json=event)
    assert refused.status_code == 403
    assert refused.json()["message"] == "Resource not accessible by personal access token"
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "contents=write"
    assert scene.api("POST", f"{REPO}/dispatches", elsewhere, json=event).status_code == 403


def test_a_workflows_token_reaches_its_own_repository_only(scene: Scene) -> None:
    scene.github.add_repository("acme/other", private=True)
    token = scene.github.add_token("hub-bot", installation="acme/pypi")

    assert token.startswith("ghs_")
    assert scene.api("POST", f"{REPO}/releases", token, json={"tag_name": "v1"}).ok
    assert scene.api("GET", "/repos/acme/other", token).status_code == 404
    assert scene.api("GET", "/user", token).status_code == 403


def test_a_request_needs_a_user_agent_and_no_trailing_slash(scene: Scene) -> None:
    assert scene.api("GET", REPO, headers={"User-Agent": ""}).status_code == 403
    assert scene.api("GET", REPO + "/").status_code == 404


def test_conditional_requests_are_free(scene: Scene) -> None:
    first = scene.api("GET", REPO)
    assert first.headers["Cache-Control"] == "private, max-age=60, s-maxage=60"
    assert first.headers["ETag"].startswith('W/"')

    again = scene.api("GET", REPO, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    other = scene.api("GET", REPO, scene.github.add_token("boss"))
    assert other.headers["ETag"] != first.headers["ETag"]


def test_the_primary_limit_is_met_and_resets(scene: Scene) -> None:
    scene.github.rate_limit = 2
    assert scene.api("GET", REPO).headers["X-RateLimit-Remaining"] == "1"
    scene.api("GET", REPO)

    refused = scene.api("GET", REPO)

    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert scene.api("GET", "/rate_limit").json()["rate"]["remaining"] == 0
    scene.github.advance(3601)
    assert scene.api("GET", REPO).status_code == 200


def test_content_may_be_limited_by_the_minute(scene: Scene) -> None:
    scene.github.content_per_minute = 1
    event = {"event_type": "x"}

    assert scene.api("POST", f"{REPO}/dispatches", json=event).status_code == 204
    refused = scene.api("POST", f"{REPO}/dispatches", json=event)
    assert (refused.status_code, refused.headers["Retry-After"]) == (403, "60")


def test_a_former_name_redirects(scene: Scene) -> None:
    scene.repo.rename("acme/wheels")

    moved = scene.api("GET", f"{REPO}/releases", params={"per_page": 5})

    assert moved.status_code == 301
    assert moved.json()["message"] == "Moved Permanently"
    url = f"{scene.github.api_url}/repositories/{scene.repo.id}/releases"
    assert (moved.json()["url"], moved.headers["Location"]) == (url, f"{url}?per_page=5")
    assert scene.get(url).status_code == 200
    post = scene.api("POST", f"{REPO}/releases", json={"tag_name": "v1"})
    assert post.status_code == 307
    scene.github.add_repository("acme/pypi")
    assert scene.api("GET", REPO).json()["full_name"] == "acme/pypi"


def test_repositories_are_made_and_listed(scene: Scene) -> None:
    boss = scene.github.add_token("boss")
    document = {"name": "new one", "private": True, "auto_init": True}

    made = scene.api("POST", "/orgs/acme/repos", boss, json=document)

    assert (made.status_code, made.json()["full_name"]) == (201, "acme/new-one")
    assert scene.api("POST", "/orgs/acme/repos", boss, json=document).status_code == 422
    assert scene.api("POST", "/orgs/acme/repos", json=document).status_code == 403
    assert scene.api("POST", "/user/repos", json={"name": "mine"}).status_code == 201
    listed = scene.api("GET", "/orgs/acme/repos", boss, params={"per_page": 1})
    assert [one["name"] for one in listed.json()] == ["new-one"]
    assert "next" in listed.links
    assert len(scene.api("GET", "/orgs/acme/repos", None).json()) == 1
    assert len(scene.api("GET", "/users/hub-bot/repos").json()) == 1
    assert len(scene.api("GET", "/user/repos").json()) == 2
    assert scene.api("PATCH", "/repos/acme/new-one", boss, json={"name": "n"}).ok


def test_accounts(scene: Scene) -> None:
    assert scene.api("GET", "/user").json()["login"] == "hub-bot"
    assert scene.api("GET", "/users/acme").json()["type"] == "Organization"
    assert scene.api("GET", "/orgs/acme").json()["login"] == "acme"
    assert scene.api("GET", "/orgs/hub-bot").status_code == 404


def test_teams_give_roles(scene: Scene) -> None:
    scene.repo.private = True
    boss = scene.github.add_token("boss")
    team = scene.github.add_team("acme", "readers", members=["dev"])
    scene.github.add_user("dev")
    path = "/orgs/acme/teams/readers/repos/acme/pypi"
    detailed = {"Accept": "application/vnd.github.v3.repository+json"}

    assert scene.api("GET", path, boss).status_code == 404
    assert scene.api("PUT", path, boss, json={"permission": "maintain"}).status_code == 204
    assert scene.api("GET", path, boss).status_code == 204
    assert scene.api("GET", path, boss, headers=detailed).json()["role_name"] == "maintain"
    role = scene.api("GET", f"{REPO}/collaborators/dev/permission", boss).json()
    assert (role["permission"], role["role_name"]) == ("write", "maintain")
    assert len(scene.api("GET", "/orgs/acme/teams", boss).json()) == 1
    assert scene.api("GET", "/orgs/acme/teams/readers", boss).json()["slug"] == "readers"
    assert scene.api("GET", f"{REPO}/teams", boss).json()[0]["permission"] == "maintain"
    assert scene.api("DELETE", path, boss).status_code == 204
    assert team.roles == {}


def test_dispatches_are_recorded(scene: Scene) -> None:
    scene.repo.commit_files({".github/workflows/index.yml": "on: workflow_dispatch"})
    event = {"event_type": "index", "client_payload": {"tag": "v1"}}
    run = {"ref": "main", "inputs": {"full": "true"}}
    path = f"{REPO}/actions/workflows/index.yml/dispatches"

    assert scene.api("POST", f"{REPO}/dispatches", json=event).status_code == 204
    assert scene.api("POST", path, json=run).status_code == 204
    assert scene.api("POST", path, json={**run, "return_run_details": True}).status_code == 200
    assert scene.api("POST", path, json={"ref": "none"}).status_code == 422
    assert scene.api("POST", path.replace("index", "x"), json=run).status_code == 404
    first, second, _ = scene.github.dispatches
    assert (first.repo, first.event_type) == ("acme/pypi", "index")
    assert first.client_payload == {"tag": "v1"}
    assert (second.workflow, second.ref, second.inputs) == ("index.yml", "main", {"full": "true"})
    many = {"event_type": "x", "client_payload": {str(n): n for n in range(11)}}
    assert scene.api("POST", f"{REPO}/dispatches", json=many).status_code == 422


def test_a_dispatch_starts_the_workflows_that_listen(scene: Scene) -> None:
    listening, other = (f".github/workflows/{name}.yml" for name in ("a", "b"))
    scene.repo.commit_files(
        {listening: "on:\n  repository_dispatch: {types: [x]}\n", other: "on: [push]\n"}
    )
    runs = f"{REPO}/actions/workflows/a.yml/runs"
    for kind in ("x", "y"):
        scene.api("POST", f"{REPO}/dispatches", json={"event_type": kind})
    (run,) = scene.api("GET", runs, params={"event": "repository_dispatch"}).json()["workflow_runs"]

    assert (run["path"], run["status"], run["conclusion"]) == (listening, "queued", None)
    assert scene.api("GET", runs, params={"event": "release"}).json()["total_count"] == 0
    scene.repo.runs[0].finish("failure")
    found = scene.api("GET", f"{REPO}/actions/runs/{run['id']}").json()
    assert (found["status"], found["conclusion"]) == ("completed", "failure")

    workflows = scene.api("GET", f"{REPO}/actions/workflows").json()["workflows"]
    assert [each["state"] for each in workflows] == ["active", "active"]
    scene.repo.workflow_states[listening] = "disabled_manually"
    scene.api("POST", f"{REPO}/dispatches", json={"event_type": "x"})
    scene.repo.workflow_states.clear()
    scene.repo.actions_enabled = False
    scene.api("POST", f"{REPO}/dispatches", json={"event_type": "x"})
    assert len(scene.repo.runs) == 1


def test_who_may_see_actions(scene: Scene) -> None:
    boss = scene.github.add_token("boss")
    writing = scene.github.add_token("hub-bot", permissions={"contents": "write"}, owner="acme")

    assert scene.api("GET", f"{REPO}/actions/permissions").status_code == 404
    assert scene.api("GET", f"{REPO}/actions/permissions", boss).json()["enabled"] is True
    assert scene.api("GET", f"{REPO}/actions/workflows", writing).status_code == 200
    scene.repo.private = True
    assert scene.api("GET", f"{REPO}/actions/workflows", writing).status_code == 403


def test_issues_are_opened_changed_and_closed(scene: Scene) -> None:
    path = f"{REPO}/issues"
    scene.api("POST", path, json={"title": "One"})
    made = scene.api("POST", path, json={"title": "Two", "body": "b"})
    assert (made.status_code, made.json()["number"]) == (201, 2)
    assert [one["title"] for one in scene.api("GET", path).json()] == ["Two", "One"]

    assert scene.api("POST", f"{path}/1/comments", json={"body": "c"}).status_code == 201
    changed = scene.api("PATCH", f"{path}/1", json={"state": "closed"}).json()
    assert (changed["state"], changed["comments"], changed["title"]) == ("closed", 1, "One")
    assert [one["number"] for one in scene.api("GET", path).json()] == [2]
    assert len(scene.api("GET", path, params={"state": "all"}).json()) == 2


def test_issues_need_a_title_a_number_and_a_right(scene: Scene) -> None:
    path = f"{REPO}/issues"
    app = scene.github.add_token(
        "hub-bot", permissions={"issues": "read"}, installation="acme/pypi"
    )

    assert scene.api("POST", path, json={}).status_code == 422
    assert scene.api("PATCH", f"{path}/1", json={}).status_code == 404
    assert scene.api("POST", path, None, json={"title": "One"}).status_code == 401
    assert scene.api("POST", path, app, json={"title": "One"}).status_code == 403


def test_commits_are_compared(scene: Scene) -> None:
    old = scene.repo.commit_files({"a": "1"})
    new = scene.repo.commit_files({"a": "2"})
    scene.repo.git.set_ref("refs/heads/side", old)
    side = scene.repo.commit_files({"b": "1"}, branch="side")

    def status(base: str, head: str) -> str:
        found: str = scene.api("GET", f"{REPO}/compare/{base}...{head}").json()["status"]
        return found

    assert status(old, new) == "ahead"
    assert status(new, old) == "behind"
    assert status(new, new) == "identical"
    assert status(new, side) == "diverged"
    assert scene.api("GET", f"{REPO}/compare/{new}...none").status_code == 404


def test_contents(scene: Scene) -> None:
    path = f"{REPO}/contents/docs/a%20b.txt"
    text = base64.b64encode(b"hello").decode()
    made = scene.api("PUT", path, json={"message": "m", "content": text})
    assert made.status_code == 201
    assert scene.repo.read_file("main", "docs/a b.txt") == b"hello"

    document = scene.api("GET", path).json()
    assert base64.b64decode(document["content"]) == b"hello"
    raw = scene.api("GET", path, headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.content == b"hello"
    unchanged = {"Accept": "application/vnd.github.raw+json", "If-None-Match": raw.headers["ETag"]}
    assert scene.api("GET", path, headers=unchanged).status_code == 304
    listed = scene.api("GET", f"{REPO}/contents").json()
    assert [(one["name"], one["type"]) for one in listed] == [
        ("README.md", "file"),
        ("docs", "dir"),
    ]

    change = {"message": "m", "content": text}
    assert scene.api("PUT", path, json=change).status_code == 422
    assert scene.api("PUT", path, json={**change, "sha": "0" * 40}).status_code == 409
    assert scene.api("PUT", path, json={**change, "sha": document["sha"]}).status_code == 200
    gone = {"message": "m", "sha": document["sha"]}
    assert scene.api("DELETE", path, json=gone).status_code == 200
    assert scene.api("GET", path).status_code == 404
    assert scene.api("GET", f"{REPO}/contents/x", params={"ref": "none"}).status_code == 404
    assert scene.api("GET", f"{REPO}/contents/../x%0Ay").status_code == 404
    assert scene.api("GET", f"{REPO}/readme").status_code == 200


def test_large_files_come_raw_only(scene: Scene) -> None:
    scene.repo.commit_files({"big": b"x" * (1 << 21)})

    assert scene.api("GET", f"{REPO}/contents/big").json()["encoding"] == "none"
    raw = scene.api("GET", f"{REPO}/contents/big", headers={"Accept": "application/vnd.github.raw"})
    assert len(raw.content) == 1 << 21


def test_contents_makes_the_first_commit_of_an_empty_repository(scene: Scene) -> None:
    scene.github.add_repository("acme/empty", empty=True).grant("hub-bot", "write")
    text = base64.b64encode(b"x").decode()

    assert scene.api("GET", "/repos/acme/empty/git/ref/heads/main").status_code == 409
    assert scene.api("GET", "/repos/acme/empty/contents/x").status_code == 404
    made = scene.api(
        "PUT", "/repos/acme/empty/contents/README.md", json={"message": "m", "content": text}
    )
    assert made.status_code == 201
    assert scene.api("GET", "/repos/acme/empty/git/ref/heads/main").status_code == 200


def test_workflow_files_need_the_scope(scene: Scene) -> None:
    weak = scene.github.add_token("hub-bot", scopes=["repo"])
    document = {"message": "m", "content": base64.b64encode(b"on: push").decode()}
    path = f"{REPO}/contents/.github/workflows/x.yml"

    assert scene.api("PUT", path, weak, json=document).status_code == 404
    assert scene.api("PUT", path, json=document).status_code == 201


def test_refs_and_branches(scene: Scene) -> None:
    first = scene.repo.head("main")
    second = scene.repo.commit_files({"a": "b"})
    refs = f"{REPO}/git/refs"

    assert scene.api("GET", f"{REPO}/git/ref/heads/main").json()["object"]["sha"] == second
    assert scene.api("GET", f"{REPO}/git/ref/heads/none").status_code == 404
    assert scene.api("GET", f"{REPO}/branches/main").json()["commit"]["sha"] == second
    assert scene.api("GET", f"{REPO}/branches").json()[0]["name"] == "main"
    assert scene.api("GET", f"{REPO}/commits/main").json()["parents"][0]["sha"] == first
    made = scene.api("POST", refs, json={"ref": "refs/heads/x", "sha": second})
    assert made.status_code == 201
    assert scene.api("POST", refs, json={"ref": "refs/heads/x", "sha": second}).status_code == 422
    assert len(scene.api("GET", f"{REPO}/git/matching-refs/heads/").json()) == 2
    back = scene.api("PATCH", f"{refs}/heads/x", json={"sha": first})
    assert back.json()["message"] == "Update is not a fast forward"
    assert scene.api("PATCH", f"{refs}/heads/x", json={"sha": first, "force": True}).ok
    assert scene.api("PATCH", f"{refs}/heads/x", json={"sha": second}).ok
    assert scene.api("DELETE", f"{refs}/heads/x").status_code == 204
    assert scene.repo.head("x") is None


def test_an_archived_repository_is_read_only(scene: Scene) -> None:
    scene.repo.archived = True

    assert scene.api("POST", f"{REPO}/releases", json={"tag_name": "v1"}).status_code == 403


def test_the_schema_would_catch_a_drift(scene: Scene) -> None:
    scene.api("GET", REPO)
    request = scene.github.requests[0]

    assert check(request)
    request.answer = request.answer.replace(b'"private"', b'"privat"')
    with pytest.raises(SchemaError, match="private"):
        check(request)
    scene.github.clear_log()


def test_faults_in_githubs_words(scene: Scene) -> None:
    scene.github.faults.add(Fault.primary_limit(reset_in=30), Fault.secondary_limit(nth=2))

    primary = scene.api("GET", REPO)
    secondary = scene.api("GET", REPO)

    assert primary.headers["X-RateLimit-Remaining"] == "0"
    assert primary.json()["message"].startswith("API rate limit exceeded")
    assert "secondary rate limit" in secondary.json()["message"]
    assert "Retry-After" not in secondary.headers
    assert scene.api("GET", REPO).status_code == 200
