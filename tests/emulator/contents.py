"""Files of a repository over the API.

docs: rest/repos/contents
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import quote

from tests.emulator.access import PUSH, READ_CONTENTS, may_change_workflows
from tests.emulator.answers import error, json_answer, not_found
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.repository import Repository
from tests.emulator.shapes import node_id
from tests.emulator.wire import Answer

_FULL = 1 << 20
_RAW = 100 << 20
_LINE = 60
_WORKFLOWS = ".github/workflows/"


@repository_route("GET", "/contents/?{path:path}", READ_CONTENTS)
def get_contents(call: Call) -> Answer:
    """A file as JSON or raw, or the listing of a folder."""
    repository, path = call.repository, call.arguments["path"].strip("/")
    revision = call.query.get("ref") or repository.default_branch
    if repository.git.head(repository.default_branch) is None:
        raise error(404, "This repository is empty.")
    commit = repository.git.resolve(revision)
    if commit is None:
        raise error(404, f"No commit found for the ref {revision}")
    found = repository.git.read_object(f"{commit}:{path}")
    if found is None:
        raise not_found()
    sha, kind, content = found
    if kind == "tree":
        return json_answer(_listing(repository, commit, revision, path))
    if len(content) > _RAW:
        raise error(403, "This API returns blobs up to 100 MB in size.")
    if call.accepts("raw"):
        headers = {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}
        return Answer(200, {**headers, "ETag": f'W/"{sha}"'}, content)
    return json_answer(_file(repository, revision, path, sha, content))


@repository_route("GET", "/readme", READ_CONTENTS)
def get_readme(call: Call) -> Answer:
    """The README of the default branch, in whatever markup."""
    repository = call.repository
    head = repository.git.head(repository.default_branch)
    names = repository.git.tree(head) if head else {}
    found = [name for name in names if name.lower().partition(".")[0] == "readme"]
    call.arguments["path"] = min(found, default="README.md")
    return get_contents(call)


def _listing(repository: Repository, commit: str, revision: str, path: str) -> list[dict[str, Any]]:
    prefix = f"{path}/" if path else ""
    tree = repository.git.tree(commit)
    names = {name[len(prefix) :].partition("/")[0] for name in tree if name.startswith(prefix)}
    entries = []
    for name in sorted(names):
        found = repository.git.read_object(f"{commit}:{prefix}{name}")
        assert found is not None
        kind = "dir" if found[1] == "tree" else "file"
        about = _about(repository, revision, prefix + name, found[0])
        size = 0 if kind == "dir" else len(found[2])
        entries.append({**about, "type": kind, "size": size})
    return entries


def _file(
    repository: Repository, revision: str, path: str, sha: str, content: bytes
) -> dict[str, Any]:
    # Above 1 MB only the raw media type has the content.
    text = "" if len(content) > _FULL else _base64(content)
    return {
        **_about(repository, revision, path, sha),
        "type": "file",
        "size": len(content),
        "content": text,
        "encoding": "none" if len(content) > _FULL else "base64",
    }


def _base64(content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return "".join(text[at : at + _LINE] + "\n" for at in range(0, len(text), _LINE))


def _about(repository: Repository, revision: str, path: str, sha: str) -> dict[str, Any]:
    world = repository.world
    api = f"{world.api_url}/repos/{repository.full_name}"
    web = f"{world.server_url}/{repository.full_name}"
    url = f"{api}/contents/{quote(path)}?ref={quote(revision, safe='')}"
    links = {
        "git_url": f"{api}/git/blobs/{sha}",
        "html_url": f"{web}/blob/{revision}/{quote(path)}",
    }
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": url,
        **links,
        "download_url": f"{web}/raw/{revision}/{quote(path)}",
        "_links": {"self": url, "git": links["git_url"], "html": links["html_url"]},
    }


@repository_route("PUT", "/contents/{path:path}", PUSH)
def put_contents(call: Call) -> Answer:
    """Create or update one file with one commit."""
    document = call.document()
    for name in ("message", "content"):
        if not isinstance(document.get(name), str):
            raise error(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    try:
        content = base64.b64decode(re.sub(r"\s", "", document["content"]), validate=True)
    except binascii.Error:
        raise error(422, "content is not valid Base64") from None
    existed = _check_sha(call, document, needed=False)
    return _commit(call, document, content, 200 if existed else 201)


@repository_route("DELETE", "/contents/{path:path}", PUSH)
def delete_contents(call: Call) -> Answer:
    """Delete one file with one commit."""
    document = {**call.query, **call.document()}
    if not _check_sha(call, document, needed=True):
        raise not_found()
    return _commit(call, document, None, 200)


def _check_sha(call: Call, document: dict[str, Any], *, needed: bool) -> bool:
    """Whether the file existed; it must then be named by its SHA."""
    repository, path = call.repository, call.arguments["path"]
    branch = document.get("branch") or repository.default_branch
    head = repository.git.head(branch)
    if head is None and repository.git.refs("refs/heads/"):
        raise error(404, f"Branch {branch} not found")
    if path.startswith(_WORKFLOWS) and not may_change_workflows(call.token):
        raise not_found()  # octokit/octokit.rb#1184
    if branch in repository.protected_branches:
        # Quoted in satisfactory-factories/application#67; the status is not certain.
        rule = "Changes must be made through a pull request."
        raise error(409, f"Repository rule violations found\n\n{rule}\n\n")
    found = repository.git.read_object(f"{head}:{path}") if head else None
    given = document.get("sha")
    if given is None and (found or needed):
        raise error(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if found and given != found[0]:
        raise error(409, f"{path} does not match {given}")
    return found is not None


def _commit(call: Call, document: dict[str, Any], content: bytes | None, status: int) -> Answer:
    repository, path = call.repository, call.arguments["path"]
    assert call.token is not None
    branch = document.get("branch") or repository.default_branch
    user = call.token.user.login
    now = call.world.clock.now()
    message = document.get("message") or f"Change {path}"
    parent = repository.git.head(branch)
    commit = repository.git.commit(
        branch, {path: content}, message=message, when=now, author=(user, f"{user}@localhost")
    )
    repository.pushed_at = now
    found = repository.git.read_object(f"{commit}:{path}")
    file = found and _file(repository, branch, path, found[0], found[2])
    if file:
        file = {name: value for name, value in file.items() if name not in {"content", "encoding"}}
    who = {"name": user, "email": f"{user}@localhost", "date": as_text(now)}
    about = git_commit(repository, commit, message, who, [parent] if parent else [])
    return json_answer({"content": file, "commit": about}, status)


def git_commit(
    repository: Repository, sha: str, message: str, who: dict[str, Any], parents: list[str]
) -> dict[str, Any]:
    """Schema `git-commit`."""
    api = f"{repository.world.api_url}/repos/{repository.full_name}/git"
    web = f"{repository.world.server_url}/{repository.full_name}"
    tree = repository.git.read_object(f"{sha}^{{tree}}")
    tree_sha = tree[0] if tree else ""
    return {
        "sha": sha,
        "node_id": node_id("Commit", int(sha[:8], 16)),
        "url": f"{api}/commits/{sha}",
        "html_url": f"{web}/commit/{sha}",
        "author": who,
        "committer": who,
        "message": message,
        "tree": {"sha": tree_sha, "url": f"{api}/trees/{tree_sha}"},
        "parents": [
            {"sha": one, "url": f"{api}/commits/{one}", "html_url": f"{web}/commit/{one}"}
            for one in parents
        ],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }
