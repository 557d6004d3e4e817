"""One GraphQL query about a repository.

Source: GitHub documentation, "Forming calls with GraphQL".
"""

from collections.abc import Mapping

from ghpypi.errors import FailedError, NotAllowedError, NotFoundError
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse
from ghpypi.stores.github.client import Client, TooHeavyError


def query_repository(
    client: Client,
    repository: str,
    fields: str,
    variables: Mapping[str, str],
    *,
    heavy: bool = False,
) -> ApiResponse | None:
    """Read fields of a repository.

    Args:
        client: The API.
        repository: `OWNER/REPO`.
        fields: What is selected of the `Repository`.
        variables: The values of the variables in it.
        heavy: GitHub may need too long for it, which no other attempt would change.

    Returns:
        The response; `None` if this GitHub, or this token, does not give all fields: errors of
        GraphQL may come with status 200.
    """
    owner, _, name = repository.partition("/")
    values = {"owner": owner, "name": name, **variables}
    types = ", ".join(f"${key}: String!" for key in values)
    query = f"query({types}) {{ repository(owner: $owner, name: $name) {{ {fields} }} }}"
    request = ApiRequest(
        verb="POST",
        path=client.graphql_path,
        body={"query": query, "variables": values},
        what=f"repository {repository}",
        heavy=heavy,
    )
    try:
        response = client.call(request)
    except (FailedError, NotAllowedError, NotFoundError, TooHeavyError):
        return None
    data = response.data
    return response if isinstance(data, dict) and not data.get("errors") else None
