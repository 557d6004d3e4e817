"""What `ghpypi init` has to do for a store, wired together."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from ghpypi.cli.environment import without_secrets
from ghpypi.cli.settings import CONFIG_FILE, Settings
from ghpypi.core.config.config import Config
from ghpypi.core.managed import sign
from ghpypi.core.welcome import (
    ClientSettings,
    client_settings,
    config_text,
    private_settings,
    readme_text,
)
from ghpypi.core.workflows import WorkflowOptions, pin, render, render_upload
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.jobs.index import IndexOptions, build_index
from ghpypi.ports import SetupStep
from ghpypi.rendering import ProcessRenderer
from ghpypi.report import TerminalReporter
from ghpypi.stores.directory.setup import ConfigStep, FolderStep, IndexStep
from ghpypi.stores.memory import MemoryStore

WORKFLOW_PATH = ".github/workflows/ghpypi-index.yml"
README_PATH = "README.md"
LOCAL_SITE = "http://127.0.0.1:8000/"
"""Where a folder's site is, if it is served on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitChoices:
    """What can be chosen.

    Attributes:
        private: Make the repository private, or public; `None` if it was not said.
        pages: Publish on Pages, or do not; `None` leaves it to the repository.
        immutable: Switch immutable releases on, or leave them; `None` leaves it to the repository.
        teams: Teams and their roles.
        action: The Action that workflows use.
    """

    private: bool | None
    pages: bool | None
    immutable: bool | None
    teams: tuple[tuple[str, str], ...]
    action: str


class Setup(Protocol):
    """A store, to be set up."""

    @property
    def name(self) -> str:
        """Name the store, as it is called now."""
        ...

    @property
    def url(self) -> str:
        """Give the address of its site, ending in `/`; empty if it is not known."""
        ...

    @property
    def private(self) -> bool:
        """Tell whether installers need `ghpypi run` or `ghpypi serve`."""
        ...

    @property
    def clients(self) -> ClientSettings:
        """Give the settings for installers."""
        ...

    @property
    def serve(self) -> str:
        """Give the command that serves the index; empty where it is served already."""
        ...

    @property
    def upload(self) -> str:
        """Give the step that publishes from a workflow; empty if there is none."""
        ...

    def steps(self) -> Iterator[SetupStep]:
        """Say what has to be, in order."""
        ...


def setup_of(settings: Settings, choices: InitChoices) -> Setup:
    """Choose what fits the store."""
    if settings.locator.kind == "directory":
        return _DirectorySetup(settings)
    return _GitHubSetup(settings, choices)


