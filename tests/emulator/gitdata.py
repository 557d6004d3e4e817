"""Refs and branches over the API.

docs: rest/git/refs, rest/branches/branches, rest/commits/commits
"""

from typing import Any
from urllib.parse import quote

from tests.emulator.access import PUSH, READ_CONTENTS
from tests.emulator.answers import error, json_answer, no_content, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.contents import git_commit
from tests.emulator.repository import Repository
from tests.emulator.shapes import node_id
from tests.emulator.wire import Answer

_MOST_FILES = 300
"""docs: rest/commits/commits ("up to 300 changed files")."""


@repository_route("GET", "/git/ref/{ref:path}", READ_CONTENTS)
def get_ref(call: Call) -> Answer:
    """One ref by its exact name without `refs/`."""
    _check_not_empty(call.repository)
    name = f"refs/{call.arguments['ref']}"
    sha = call.repository.git.ref(name)
    if sha is None:
        raise not_found()
    return json_answer(_ref(call.repository, name, sha))


@repository_route("GET", "/git/matching-refs/{ref:path}", READ_CONTENTS)
def matching_refs(call: Call) -> Answer:
    """All refs that start so."""
    found = call.repository.git.refs(f"refs/{call.arguments['ref']}")
    chosen, headers = paginate(list(found.items()), call.query, call.url)
    return json_answer([_ref(call.repository, *pair) for pair in chosen], headers=headers)


@repository_route("POST", "/git/refs", PUSH)
def create_ref(call: Call) -> Answer:
    """Make a branch or a tag."""
    _check_not_empty(call.repository)
    document, git = call.document(), call.repository.git
    name, sha = str(document.get("ref", "")), str(document.get("sha", ""))
    if not name.startswith("refs/") or name.count("/") < 2:
        raise error(422, f"{name} is not a valid ref name.")
    if git.ref(name):
        raise error(422, "Reference already exists")
    if git.read_object(sha) is None:
        raise error(422, "Object does not exist")
    git.set_ref(name, sha)
    return json_answer(_ref(call.repository, name, sha), 201)


@repository_route("PATCH", "/git/refs/{ref:path}", PUSH)
def update_ref(call: Call) -> Answer:
    """Move a ref; without `force` only forwards."""
    document, git = call.document(), call.repository.git
    name, sha = f"refs/{call.arguments['ref']}", str(document.get("sha", ""))
    old = git.ref(name)
    if old is None:
        raise error(422, "Reference does not exist")
    _check_unlocked(call.repository, name)
    if git.read_object(sha) is None:
        raise error(422, "Object does not exist")
    if not document.get("force") and not git.is_ancestor(old, sha):
        raise error(422, "Update is not a fast forward")
    git.set_ref(name, sha)
    return json_answer(_ref(call.repository, name, sha))


@repository_route("DELETE", "/git/refs/{ref:path}", PUSH)
def delete_ref(call: Call) -> Answer:
    """Delete a branch or a tag."""
    name = f"refs/{call.arguments['ref']}"
    if call.repository.git.ref(name) is None:
        raise error(422, "Reference does not exist")
    _check_unlocked(call.repository, name)
    call.repository.git.set_ref(name, None)
    return no_content()


@repository_route("GET", "/git/trees/{branch}", READ_CONTENTS)
def get_tree(call: Call) -> Answer:
    """All files of a branch; tests can give them other sizes."""
    repository, head = call.repository, call.repository.git.head(call.arguments["branch"])
    if head is None:
        raise not_found()
    found = []
    for path, (mode, sha) in repository.git.tree(head).items():
        content = repository.git.read_object(sha)
        size = repository.blob_sizes.get(path, len(content[2]) if content else 0)
        found.append({"path": path, "mode": mode, "type": "blob", "sha": sha, "size": size})
    return json_answer({"sha": head, "truncated": False, "tree": found})


@repository_route("GET", "/branches/{branch:path}", READ_CONTENTS)
def get_branch(call: Call) -> Answer:
    """A branch and its last commit."""
    repository, branch = call.repository, call.arguments["branch"]
    sha = repository.git.head(branch)
    if sha is None:
        raise error(404, "Branch not found")
    url = f"{call.world.api_url}/repos/{repository.full_name}/branches/{quote(branch, safe='')}"
    html = f"{call.world.server_url}/{repository.full_name}/tree/{branch}"
    document = {
        "name": branch,
        "commit": _commit(repository, sha),
        "_links": {"self": url, "html": html},
        "protected": branch in {*repository.protection, *repository.protected_branches},
        "protection": {"enabled": branch in repository.protection},
        "protection_url": f"{url}/protection",
    }
    return json_answer(document)


@repository_route("GET", "/branches", READ_CONTENTS)
def list_branches(call: Call) -> Answer:
    """All branches."""
    repository = call.repository
    api = f"{call.world.api_url}/repos/{repository.full_name}/commits"
    names = repository.git.refs("refs/heads/")
    chosen, headers = paginate(list(names.items()), call.query, call.url)
    document = [
        {
            "name": name.removeprefix("refs/heads/"),
            "commit": {"sha": sha, "url": f"{api}/{sha}"},
            "protected": False,
        }
        for name, sha in chosen
    ]
    return json_answer(document, headers=headers)


