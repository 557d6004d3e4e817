"""GitHub Pages: their address, and the build after a push.

GitHub documents that a push with a workflow's own token starts no build. Mostly it does start one,
except often for the first push of a site. So after a push the builds are checked, and one is
requested if none has begun.

Source: GitHub documentation, "REST API endpoints for GitHub Pages" and "Compare two commits".
"""

from typing import Any

from ghpypi.errors import NotAllowedError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.retry import Backoff

LOOKS = 4
SECONDS = 5.0
"""How often, and how many seconds apart, to check whether a build has begun by itself."""


def find_address(repository: str, *, client: Client) -> str:
    """Find the address of the Pages of a repository.

    Returns:
        The address, ending in `/`; empty if there are none, or the token may not see them.
    """
    call = ApiRequest(verb="GET", path=f"/repos/{repository}/pages", expect=(401, 403, 404))
    response = client.call(call)
    return response.parsed(address_of) if response.ok else ""


def address_of(data: Any) -> str:
    """Read the address in a document of the API, ending in `/`; empty if it has none."""
    url = data.get("html_url") or ""
    return f"{url.rstrip('/')}/" if url else ""


def ensure_build(repository: str, commit: str, *, client: Client, backoff: Backoff) -> str:
    """Ensure that GitHub builds Pages of a commit, or of a later one that contains it.

    Returns:
        A sentence about what was done; empty if the build has begun by itself.

    Raises:
        NotAllowedError: A build is needed, and the token may not request it.
    """
    call = ApiRequest(
        verb="GET", path=f"/repos/{repository}/pages/builds/latest", expect=(403, 404)
    )
    why = "none had begun by itself"
    for look in range(LOOKS):
        if look:
            backoff.pause(SECONDS, "no build of the pages has begun")
        response = client.call(call)
        if response.missing:
            return _no_site(repository, client)
        if not response.ok:
            break
        built, status = response.parsed(lambda data: (data["commit"], data["status"]))
        if _contains(built, commit, repository, client):
            if status != "errored":
                return ""
            why = "the last one failed"
            break
    _request_build(repository, client)
    return f"asked for a build of the pages: {why}"


def _contains(built: str, commit: str, repository: str, client: Client) -> bool:
    """Return whether the commit that is built is, or contains, another one."""
    if built == commit:
        return True
    # The second page has no list of files, which for an index can be long.
    call = ApiRequest(
        verb="GET",
        path=f"/repos/{repository}/compare/{commit}...{built}",
        query={"per_page": 1, "page": 2},
        expect=(403, 404),
    )
    response = client.call(call)
    return response.ok and response.parsed(lambda data: bool(data["status"] == "ahead"))


def _no_site(repository: str, client: Client) -> str:
    """Distinguish a site that was never built from a repository without Pages."""
    if not find_address(repository, client=client):
        return (
            f"{repository} has no Pages yet: choose the branch under Settings, Pages "
            "(a workflow's own token may not do that)"
        )
    _request_build(repository, client)
    return "asked for the first build of the pages"


def _request_build(repository: str, client: Client) -> None:
    try:
        client.call(ApiRequest(verb="POST", path=f"/repos/{repository}/pages/builds"))
    except NotAllowedError as error:
        error.hint = "give the job 'permissions: pages: write', or build Pages by hand once"
        raise
