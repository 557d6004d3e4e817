"""The commit of the Action that its tag refers to.

Source: GitHub documentation, "REST API endpoints for commits".
"""

import re

from ghpypi.errors import GhpypiError, NotFoundError
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, quote_segment
from ghpypi.stores.github.target import Target

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NO_REVISION = 422


def find_action(action: str, target: Target) -> str:
    """Find the commit of an Action before a workflow file refers to it.

    Only the GitHub of the store is used: an Enterprise Server may have no access to github.com.

    Args:
        action: `OWNER/REPO@REVISION`.
        target: The repository whose workflows will use it.

    Returns:
        The commit; empty, after a warning, where the Action could not be checked.

    Raises:
        NotFoundError: There is no such Action.
    """
    repository, _, revision = action.partition("@")
    path = f"/repos/{repository}/commits/{quote_segment(revision)}"
    try:
        response = target.client.call(
            ApiRequest(verb="GET", path=path, expect=(NOT_FOUND, _NO_REVISION))
        )
    except GhpypiError as error:
        target.reporter.warn(f"the Action {action} could not be checked: {error}")
        return ""
    if response.missing and _may_be_hidden(repository, target):
        target.reporter.warn(
            f"the Action {action} was not found on {target.hosts.hostname}; "
            f"the workflow works only if {target.name} has access to it"
        )
    elif not response.ok:
        raise NotFoundError(
            f"there is no Action {action}", hint="name another with --action OWNER/REPO@REVISION"
        )
    sha = response.data.get("sha") if isinstance(response.data, dict) else ""
    if isinstance(sha, str) and _COMMIT.fullmatch(sha):
        return sha
    return revision if _COMMIT.fullmatch(revision) else ""


def _may_be_hidden(repository: str, target: Target) -> bool:
    """Tell whether workflows may be able to use a repository that this token cannot see.

    Private Actions are shared within an owner, and Enterprise Servers may take Actions from
    github.com ("Using actions in your enterprise").
    """
    owner = repository.partition("/")[0]
    return target.hosts.hostname != "github.com" or owner.lower() == target.owner.lower()
