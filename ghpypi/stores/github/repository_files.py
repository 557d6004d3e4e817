"""Files on the default branch of a repository, read and written through the API.

Source: GitHub documentation, "REST API endpoints for repository contents".
"""

import base64
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ghpypi.errors import FailedError, NotAllowedError, NotFoundError
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import CONTENTS, Permission

if TYPE_CHECKING:
    from ghpypi.stores.github.pygithub import ContentFile

_CONFLICTS = (409, 422)


class RepositoryFile(NamedTuple):
    """A file as the API returns it.

    Attributes:
        repository: The current name of the repository, `OWNER/REPO`, also if it was renamed.
        path: Where the file is.
        content: The bytes; `None` for a file above 1 MB, which must be requested separately.
        sha: The git blob, which names this content when the file is replaced.
    """

    repository: str
    path: str
    content: bytes | None
    sha: str

    @classmethod
    def parse(cls, found: "ContentFile") -> "RepositoryFile":
        """Read a file as PyGithub returns it."""
        # The URL has the full name of the repository, in its original spelling.
        owner, name = found.url.partition("/repos/")[2].split("/")[:2]
        return cls(
            repository=f"{owner}/{name}",
            path=found.path,
            content=found.decoded_content if found.encoding == "base64" else None,
            sha=found.sha,
        )

    @property
    def text(self) -> str:
        """The content as text; what is not UTF-8 is replaced."""
        return (self.content or b"").decode(errors="replace")


class FileCommit(NamedTuple):
    """A commit of one file.

    Attributes:
        path: Where the file is.
        text: The new content.
        message: Of the commit.
        replaces: The git blob of the file as it was read; empty if there was none.
        needs: The permission that it requires.
        branch: The branch; empty for the default branch.
    """

    path: str
    text: str
    message: str
    replaces: str
    needs: Permission = CONTENTS
    branch: str = ""


def find_file(path: str, *, repository: str, client: Client) -> RepositoryFile | None:
    """Read a file; return `None` if there is none.

    Args:
        path: Where it is.
        repository: `OWNER/REPO`.
        client: The client.

    Raises:
        FailedError: The path is that of a folder, a submodule or a link.
    """
    try:
        with client.objects() as github:
            found = github.repository(repository).get_contents(path.strip("/"))
            if isinstance(found, list) or found.type != "file":
                raise FailedError(f"'{path}' in {repository} is not a file")
            return RepositoryFile.parse(found)
    except NotFoundError:
        return None


def find_readme(*, repository: str, client: Client) -> RepositoryFile | None:
    """Read the README that GitHub shows, whatever its name; return `None` if there is none."""
    try:
        with client.objects() as github:
            return RepositoryFile.parse(github.repository(repository).get_readme())
    except NotFoundError:
        return None


def names_in(folder: str, *, repository: str, client: Client, branch: str = "") -> list[str] | None:
    """Return the names of the files directly in a folder; `None` if there is no such folder.

    Args:
        folder: The folder; empty for the root.
        repository: `OWNER/REPO`.
        client: The client.
        branch: The branch; empty for the default branch.
    """
    try:
        with client.objects() as github:
            place = github.repository(repository)
            path = folder.strip("/")
            found = place.get_contents(path, branch) if branch else place.get_contents(path)
            return [x.name for x in found if x.type == "file"] if isinstance(found, list) else None
    except NotFoundError:
        return None


def write_file(commit: FileCommit, *, repository: str, client: Client) -> str:
    """Write a file with one commit, unless it is no longer the one that it replaces.

    Args:
        commit: What to write.
        repository: `OWNER/REPO`.
        client: The client.

    Returns:
        Empty, or the reason of a conflict: the file was changed in the meantime.

    Raises:
        NotAllowedError: The token or a rule of the branch forbids it.
    """
    content = base64.b64encode(commit.text.encode()).decode()
    body = {"message": commit.message, "content": content}
    if commit.replaces:
        body["sha"] = commit.replaces
    if commit.branch:
        body["branch"] = commit.branch
    # Not by PyGithub's `create_file` and `update_file`: a conflict is an expected outcome here,
    # and the error that they raise for it is that of a request which came too late.
    response = client.call(
        ApiRequest(
            verb="PUT",
            path=f"/repos/{repository}/contents/{quote(commit.path.strip('/'))}",
            body=body,
            expect=(NOT_FOUND, *_CONFLICTS),
            needs=commit.needs,
            what=f"'{commit.path}' in {repository}",
        )
    )
    if response.ok:
        return ""
    _check_allowed(response)
    return response.message


def _check_allowed(response: ApiResponse) -> None:
    """Raise the reason why a file must not be written; other refusals are conflicts."""
    error = api_error(response)
    if response.missing:
        # GitHub also returns "not found" if a token may read but not write.
        raise NotAllowedError(
            f"{response.request}: this token may not write this file", hint=error.hint
        )
    if isinstance(error, NotAllowedError):
        raise error
