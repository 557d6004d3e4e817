"""A pull request that changes one file.

Sources: GitHub documentation, "REST API endpoints for Git references" and "REST API endpoints for
pull requests".
"""

import re
from urllib.parse import quote

from ghpypi.core.digest import digest_of
from ghpypi.errors import FailedError
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import CONTENTS, PULL_REQUESTS
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.repository_files import FileCommit, write_file

_REFUSED = 422
_LONGEST_NAME = 50
"""Maximum length of the part of a branch's name that says what is changed, in characters."""


def propose(commit: FileCommit, *, repository: Repository, client: Client) -> tuple[str, str]:
    """Open a pull request with one commit on a branch of its own.

    The name of the branch has the digest of the new text, so that the same proposal is opened once:
    a second call finds what an earlier, interrupted one left.

    Args:
        commit: The commit. Its message is the title and the text of the pull request.
        repository: The repository.
        client: The client.

    Returns:
        The URL of the pull request, and the reason of a conflict, of which one is empty. There is a
        conflict if the file is no longer the one that the commit replaces.

    Raises:
        NotAllowedError: The token may not write branches, or open pull requests.
    """
    branch = _branch_name(commit)
    created = _create_branch(branch, repository, client)
    reason = write_file(commit._replace(branch=branch), repository=repository.name, client=client)
    if reason and created:
        _delete_branch(branch, repository, client)
        return "", reason
    return _open(commit, branch, repository, client), ""


def _branch_name(commit: FileCommit) -> str:
    title = re.sub(r"[^a-z0-9]+", "-", commit.message.partition("\n")[0].lower())
    return f"ghpypi/{title[:_LONGEST_NAME].strip('-')}-{digest_of(commit.text.encode())[:8]}"


def _create_branch(branch: str, repository: Repository, client: Client) -> bool:
    """Create a branch at the head of the default branch; return whether it did not exist."""
    default = quote(repository.default_branch)
    root = f"/repos/{repository.name}/git"
    sha = client.get(f"{root}/ref/heads/{default}", lambda data: str(data["object"]["sha"]))
    response = client.call(
        ApiRequest(
            verb="POST",
            path=f"{root}/refs",
            body={"ref": f"refs/heads/{branch}", "sha": sha},
            expect=(_REFUSED,),
            needs=CONTENTS,
        )
    )
    _check(response, "already exists")
    return response.ok


def _delete_branch(branch: str, repository: Repository, client: Client) -> None:
    client.call(
        ApiRequest(
            verb="DELETE",
            path=f"/repos/{repository.name}/git/refs/heads/{quote(branch)}",
            expect=(_REFUSED,),
            needs=CONTENTS,
        )
    )


def _open(commit: FileCommit, branch: str, repository: Repository, client: Client) -> str:
    """Open the pull request of a branch, or find the one that is open."""
    title, _, text = commit.message.partition("\n")
    path = f"/repos/{repository.name}/pulls"
    response = client.call(
        ApiRequest(
            verb="POST",
            path=path,
            body={
                "title": title,
                "body": text.strip(),
                "head": branch,
                "base": repository.default_branch,
            },
            expect=(_REFUSED,),
            needs=PULL_REQUESTS,
        )
    )
    _check(response, "already exists")
    if response.ok:
        return response.parsed(lambda data: str(data["html_url"]))
    owner = repository.name.partition("/")[0]
    found = client.get(
        path,
        lambda data: [str(each["html_url"]) for each in data],
        head=f"{owner}:{branch}",
        state="open",
    )
    if not found:
        raise FailedError(f"{repository.name} has no open pull request of {branch}")
    return found[0]


def _check(response: ApiResponse, expected: str) -> None:
    if not response.ok and expected not in response.message:
        raise api_error(response)
