"""Pages: where they are, and after a push, to see to it that they really are built.

A push with a workflow's own token is documented not to start a build, and mostly does; the first
one of a site often does not. So we look, and ask for a build if none begins.

Source: GitHub documentation, "REST API endpoints for GitHub Pages" and "Compare two commits".
"""

from typing import Any

from ghpypi.errors import NotAllowedError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.retry import Backoff

LOOKS = 4
SECONDS = 5.0
"""How often, and how long after one another, we look for a build that began by itself."""


def find_address(repository: str, *, client: Client) -> str:
    """Ask where the Pages of a repository are, ending in `/`.

    Returns:
        The address; empty if there are none, or the token may not know.
    """
    call = ApiRequest(verb="GET", path=f"/repos/{repository}/pages", expect=(401, 403, 404))
    answer = client.call(call)
    return answer.parsed(address_of) if answer.ok else ""


def address_of(data: Any) -> str:
    """Read the address from Pages as the API gives them, ending in `/`; it may be empty."""
    url = data.get("html_url") or ""
    return f"{url.rstrip('/')}/" if url else ""


def ensure_build(repository: str, commit: str, *, client: Client, backoff: Backoff) -> str:
    """See to it that a commit is being built, or a later one that holds it too.

    Returns:
        What came of it, in words; empty if the build began by itself.

    Raises:
        NotAllowedError: A build has to be asked for, and the token may not.
    """
    call = ApiRequest(
        verb="GET", path=f"/repos/{repository}/pages/builds/latest", expect=(403, 404)
    )
    why = "none had begun by itself"
    for look in range(LOOKS):
        if look:
            backoff.pause(SECONDS, "no build of the pages has begun")
        answer = client.call(call)
        if answer.missing:
            return _no_site(repository, client)
        if not answer.ok:
            break
        built, status = answer.parsed(lambda data: (data["commit"], data["status"]))
        if _holds(built, commit, repository, client):
            if status != "errored":
                return ""
            why = "the last one failed"
            break
    _ask(repository, client)
    return f"asked for a build of the pages: {why}"


def _holds(built: str, commit: str, repository: str, client: Client) -> bool:
    """Tell whether what is built holds a commit: is it, or was pushed upon it by another run."""
    if built == commit:
        return True
    # The second page has no list of files, which for an index can be long.
    call = ApiRequest(
        verb="GET",
        path=f"/repos/{repository}/compare/{commit}...{built}",
        query={"per_page": 1, "page": 2},
        expect=(403, 404),
    )
    answer = client.call(call)
    return answer.ok and answer.parsed(lambda data: bool(data["status"] == "ahead"))


def _no_site(repository: str, client: Client) -> str:
    """Tell a site that was never built from none at all."""
    if not find_address(repository, client=client):
        return (
            f"{repository} has no Pages yet: choose the branch under Settings, Pages "
            "(a workflow's own token may not do that)"
        )
    _ask(repository, client)
    return "asked for the first build of the pages"


def _ask(repository: str, client: Client) -> None:
    try:
        client.call(ApiRequest(verb="POST", path=f"/repos/{repository}/pages/builds"))
    except NotAllowedError as error:
        error.hint = "give the job 'permissions: pages: write', or build Pages by hand once"
        raise
