"""Files on the default branch of a repository, read and changed over the API.

Source: GitHub documentation, "REST API endpoints for repository contents".
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ghpypi.errors import FailedError, NotAllowedError
from ghpypi.stores.github.api import Api, Call

ATTEMPTS = 5
"""How often an edit begins again because somebody else was faster."""

_NOT_FOUND = 404
_REFUSED = (_NOT_FOUND, 409, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file as the API tells of it.

    Attributes:
        repository: What the repository is called now, whatever it was asked for by.
        content: The bytes; `None` of a file above 1 MB, which have to be asked for alone.
    """

    repository: str
    content: bytes | None


def find_file(path: str, *, repository: str, api: Api) -> FoundFile | None:
    """Read a file, and learn what its repository is called; `None` if there is no such file.

    Raises:
        FailedError: It is something else than a file.
    """
    call = Call(verb="GET", path=_path(repository, path), expect=(_NOT_FOUND,))
    answer = api.call(call)
    if answer.status == _NOT_FOUND:
        return None
    if not isinstance(answer.data, dict) or answer.data["type"] != "file":
        raise FailedError(f"{path} in {repository} is no file")
    # The address says it in full, and as it is spelt.
    owner, name = answer.data["url"].partition("/repos/")[2].split("/")[:2]
    whole = answer.data["encoding"] == "base64"
    return FoundFile(
        repository=f"{owner}/{name}",
        content=base64.b64decode(answer.data["content"]) if whole else None,
    )


def names_in(folder: str, *, repository: str, api: Api) -> Iterator[str] | None:
    """Name the files directly in a folder; `None` if there is no such folder."""
    call = Call(verb="GET", path=_path(repository, folder), expect=(_NOT_FOUND,))
    data = api.call(call).data
    if not isinstance(data, list):
        return None
    return (each["name"] for each in data if each["type"] == "file")


def edit_file(
    path: str, change: Callable[[str], str], message: str, *, repository: str, api: Api
) -> bool:
    """Change a file with one commit; the change is made anew if somebody else was faster.

    Returns:
        Whether there was anything to change.

    Raises:
        NotAllowedError: The token may not write to it.
        FailedError: GitHub refuses the commit.
    """
    why = ""
    for _ in range(ATTEMPTS):
        found = api.call(Call(verb="GET", path=_path(repository, path), expect=(_NOT_FOUND,)))
        there = found.status != _NOT_FOUND
        before = base64.b64decode(found.data["content"]).decode() if there else ""
        after = change(before)
        if after == before:
            return bool(why)  # after a refusal, it may be our own first attempt that was faster
        body: dict[str, Any] = {
            "message": message,
            "content": base64.b64encode(after.encode()).decode(),
        }
        if there:
            body["sha"] = found.data["sha"]
        answer = api.call(
            Call(verb="PUT", path=_path(repository, path), body=body, expect=_REFUSED)
        )
        if answer.status == _NOT_FOUND:
            raise NotAllowedError(
                f"this token may not write {path} in {repository}",
                hint="a fine-grained token needs the permission Contents: read and write",
            )
        if answer.status not in _REFUSED:
            return True
        why = answer.message
    raise FailedError(
        f"{path} in {repository} cannot be written: {why}",
        hint="a rule may protect the branch; then make the change by a pull request",
    )


def _path(repository: str, path: str) -> str:
    return f"/repos/{repository}/contents/{quote(path.strip('/'))}"