class _DirectorySetup:
    """A folder, to be set up."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._config = settings.config

    @property
    def name(self) -> str:
        return self._settings.locator.value

    def steps(self) -> Iterator[SetupStep]:
        root = self._settings.directory
        yield FolderStep(root)
        yield ConfigStep(root, CONFIG_FILE, config_text(""))
        yield IndexStep(
            root / self._config.site.path,
            check=lambda: _check_free(self._settings),
            fill=lambda: _fill(self._settings),
        )

    @property
    def url(self) -> str:
        return self._config.address(LOCAL_SITE)

    @property
    def private(self) -> bool:
        return False

    @property
    def clients(self) -> ClientSettings:
        return client_settings(self.url, name="private")

    @property
    def serve(self) -> str:
        return f"python -m http.server --bind 127.0.0.1 --directory {self.name}"

    @property
    def upload(self) -> str:
        return ""


class _GitHubSetup:
    """A repository, to be set up."""

    def __init__(self, settings: Settings, choices: InitChoices) -> None:
        # Slow to import, and a folder needs none of it.
        from ghpypi.stores.github.client import Client  # noqa: PLC0415
        from ghpypi.stores.github.target import Target  # noqa: PLC0415

        self._settings = settings
        self._choices = choices
        self._client = Client(
            settings.hosts,
            settings.secret,
            settings.backoff,
        )
        self._target = Target(
            name=settings.locator.value,
            client=self._client,
            hosts=settings.hosts,
            reporter=settings.reporter,
            private=choices.private,
        )
        self._config = _config(settings)
        self._commit: str | None = None

    def steps(self) -> Iterator[SetupStep]:
        from ghpypi.stores.github.setup.files import FileStep, ReadmeStep  # noqa: PLC0415
        from ghpypi.stores.github.setup.pages import BranchStep, PagesStep  # noqa: PLC0415
        from ghpypi.stores.github.setup.repository import (  # noqa: PLC0415
            ImmutableStep,
            RepositoryStep,
            TokenStep,
        )
        from ghpypi.stores.github.setup.team import TeamStep  # noqa: PLC0415

        target, branch = self._target, self._config.index.branch
        yield TokenStep(target)
        yield RepositoryStep(target)
        if self._choices.immutable is not False:
            yield ImmutableStep(target, wanted=self._choices.immutable)
        for team, role in self._choices.teams:
            yield TeamStep(target, team, role)
        yield FileStep(target, CONFIG_FILE, lambda _: config_text(self.name), managed=False)
        folder = self._config.site.path
        step = BranchStep(target, branch, folder, check=self._check_free, fill=self._fill)
        yield step
        yield PagesStep(target, branch, self._fill, wanted=self._choices.pages)
        yield ReadmeStep(target, README_PATH, self._readme, managed=True)
        # Last: it starts to work by itself, so it must not be where the branch is another site's.
        yield FileStep(
            target,
            WORKFLOW_PATH,
            self._workflow,
            managed=True,
            needs=("repository", step.title),
        )

    def _check_free(self) -> None:
        _check_free(self._current)

    def _fill(self) -> None:
        _fill(self._current)

    @property
    def _current(self) -> Settings:
        """Read everything anew, from the repository as it is called now."""
        choice = self._settings.choice
        if choice.named:
            return replace(self._settings, given_store=self.name)
        # A store that only a file names stays one: tokens are not sent to any host it may name.
        locator = replace(self._settings.locator, value=self._target.name)
        return replace(self._settings, chosen=replace(choice, locator=locator))

    def _workflow(self, found: str) -> str:
        return sign(render("index", self._options(found)), "# {}")

    def _readme(self, found: str) -> str:
        text = readme_text(
            self._target.name,
            web=self._target.web,
            url=self.url,
            options=self._options(found),
            private=self.private,
        )
        return sign(text, "<!-- {} -->")

    def _options(self, found: str = "") -> WorkflowOptions:
        from ghpypi.stores.github.setup.action import find_action  # noqa: PLC0415

        options = WorkflowOptions(action=self._choices.action, store=self._target.name)
        if self._commit is None:
            self._commit = find_action(options.action, self._target)
        return pin(options, self._commit, found=found)

    @property
    def name(self) -> str:
        # With its host, if that was said: who reads it here may have another usual host.
        return str(replace(self._settings.locator, value=self._target.name))

    @property
    def url(self) -> str:
        published = self._target.site_url
        if not published and not self._target.will_be_private:
            published = self._settings.hosts.pages(self._target.name)
        return self._config.address(published)

    @property
    def private(self) -> bool:
        return self._target.will_be_private and not self._config.index.url

    @property
    def clients(self) -> ClientSettings:
        if self.private:
            return private_settings(self.name)
        return client_settings(self.url, name=self._target.owner.lower(), store=self.name)

    @property
    def serve(self) -> str:
        return f"ghpypi serve {self.name}" if self.private else ""

    @property
    def upload(self) -> str:
        try:
            return render_upload(self._options())
        except NotFoundError:  # the Action, as the step of the workflow has reported
            return ""


def _config(settings: Settings) -> Config:
    try:
        return settings.config
    except NotAllowedError:
        return Config()  # The step that looks at the token says it better.


def _check_free(settings: Settings) -> None:
    """Refuse a site that has files of others where an index, even an empty one, has its pages.

    Raises:
        OccupiedError: It has.
    """
    site, look, upstream = settings.site(), settings.look(), settings.upstream()
    reporter = TerminalReporter(sys.stderr, os.environ, quiet=True)
    options = IndexOptions(dry_run=True)
    with without_secrets(), ProcessRenderer() as renderer:
        build_index(MemoryStore(), site, look, reporter, options, upstream, renderer)


def _fill(settings: Settings) -> None:
    """Publish the first index: of what is there, or an honest empty one."""
    source, site = settings.source(), settings.site(writing=True)
    look, options = settings.look(), IndexOptions(allow_shrink=True)
    upstream = settings.upstream()
    with without_secrets(), ProcessRenderer() as renderer:
        build_index(source, site, look, settings.reporter, options, upstream, renderer)
