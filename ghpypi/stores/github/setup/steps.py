"""What a repository needs to be a package index, in order."""

from collections.abc import Iterator

from ghpypi.core.action_reference import pinned_reference, wanted_reference
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.initial_files import (
    ClientSettings,
    client_settings,
    config_text,
    private_settings,
    readme_text,
)
from ghpypi.core.locator import Locator
from ghpypi.core.managed import sign
from ghpypi.core.workflows import WorkflowOptions, render, render_upload
from ghpypi.errors import NotFoundError
from ghpypi.ports import SetupRequest, SetupStep
from ghpypi.setup_steps import IndexStep
from ghpypi.stores.github.setup.action import find_action
from ghpypi.stores.github.setup.files import FileStep, ReadmeStep
from ghpypi.stores.github.setup.pages import BranchStep, PagesStep
from ghpypi.stores.github.setup.repository import ImmutableStep, RepositoryStep, TokenStep
from ghpypi.stores.github.setup.team import TeamStep
from ghpypi.stores.github.target import Target

WORKFLOW_PATH = ".github/workflows/ghpypi-index.yml"
README_PATH = "README.md"


class GitHubSetup:
    """A repository, to be set up.

    Args:
        locator: The repository, as the user named it.
        target: Its state.
        request: The options of `ghpypi init`.
    """

    def __init__(self, locator: Locator, target: Target, request: SetupRequest) -> None:
        self._locator = locator
        self._target = target
        self._request = request
        self._config = request.config
        self._commits: dict[str, str] = {}

    def steps(self) -> Iterator[SetupStep]:
        """List what a repository needs, in order."""
        target, branch = self._target, self._config.index.branch
        yield TokenStep(target)
        yield RepositoryStep(target)
        if self._request.immutable is not False:
            yield ImmutableStep(target, wanted=self._request.immutable)
        for team, role in self._request.teams:
            yield TeamStep(target, team, role)
        yield FileStep(target, CONFIG_FILE, lambda _: config_text(self.name), managed=False)
        index: SetupStep
        if site := self._request.site_steps:
            yield from site
            index = IndexStep(
                needs=["repository", *(step.title for step in site)],
                exists=self._request.published,
                check=self._check_free,
                fill=self._fill,
            )
            yield index
        else:
            folder = self._config.site.path
            index = BranchStep(target, branch, folder, check=self._check_free, fill=self._fill)
            yield index
            yield PagesStep(target, branch, self._fill, wanted=self._request.pages)
        yield ReadmeStep(target, README_PATH, self._readme, managed=True)
        # Last: it starts to work by itself, so it must not be where the branch is another site's.
        yield FileStep(
            target,
            WORKFLOW_PATH,
            self._workflow,
            managed=True,
            needs=("repository", index.title),
        )

    def _check_free(self) -> None:
        self._request.check(self._current)

    def _fill(self) -> None:
        self._request.fill(self._current)

    @property
    def _current(self) -> Locator:
        """The current name of the repository, with its host if the user specified it."""
        return self._locator._replace(value=self._target.name)

    def _workflow(self, found: str) -> str:
        return sign(render("index", self._options(found)), "# {}")

    def _readme(self, found: str) -> str:
        text = readme_text(
            self._target.name,
            web=self._target.web,
            url=self.url,
            options=self._options(found),
            private=self.private,
            folder=self.folder,
        )
        return sign(text, "<!-- {} -->")

    def _options(self, found: str = "") -> WorkflowOptions:
        wanted = wanted_reference(found, self._request.action)
        commit = wanted.revision if wanted.tag else self._commit_of(wanted.name)
        action = pinned_reference(found, wanted, commit)
        options = WorkflowOptions(action=str(action), store=self._target.name)
        if self._target.hosts.is_enterprise_server:
            # An Enterprise Server has no runners of GitHub, and all others have this label.
            return options._replace(runs_on="self-hosted")
        return options

    def _commit_of(self, action: str) -> str:
        if action not in self._commits:
            self._commits[action] = find_action(action, self._target)
        return self._commits[action]

    @property
    def name(self) -> str:
        """The repository; with its host, if that was named: readers may have another usual host."""
        return str(self._current)

    @property
    def url(self) -> str:
        """The address of its Pages; empty if it is not known."""
        published = "" if self._request.site else self._target.site_url
        if not published and not self._request.site and not self._target.will_be_private:
            published = self._target.hosts.pages(self._target.name)
        return self._config.address(published)

    @property
    def folder(self) -> str:
        """The folder of its main index on the site."""
        return self._config.index.paths.folder(MAIN_FOLDER)

    @property
    def private(self) -> bool:
        """Whether installers need `ghpypi run` or `ghpypi serve`."""
        if self._request.site:
            return False  # a server reads pages on the branch only
        return self._target.will_be_private and not self._config.index.url

    @property
    def clients(self) -> ClientSettings:
        """The settings for installers."""
        if self.private:
            return private_settings(self.name)
        name = self._target.owner.lower()
        served = "" if self._request.site else self.name  # a store that 'ghpypi run' can serve
        return client_settings(self.url, name=name, store=served, folder=self.folder)

    @property
    def serve(self) -> str:
        """The command that serves a private index."""
        return f"ghpypi serve {self.name}" if self.private else ""

    @property
    def manual(self) -> tuple[tuple[str, str], ...]:
        """The settings of the site's bucket; other steps name the page where they are done."""
        return self._request.site_manual

    @property
    def upload(self) -> str:
        """The step that publishes from a workflow; empty if the Action is missing."""
        try:
            return render_upload(self._options())
        except NotFoundError:  # the Action, as the step of the workflow has reported
            return ""
