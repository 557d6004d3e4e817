"""Pages, after a push: see to it that they really are built.

A push with a workflow's own token is documented not to start a build, and mostly does; the first
one of a site often does not. So we look, and ask for a build if none begins.

Source: GitHub documentation, "REST API endpoints for GitHub Pages".
"""

from ghpypi.errors import GhpypiError, NotAllowedError
from ghpypi.stores.github.api import Api, Call
from ghpypi.stores.github.patience import Patience

LOOKS = 4
SECONDS = 5.0
"""How often, and how long after one another, we look for a build that began by itself."""


def ensure_build(repository: str, commit: str, *, api: Api, patience: Patience) -> str:
    """See to it that a commit is being built.

    Returns:
        What came of it, in words; empty if the build began by itself.

    Raises:
        NotAllowedError: A build has to be asked for, and the token may not.
    """
    call = Call(verb="GET", path=f"/repos/{repository}/pages/builds/latest", expect=(403, 404))
    for look in range(LOOKS):
        answer = api.call(call)
        if answer.status == 404:  # noqa: PLR2004 - Not Found
            return _no_site(repository, api)
        if answer.status < 400 and answer.data.get("commit") == commit:  # noqa: PLR2004
            return ""
        if look + 1 < LOOKS:
            patience.sleep(SECONDS)
    try:
        api.call(Call(verb="POST", path=f"/repos/{repository}/pages/builds"))
    except NotAllowedError as error:
        error.hint = "give the job 'permissions: pages: write', or build Pages by hand once"
        raise
    return "asked for a build of the pages: none had begun by itself"


def _no_site(repository: str, api: Api) -> str:
    """Tell a site that was never built from none at all."""
    try:
        api.get(f"/repos/{repository}/pages")
    except GhpypiError:
        return (
            f"{repository} has no Pages yet: choose the branch under Settings, Pages "
            "(a workflow's own token may not do that)"
        )
    api.call(Call(verb="POST", path=f"/repos/{repository}/pages/builds"))
    return "asked for the first build of the pages"
