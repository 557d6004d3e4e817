"""The commit of the Action that its tag refers to.

Source: GitHub documentation, "REST API endpoints for commits".
"""

import re

from ghpypi.core.action_reference import RELEASED
from ghpypi.core.project import ACTION
from ghpypi.errors import GhpypiError, NotFoundError
from ghpypi.stores.github.error_tables import NO_COMMIT
from ghpypi.stores.github.target import Target

_COMMIT = re.compile(r"[0-9a-f]{40}")
_OTHER = "name another with --action OWNER/REPO@REVISION"
_UNRELEASED = f"this version of ghpypi is not released; name a release, such as --action {ACTION}"


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
    known = revision if _COMMIT.fullmatch(revision) else ""
    try:
        with target.client.objects() as github:
            # Of the files of the commit, a page of one is requested: they are not needed.
            commit = github.repository(repository).get_commit(revision, commit_files_per_page=1)
            sha = commit.complete().sha or ""
            return sha if _COMMIT.fullmatch(sha) else known
    except NotFoundError as error:
        if NO_COMMIT in error.message or not _may_be_hidden(repository, target):
            raise NotFoundError(
                f"there is no Action {action}",
                hint=_UNRELEASED if action == RELEASED.name else _OTHER,
            ) from error
        target.reporter.warn(
            f"the Action {action} was not found on {target.hosts.hostname}; "
            f"the workflow works only if {target.name} has access to it"
        )
        return known
    except GhpypiError as error:
        target.reporter.warn(f"the Action {action} could not be checked: {error}")
        return ""


def _may_be_hidden(repository: str, target: Target) -> bool:
    """Return whether workflows may be able to use a repository that this token cannot see.

    Private Actions are shared within an owner, and Enterprise Servers may take Actions from
    github.com ("Using actions in your enterprise").
    """
    owner = repository.partition("/")[0]
    return target.hosts.hostname != "github.com" or owner.lower() == target.owner.lower()
