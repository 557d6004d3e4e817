"""Files on the default branch of a repository, read and changed over the API.

Source: GitHub documentation, "REST API endpoints for repository contents".
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ghpypi.errors import FailedError, NotAllowedError
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import CONTENTS

ATTEMPTS = 5
"""How often an edit begins again because someone else changed the file first."""

_ABSENT = (404,)
_CHANGED = (404, 409, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file as the API tells of it.

    Attributes:
        repository: What the repository is called now, whatever it was asked for by.
        content: The bytes; `None` of a file above 1 MB, which have to be asked for alone.
    """

    repository: str
    content: bytes | None


def find_file(path: str, *, repository: str, client: Client) -> FoundFile | None:
    """Read a file, and learn what its repository is called; `None` if there is no such file.

    Raises:
        FailedError: It is something else than a file.
    """
    answer = client.call(ApiRequest(verb="GET", path=_path(repository, path), expect=_ABSENT))
    if answer.missing:
        return None
    if not isinstance(answer.data, dict) or answer.data.get("type") != "file":
        raise FailedError(f"'{path}' in {repository} is not a file")
    return answer.parsed(_found)


def _found(data: Any) -> FoundFile:
    # The address has the full name of the repository, as it is spelt.
    owner, name = data["url"].partition("/repos/")[2].split("/")[:2]
    whole = data["encoding"] == "base64"
    return FoundFile(
        repository=f"{owner}/{name}",
        content=base64.b64decode(data["content"]) if whole else None,
    )


def names_in(folder: str, *, repository: str, client: Client) -> list[str] | None:
    """Name the files directly in a folder; `None` if there is no such folder."""
    answer = client.call(ApiRequest(verb="GET", path=_path(repository, folder), expect=_ABSENT))
    if not isinstance(answer.data, list):
        return None
    return answer.parsed(lambda data: [x["name"] for x in data if x["type"] == "file"])


def edit_file(
    path: str, change: Callable[[str], str], message: str, *, repository: str, client: Client
) -> bool:
    """Change a file with one commit; the change is made anew if somebody else was faster.

    Returns:
        Whether there was anything to change.

    Raises:
        NotAllowedError: The token may not write to it.
        FailedError: GitHub refuses the commit.
    """
    reason = ""
    for _ in range(ATTEMPTS):
        answer = client.call(ApiRequest(verb="GET", path=_path(repository, path), expect=_ABSENT))
        content, sha = (b"", "") if answer.missing else answer.parsed(_content)
        before = _decoded(content, f"'{path}' in {repository}")
        after = change(before)
        if after == before:
            return bool(reason)  # after a refusal, it may be our own first attempt that was faster
        body: dict[str, Any] = {
            "message": message,
            "content": base64.b64encode(after.encode()).decode(),
            **({"sha": sha} if sha else {}),
        }
        answer = client.call(
            ApiRequest(
                verb="PUT",
                path=_path(repository, path),
                body=body,
                expect=_CHANGED,
                needs=CONTENTS,
                what=f"'{path}' in {repository}",
            )
        )
        if answer.ok:
            return True
        check_allowed(answer)
        reason = answer.message
    raise FailedError(f"'{path}' in {repository} cannot be written: {reason}")


def check_allowed(answer: ApiResponse) -> None:
    """Raise why a file must not be written; other refusals are conflicts, worth another attempt.

    Raises:
        NotAllowedError: The token or a rule of the branch forbids it.
    """
    error = api_error(answer)
    if answer.missing:
        # "Not found" is also what GitHub says where a token may read and not write.
        raise NotAllowedError(
            f"{answer.request}: this token may not write this file", hint=error.hint
        )
    if isinstance(error, NotAllowedError):
        raise error


def _content(data: Any) -> tuple[bytes, str]:
    return base64.b64decode(data["content"]), data["sha"]


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise FailedError(f"{name} is not UTF-8: {error}") from error


def _path(repository: str, path: str) -> str:
    return f"/repos/{repository}/contents/{quote(path.strip('/'))}"
