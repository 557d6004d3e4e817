"""Setup of the token, the repository and its immutable releases.

Source: GitHub documentation, "REST API endpoints for repositories".
"""

from contextlib import suppress

from ghpypi.core.quantities import noun_for
from ghpypi.core.roles import rank
from ghpypi.errors import NotAllowedError, NotFoundError, RefusedError, UnknownVisibilityError
from ghpypi.ports import Finding
from ghpypi.stores.github.api_messages import NOT_FOUND, ApiRequest, ApiResponse, as_list
from ghpypi.stores.github.client import LostResponseError
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import ADMINISTRATION, CREATION
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.target import Target


class TokenStep:
    """Checks the token, as far as GitHub says what it may do."""

    title = "token"
    needs: tuple[str, ...] = ()

    def __init__(self, target: Target) -> None:
        self._target = target

    @property
    def page(self) -> str:
        """The page where tokens are created."""
        return f"{self._target.hosts.server}/settings/tokens"

    def check(self) -> Finding:
        """Check that there is a token, and the scopes of a classic one."""
        if not self._target.client.has_token:
            raise NotAllowedError(
                "a token is needed to set up a repository",
                hint="set GHPYPI_TOKEN, or sign in with 'gh auth login --scopes repo,workflow'",
            )
        self._target.load()
        scopes = self._target.scopes
        if scopes is None:
            return Finding()
        enough = {"repo"} if self._target.will_be_private else {"repo", "public_repo"}
        if not enough.intersection(scopes):
            lacks = sorted({"repo", "workflow"}.difference(scopes))
            raise NotAllowedError(
                f"this token lacks the {noun_for(len(lacks), 'scope')} {' and '.join(lacks)}",
                hint=f"run 'gh auth refresh --scopes {','.join(lacks)}', or edit it at {self.page}",
            )
        return Finding()

    def apply(self) -> str:
        """Do nothing: only its user can change a token."""
        return ""


class RepositoryStep:
    """Creates the repository, and checks that the token may write to it."""

    title = "repository"
    needs = ("token",)

    def __init__(self, target: Target) -> None:
        self._target = target

    @property
    def page(self) -> str:
        """Its page, or the one where it can be created."""
        return self._target.web if self._target.exists else f"{self._target.hosts.server}/new"

    def check(self) -> Finding:
        """Compare it with the options."""
        target = self._target
        if not target.exists and target.private is None:
            raise UnknownVisibilityError(
                f"{target.name} does not exist, and neither --public nor --private is given",
                hint="--public: anyone can read it, and pip can install from its Pages; "
                "--private: only people and teams with access can read it",
            )
        if not target.exists:
            reader = "only people and teams with access" if target.will_be_private else "anyone"
            return Finding(missing=f"created as {target.name}, which {reader} can read")
        if target.archived:
            raise RefusedError(
                f"{target.name} is archived, so it is read-only",
                hint=f"unarchive it at {target.web}/settings, or name another repository",
            )
        if target.permission and rank(target.permission) < rank("push"):
            raise NotAllowedError(
                f"the user of this token may not write to {target.name}",
                hint="ask one of its admins for the role admin, or to run this",
            )
        if target.private is not None and target.private != target.is_private:
            is_now = "private" if target.is_private else "public"
            return Finding(
                left=f"it is {is_now} and was not changed; change that at {target.web}/settings"
            )
        return Finding()

    def apply(self) -> str:
        """Create it, with a first commit."""
        target = self._target
        # Not by PyGithub's `create_repo`: the message of a refusal is part of the error here.
        call = ApiRequest(
            verb="POST",
            path=self._path(),
            body={
                "name": target.name.partition("/")[2],
                "private": bool(target.private),
                "auto_init": True,
                "description": "Python package index",
            },
            expect=(NOT_FOUND, 422),
            repeatable=False,
            needs=CREATION,
        )
        try:
            response = target.client.call(call)
        except LostResponseError:
            target.load()
            if not target.exists:
                raise
            return ""
        if not response.ok:
            raise self._refused(response)
        target.update(response.parsed(Repository.parse))
        return ""

    def _path(self) -> str:
        target = self._target
        with suppress(NotFoundError), target.client.objects() as github:
            github.organization(target.owner).complete()
            return f"/orgs/{target.owner}/repos"
        login = target.client.login()
        if login.lower() == target.owner.lower():
            return "/user/repos"
        raise NotFoundError(
            f"there is no organization {target.owner}, and this token is that of {login}",
            hint="check the name, or make the organization first",
        )

    def _refused(self, response: ApiResponse) -> NotAllowedError:
        return NotAllowedError(
            f"{self._target.name} cannot be created: {response.message}",
            hint="it may be there, hidden from this token, or its owner lets only others create "
            "repositories; have it created by hand and run this again",
        )


class ImmutableStep:
    """Switches immutable releases on: files of published releases cannot change.

    Args:
        target: The repository.
        wanted: Switch it on; `None` switches it on only if there are no releases, because in some
            projects several jobs add files to a published release.
    """

    title = "immutable releases"
    needs = ("repository",)

    def __init__(self, target: Target, *, wanted: bool | None) -> None:
        self._target = target
        self._wanted = wanted

    @property
    def page(self) -> str:
        return f"{self._target.web}/settings#releases-settings"

    def check(self) -> Finding:
        """Read the setting, and look for releases."""
        missing = Finding(missing="switched on")
        if not self._target.exists:
            return missing
        response = self._target.get("/immutable-releases", needs=ADMINISTRATION)
        if not response.missing and response.parsed(lambda data: data["enabled"]):
            return Finding()
        if self._wanted is None and self._target.get("/releases", per_page="1").parsed(as_list):
            return Finding(
                left="off, not changed: the repository has releases, and a job that adds files to "
                "a published release would fail; --immutable switches it on"
            )
        return missing

    def apply(self) -> str:
        """Switch it on; older Enterprise Servers lack it, and an owner may decide it for all."""
        response = self._target.send(
            ApiRequest(
                verb="PUT",
                path="/immutable-releases",
                expect=(NOT_FOUND, 409),
                needs=ADMINISTRATION,
                what=self.title,
            )
        )
        if response.missing:
            if self._target.permission == "admin":
                return "this GitHub does not have them"
            raise api_error(response)
        return (
            ""
            if response.ok
            else f"the owner of the repository decides about them: {response.message}"
        )
