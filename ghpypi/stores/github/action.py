"""The Action's commit: what a tag of it stands for today.

Source: GitHub documentation, "REST API endpoints for commits".
"""

import re

from ghpypi.errors import GhpypiError
from ghpypi.stores.github.api import Api, Call, segment

_COMMIT = re.compile(r"[0-9a-f]{40}")


def resolve_action(action: str, api: Api) -> str:
    """Find the commit of `OWNER/REPO@REVISION`; empty if this GitHub does not know it.

    Only the GitHub of the store is asked: an Enterprise Server may have no way to another one.
    """
    repository, _, revision = action.partition("@")
    if _COMMIT.fullmatch(revision):
        return revision
    path = f"/repos/{repository}/commits/{segment(revision)}"
    try:
        answer = api.call(Call(verb="GET", path=path, expect=(404, 422)))
    except GhpypiError:
        return ""
    sha = answer.data.get("sha", "") if isinstance(answer.data, dict) else ""
    return sha if _COMMIT.fullmatch(sha) else ""
