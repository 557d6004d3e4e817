"""The steps that set up a store."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator

if TYPE_CHECKING:
    from ghpypi.core.initial_files import ClientSettings


class Finding(NamedTuple):
    """The result of checking a setup step; complete if both attributes are empty.

    Attributes:
        missing: What is to be done, such as "created" or "switched on".
        left: What differs, but is not changed.
        intended: What is left is what was chosen, so there is nothing to check about it.
    """

    missing: str = ""
    left: str = ""
    intended: bool = False


class SetupStep(Protocol):
    """A step of the setup of a store."""

    @property
    def title(self) -> str:
        """The title, a word or two."""
        ...

    @property
    def page(self) -> str:
        """The URL of the page to do it manually; may be empty."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The titles of steps that must be complete before."""
        ...

    def check(self) -> Finding:
        """Check the current state, without changes.

        Raises:
            GhpypiError: The step cannot be applied.
        """
        ...

    def apply(self) -> str:
        """Apply the step; return why it was skipped, or an empty string.

        Raises:
            GhpypiError: The step cannot be applied.
        """
        ...


class SiteSetup(NamedTuple):
    """What a store needs to have the site of another store.

    Attributes:
        step: Creates it, or checks that it exists.
        manual: The settings that a person has to make by hand, as titles and texts.
    """

    step: SetupStep
    manual: tuple[tuple[str, str], ...] = ()


class SetupRequest(NamedTuple):
    """What the user chose, and how the site of the store is written.

    Attributes:
        private: Make the repository private, or public; `None` if it was not said.
        pages: Publish on Pages, or do not; `None` leaves it to the repository.
        immutable: Switch immutable releases on, or leave them; `None` leaves it to the repository.
        teams: Teams and their roles.
        action: The Action that workflows use; empty for the release of this version.
        config: The configuration, as far as there is one.
        check: Raises `OccupiedError` if files of others are in the way of the index. Called with
            the current name of the store; `None` if it cannot be renamed.
        fill: Publishes the first index; called with the same.
        published: Returns whether there is an index.
        site: The store of the site, if it is another one.
    """

    private: bool | None
    pages: bool | None
    immutable: bool | None
    teams: tuple[tuple[str, str], ...]
    action: str
    config: Config
    check: Callable[[Locator | None], None]
    fill: Callable[[Locator | None], None]
    published: Callable[[], bool]
    site: SiteSetup | None = None

    @property
    def site_steps(self) -> tuple[SetupStep, ...]:
        """The steps for the store of the site, if it is another one."""
        return (self.site.step,) if self.site else ()

    @property
    def site_manual(self) -> tuple[tuple[str, str], ...]:
        """The settings of the store of the site, if it is another one."""
        return self.site.manual if self.site else ()


class Setup(Protocol):
    """A store, to be set up."""

    @property
    def name(self) -> str:
        """The current name of the store."""
        ...

    @property
    def url(self) -> str:
        """Give the address of its site, ending in `/`; empty if it is not known."""
        ...

    @property
    def folder(self) -> str:
        """Give the folder of its main index on the site, ending in `/`; empty for its root."""
        ...

    @property
    def private(self) -> bool:
        """Return whether installers need `ghpypi run` or `ghpypi serve`."""
        ...

    @property
    def clients(self) -> "ClientSettings":
        """Give the settings for installers."""
        ...

    @property
    def serve(self) -> str:
        """Give the command that serves the index; empty where it is served already."""
        ...

    @property
    def upload(self) -> str:
        """The step that publishes from a workflow; empty if there is none."""
        ...

    @property
    def manual(self) -> tuple[tuple[str, str], ...]:
        """Return the settings that a person has to make by hand, as titles and texts."""
        ...

    def steps(self) -> Iterator[SetupStep]:
        """Return the steps in order."""
        ...
