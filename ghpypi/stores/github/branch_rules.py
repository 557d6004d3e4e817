"""Reading the rules of a branch: what may be pushed to it, and which environments deploy it.

Who may bypass a rule is visible to administrators only, so a rule that is reported may have no
effect on the index workflow.

Sources: GitHub documentation, "REST API endpoints for rules", "... for deployment environments",
"... for deployment branch policies" and "Available rules for rulesets".
"""

from typing import Any

from ghpypi.core.patterns import matches_glob
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse, quote_segment
from ghpypi.stores.github.client import Client

BLOCKING = frozenset({
    "code_scanning",
    "merge_queue",
    "pull_request",
    "required_deployments",
    "required_signatures",
    "required_status_checks",
    "update",
    "workflows",
})  # fmt: skip
"""The rules that a plain push of a new commit cannot satisfy."""

CREATION = "creation"
"""The rule that prevents the branch from being created."""

_HIDDEN = (401, 403, 404)


class BranchRules:
    """Reads the rules of a branch.

    Args:
        repository: `OWNER/REPO`.
        branch: The branch.
        client: The client.
    """

    def __init__(self, repository: str, branch: str, *, client: Client) -> None:
        self._repository = repository
        self._branch = branch
        self._client = client

    def blocking(self) -> tuple[str, ...]:
        """Return the active rules that prevent a push; none if they cannot be read.

        Rules of organizations and enterprises are among them. Classic branch protection is not:
        only administrators may read it.
        """
        response = self._get(f"/rules/branches/{quote_segment(self._branch)}", per_page=100)
        if not response.ok:  # also an Enterprise Server without rulesets
            return ()
        found = response.parsed(lambda data: {str(rule["type"]) for rule in data})
        blocking = BLOCKING if self._exists() else BLOCKING | {CREATION}
        return tuple(sorted(found & blocking))

    def deployable(self, environment: str) -> bool | None:
        """Return whether an environment accepts deployments of the branch; `None` if unknown."""
        path = f"/environments/{quote_segment(environment)}"
        response = self._get(path)
        if not response.ok:
            return None
        policy = response.parsed(lambda data: data.get("deployment_branch_policy"))
        if not policy:
            return True
        if policy.get("protected_branches"):
            return self._protected()
        policies = self._get(f"{path}/deployment-branch-policies", per_page=100)
        if not policies.ok:
            return None
        return any(matches(pattern, self._branch) for pattern in policies.parsed(_branch_patterns))

    def _exists(self) -> bool:
        return self._branch_document().ok

    def _protected(self) -> bool | None:
        response = self._branch_document()
        return response.parsed(lambda data: bool(data["protected"])) if response.ok else None

    def _branch_document(self) -> ApiResponse:
        return self._get(f"/branches/{quote_segment(self._branch)}")

    def _get(self, path: str, **query: str | int) -> ApiResponse:
        path = f"/repos/{self._repository}{path}"
        return self._client.call(ApiRequest(verb="GET", path=path, query=query, expect=_HIDDEN))


def matches(pattern: str, branch: str) -> bool:
    """Return whether a pattern of a policy matches a branch; `*` does not match a slash.

    Source: GitHub documentation, "Deployments and environments"; Ruby, `File.fnmatch` with
    `FNM_PATHNAME`.
    """
    if "**" in pattern:
        return matches_glob(branch, pattern)
    patterns, parts = pattern.split("/"), branch.split("/")
    return len(patterns) == len(parts) and all(map(matches_glob, parts, patterns))


def _branch_patterns(data: Any) -> list[str]:
    policies = data["branch_policies"]
    return [str(x["name"]) for x in policies if x.get("type", "branch") == "branch"]
