"""Reading the environments that rules of trusted publishing name.

Source: GitHub documentation, "REST API endpoints for deployment environments".
"""

from typing import Any

from ghpypi.core.doctor.state import EnvironmentState
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse, quote_segment
from ghpypi.stores.github.client import Client

_HIDDEN = (401, 403, 404)
_REVIEW = "required_reviewers"


def read_environment(
    repository: str, name: str, *, server: str, client: Client
) -> EnvironmentState:
    """Read whether an environment exists, and whether it restricts the jobs that use it.

    Args:
        repository: The repository, `OWNER/REPO`.
        name: The name of the environment.
        server: The address of GitHub's web pages, without a slash at the end.
        client: The client.
    """

    def get(path: str) -> ApiResponse:
        path = f"/repos/{repository}/environments{path}"
        return client.call(ApiRequest(verb="GET", path=path, expect=_HIDDEN))

    found = get(f"/{quote_segment(name)}")
    # Without permission to read it, an environment is not found either.
    known = found.ok or get("").ok
    return EnvironmentState(
        page=f"{server}/{repository}/settings/environments",
        repository=repository,
        name=name,
        exists=found.ok if known else None,
        restricted=found.ok and found.parsed(_is_restricted),
    )


def _is_restricted(data: Any) -> bool:
    kinds = {rule["type"] for rule in data.get("protection_rules") or ()}
    return bool(data.get("deployment_branch_policy")) or _REVIEW in kinds