@repository_route("GET", "/commits", READ_CONTENTS)
def list_commits(call: Call) -> Answer:
    """The commits of a branch, newest first; of one author by its address, and of one file."""
    repository = call.repository
    branch = call.query.get("sha", repository.default_branch)
    if repository.git.head(branch) is None:
        raise not_found()
    path = call.query.get("path", "")
    found = [_commit(repository, sha) for sha in repository.git.commits(branch, path)]
    author = call.query.get("author")
    wanted = [x for x in found if author in {None, x["commit"]["author"]["email"]}]
    chosen, headers = paginate(wanted, call.query, call.url)
    return json_answer(chosen, headers=headers)


@repository_route("GET", "/commits/{ref:path}", READ_CONTENTS)
def get_commit(call: Call) -> Answer:
    """The commit a branch, tag or SHA stands for."""
    sha = call.repository.git.resolve(call.arguments["ref"])
    if sha is None:
        raise error(422, f"No commit found for SHA: {call.arguments['ref']}")
    return json_answer(_commit(call.repository, sha))


@repository_route("GET", "/compare/{both:path}", READ_CONTENTS)
def compare(call: Call) -> Answer:
    """Compare two commits, with the files that differ."""
    repository, git = call.repository, call.repository.git
    base, head = map(git.resolve, call.arguments["both"].partition("...")[::2])
    if base is None or head is None:
        raise not_found()
    ahead, behind = git.between(base, head), git.between(head, base)
    status = ("diverged" if behind else "ahead") if ahead else "behind" if behind else "identical"
    chosen, headers = paginate(ahead, call.query, call.url)
    html = f"{call.world.server_url}/{repository.full_name}/compare/{base}...{head}"
    document = {
        "url": call.url,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": _commit(repository, base),
        "merge_base_commit": _commit(repository, git.merge_base(base, head)),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [_commit(repository, one) for one in chosen],
        "files": _files(repository, git.merge_base(base, head), head)[:_MOST_FILES],
    }
    return json_answer(document, headers=headers)


def _files(repository: Repository, base: str, head: str) -> list[dict[str, Any]]:
    """The files that differ between two commits, of schema `diff-entry`; without renames."""
    web = f"{repository.world.server_url}/{repository.full_name}"
    api = f"{repository.world.api_url}/repos/{repository.full_name}"
    old, new = repository.git.tree(base), repository.git.tree(head)
    found = []
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) == new.get(path):
            continue
        status = "modified" if path in old and path in new else "removed"
        sha = (new.get(path) or old[path])[1]
        quoted = quote(path, errors="surrogateescape")
        found.append(
            {
                "sha": sha,
                # JSON has text only.
                "filename": path.encode(errors="surrogateescape").decode(errors="replace"),
                "status": status if path in old else "added",
                "additions": 1,
                "deletions": 1,
                "changes": 2,
                "blob_url": f"{web}/blob/{head}/{quoted}",
                "raw_url": f"{web}/raw/{head}/{quoted}",
                "contents_url": f"{api}/contents/{quoted}?ref={head}",
            }
        )
    return found


def _check_not_empty(repository: Repository) -> None:
    if not repository.git.head(repository.default_branch) and not repository.git.refs():
        raise error(409, "Git Repository is empty.")  # github/rest-api-description#637


def _check_unlocked(repository: Repository, name: str) -> None:
    if name.removeprefix("refs/tags/") in repository.locked_tags():
        raise error(422, "The tag of an immutable release cannot be changed or deleted.")


def _ref(repository: Repository, name: str, sha: str) -> dict[str, Any]:
    api = f"{repository.world.api_url}/repos/{repository.full_name}/git"
    found = repository.git.read_object(sha)
    kind = found[1] if found else "commit"
    return {
        "ref": name,
        "node_id": node_id("Ref", int(sha[:8], 16)),
        "url": f"{api}/{name}",
        "object": {"type": kind, "sha": sha, "url": f"{api}/{kind}s/{sha}"},
    }


def _commit(repository: Repository, sha: str) -> dict[str, Any]:
    """Schema `commit`."""
    found = repository.git.read_object(sha)
    head, _, message = (found[2] if found else b"").partition(b"\n\n")
    lines = [line.partition(b" ") for line in head.splitlines()]
    parents = [value.decode() for name, _, value in lines if name == b"parent"]
    date = as_text(repository.git.commit_date(sha))
    committer = next(value for name, _, value in lines if name == b"committer")
    name, _, rest = committer.decode().partition(" <")
    who = {"name": name, "email": rest.partition(">")[0], "date": date}
    about = git_commit(repository, sha, message.decode(), who, parents)
    api = f"{repository.world.api_url}/repos/{repository.full_name}/commits"
    inner = ("author", "committer", "message", "tree", "verification")
    return {
        "sha": sha,
        "node_id": about["node_id"],
        "url": f"{api}/{sha}",
        "html_url": about["html_url"],
        "comments_url": f"{api}/{sha}/comments",
        "commit": {
            **{name: about[name] for name in inner},
            "url": about["url"],
            "comment_count": 0,
        },
        "author": None,
        "committer": None,
        "parents": about["parents"],
    }
