"""Commits of a branch: those of one file, and changes by others since the last one of ghpypi.

Sources: GitHub documentation, "REST API endpoints for commits" (list and compare).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from ghpypi.errors import NotFoundError
from ghpypi.ports import Commit
from ghpypi.stores.github.client import Client

MOST_FILES = 300
"""Maximum number of files that GitHub lists in a comparison."""


class ForeignChanges(NamedTuple):
    """What others changed on a branch.

    Attributes:
        paths: The paths; `None` if they are not known, because the author has no commit on the
            branch, or because there are too many.
        head: The head of the branch; `None` if there is no branch.
    """

    paths: tuple[str, ...] | None
    head: str | None


def foreign_changes(repository: str, branch: str, author: str, client: Client) -> ForeignChanges:
    """Find what others changed since the last commit of an author.

    Takes one request if the newest commit is of this author, which is usual.

    Args:
        repository: `OWNER/REPO`.
        branch: The branch.
        author: The address of the author.
        client: The client.
    """
    head = _newest(repository, branch, client)
    if head is None:
        return ForeignChanges((), None)
    tip = str(head["sha"])
    if _address(head) == author:
        return ForeignChanges((), tip)
    ours = _newest(repository, branch, client, author=author)
    if ours is None:
        return ForeignChanges(None, tip)
    base = str(ours["sha"])
    found = client.get(f"/repos/{repository}/compare/{quote(base)}...{quote(tip)}", _paths)
    return ForeignChanges(None if len(found) >= MOST_FILES else found, tip)


def commits_of(path: str, branch: str, repository: str, client: Client) -> Iterator[Commit]:
    """List the commits that changed a file, newest first.

    Args:
        path: The file.
        branch: The branch; empty for the default branch.
        repository: `OWNER/REPO`.
        client: The client.
    """
    query: dict[str, str | int] = {"path": path, **({"sha": branch} if branch else {})}
    yield from client.pages(f"/repos/{repository}/commits", _revision, needs=None, **query)


def _revision(data: Any) -> Commit:
    author = data["commit"]["author"]
    account = data["author"] or {}
    return Commit(
        revision=str(data["sha"]),
        time=str(author["date"]),
        author=str(account.get("login") or author["name"]),
        message=str(data["commit"]["message"]),
        url=str(data["html_url"]),
    )


def _newest(repository: str, branch: str, client: Client, **query: str) -> Mapping[str, Any] | None:
    try:
        commits = client.get(
            f"/repos/{repository}/commits",
            lambda data: [_checked(each) for each in data],
            sha=branch,
            per_page=1,
            **query,
        )
    except NotFoundError:
        return None  # the branch was deleted; publishing finds that out
    return commits[0] if commits else None


def _checked(commit: Any) -> Mapping[str, Any]:
    _address(commit)
    str(commit["sha"])
    checked: Mapping[str, Any] = commit
    return checked


def _address(commit: Any) -> str:
    return str(commit["commit"]["author"]["email"])


def _paths(comparison: Any) -> tuple[str, ...]:
    """Return the paths of changed, removed and renamed files."""
    found: dict[str, None] = {}
    for file in comparison.get("files", ()):
        found[str(file["filename"])] = None
        if "previous_filename" in file:
            found[str(file["previous_filename"])] = None
    return tuple(found)
