"""Setup of the branch with the index, and of the Pages that publish it.

Source: GitHub documentation, "REST API endpoints for GitHub Pages".
"""

from collections.abc import Callable
from typing import Any

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.errors import NotAllowedError, RefusedError
from ghpypi.ports import Finding
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import LostResponseError
from ghpypi.stores.github.pages import address_of
from ghpypi.stores.github.permissions import PAGES
from ghpypi.stores.github.repository_files import names_in
from ghpypi.stores.github.target import Target

_CONFLICT = 409


class BranchStep:
    """Fills the branch with an index, which may be empty.

    Args:
        target: The repository.
        branch: The branch.
        folder: The folder of the branch that the index is in; empty for its root.
        check: Raises an error if other files are in the way.
        fill: Publishes the index.
    """

    needs = ("repository",)

    def __init__(
        self,
        target: Target,
        branch: str,
        folder: str,
        *,
        check: Callable[[], None],
        fill: Callable[[], None],
    ) -> None:
        self._target = target
        self._branch = branch
        self._folder = folder
        self._check = check
        self._fill = fill

    @property
    def title(self) -> str:
        """Its name."""
        return f"branch {self._branch}"

    @property
    def page(self) -> str:
        """The page that lists the branches."""
        return f"{self._target.web}/branches"

    def check(self) -> Finding:
        """Find out whether the branch has an index.

        Raises:
            OccupiedError: Files that ghpypi did not write are in the way of one.
        """
        missing = Finding(missing="filled with an index")
        if not self._target.exists:
            return missing
        target = self._target
        names = names_in(
            self._folder, repository=target.name, client=target.client, branch=self._branch
        )
        if names is None:
            return missing
        if CATALOG_PATH in names:
            return Finding()
        self._check()
        return missing

    def apply(self) -> str:
        """Publish the index.

        Raises:
            RefusedError: There is no commit yet: the first one makes its branch the default one.
        """
        default = self._target.default_branch
        if self._target.get(f"/git/ref/heads/{default}").missing:
            raise RefusedError(
                f"{default} has no commit yet, so {self._branch} would become the default branch",
                hint=f"commit a file to {default} first",
            )
        self._fill()
        return ""


class PagesStep:
    """Makes Pages publish the branch.

    Args:
        target: The repository.
        branch: The branch.
        fill: Publishes the index again, if its address becomes known only now.
        wanted: Publish, also a private repository, or do not publish; `None` publishes only a
            public repository.
    """

    title = "Pages"

    def __init__(
        self, target: Target, branch: str, fill: Callable[[], None], *, wanted: bool | None
    ) -> None:
        self._target = target
        self._branch = branch
        self._fill = fill
        self._wanted = wanted
        self.needs = ("repository", f"branch {branch}")

    @property
    def page(self) -> str:
        """The page of the setting."""
        return f"{self._target.web}/settings/pages"

    def check(self) -> Finding:
        """Find out what Pages publish."""
        if self._target.exists:
            response = self._target.get("/pages", needs=PAGES)
            if not response.missing:
                return response.parsed(self._compare)
        if self._wanted is False:
            return Finding(left="not requested", intended=True)
        if self._target.will_be_private and not self._wanted:
            return Finding(
                left="the repository is private: pip cannot sign in to private Pages, and without "
                "Enterprise Cloud they would be public; --pages publishes them nevertheless",
                intended=True,
            )
        return Finding(missing=f"set to publish {self._branch}")

    def _compare(self, data: Any) -> Finding:
        self._target.site_url = address_of(data)
        source = data.get("source") or {}
        place = f"{source.get('branch')}{source.get('path', '/').rstrip('/')}"
        if data.get("build_type") == "workflow":
            place = "what a workflow deploys"
        if place == self._branch:
            return Finding()
        raise RefusedError(
            f"Pages publish {place} and not {self._branch}",
            hint=f"if that is not needed, choose {self._branch} and / at {self.page}",
        )

    def apply(self) -> str:
        """Make them publish the branch."""
        body = {"source": {"branch": self._branch, "path": "/"}, "build_type": "legacy"}
        try:
            response = self._target.send(
                ApiRequest(verb="POST", path="/pages", body=body, expect=(409, 422), needs=PAGES)
            )
        except LostResponseError:
            response = self._target.get("/pages", needs=PAGES)
            if response.missing:
                raise
        if response.status == _CONFLICT:  # another run was faster
            return self.check().left
        if not response.ok:  # a plan or an owner forbids it
            raise NotAllowedError(
                f"Pages cannot be switched on: {response.message}",
                hint=f"an owner of {self._target.owner} can allow Pages for members, at "
                f"{self._target.hosts.server}/organizations/{self._target.owner}/settings/"
                "member_privileges; private repositories need a plan that has them",
            )
        self._target.site_url = response.parsed(address_of)
        if not self._target.hosts.pages(self._target.name):
            self._fill()
        return ""
