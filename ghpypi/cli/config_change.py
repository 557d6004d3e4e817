"""Commands that change `ghpypi.toml`: the options they share, the change, and the index run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from ghpypi.cli.index_start import IndexOutcome, IndexRequest, index_options, start_or_build
from ghpypi.cli.output import say, say_text
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import deliver
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.model import Project
from ghpypi.core.text_comparison import diff_text
from ghpypi.errors import NotFoundError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOptions:
    """The options of a command that changes the configuration.

    Attributes:
        dry_run: Print the change only.
        pull_request: Open a pull request with the change.
        index: The options about the index.
    """

    dry_run: bool
    pull_request: bool
    index: IndexRequest

    def check(self, settings: Settings) -> None:
        """Check the options before anything is read.

        Raises:
            UsageError: `--wait` is used although the command publishes nothing.
        """
        without = "--dry-run" if self.dry_run else "--pr" if self.pull_request else ""
        self.index.check(settings, without=without)
        if self.pull_request and settings.local_config:
            raise UsageError(
                f"--pr cannot be used with {settings.local_config}, a file on this machine",
                hint="leave out --pr, and push the change to a branch",
            )
        if self.index.wait and self.must_be_pushed(settings):
            raise UsageError(
                f"--wait has no effect before {settings.local_config} is committed and pushed"
            )

    def must_be_pushed(self, settings: Settings) -> bool:
        """Return whether the user must push the change before the index can be rebuilt."""
        elsewhere = settings.backend.capabilities.builds_elsewhere
        return self.index.build is None and elsewhere and settings.local_config is not None


def change_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that changes the configuration, passed as `options`."""

    @click.option(
        "--dry-run", is_flag=True,
        help="Print the change of the configuration, without writing it.",
    )  # fmt: skip
    @click.option(
        "--pr", "pull_request", is_flag=True,
        help="Open a pull request with the change, such as for a protected branch.",
    )  # fmt: skip
    @index_options(central=False)
    @wraps(function)
    def command(
        *args: Any, dry_run: bool, pull_request: bool, request: IndexRequest, **options: Any
    ) -> None:
        made = ChangeOptions(dry_run=dry_run, pull_request=pull_request, index=request)
        function(*args, options=made, **options)

    return command


reason_option = click.option(
    "--reason",
    metavar="TEXT",
    default="",
    help="Why; kept in the configuration and in its history.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """A change of the configuration, and what the command prints about it.

    Attributes:
        edit: Takes the text and returns the new one; may be called again.
        message: The commit message.
        subject: What is changed, such as `acme-lib 1.0`.
        done: What was done, such as `promoted to stable`.
        already: The state if there was nothing to change, such as `in stable already`.
        document: What `--json` prints about the command.
        index: The named index that must show the change; `None` for any.
        sets_hold: The change is the hold of the index itself, so it is shown although other changes
            are not.
    """

    edit: Callable[[str], str]
    message: str
    subject: str
    done: str
    already: str
    document: dict[str, Any]
    index: str | None = None
    sets_hold: bool = False


def apply_change(
    settings: Settings,
    options: ChangeOptions,
    change: ConfigChange,
    files: Callable[[Config], Sequence[PublishedFile]],
) -> None:
    """Change the configuration, and update the index.

    Args:
        settings: The settings of the command.
        options: Its options.
        change: The change.
        files: Returns the files that `--wait` waits for, given the new configuration.
    """
    document = _edit(settings, options, change)
    effective = not (options.dry_run or document["pull-request"])
    outcome = _update_index(settings, options, change, files) if effective else IndexOutcome()
    document["index"] = outcome.document
    deliver(
        document,
        lambda: outcome.outputs(settings, options.index, changed=document["changed"] and effective),
        as_json=settings.json,
        summary=outcome.summary,
    )
    outcome.end()


def _edit(settings: Settings, options: ChangeOptions, change: ConfigChange) -> dict[str, Any]:
    """Change the configuration as the options say, and print the outcome; return it as JSON."""
    done, proposal, difference = change.done, "", ""

    def edit(text: str) -> str:
        nonlocal difference
        after = change.edit(text)
        difference = diff_text(text, after, CONFIG_FILE)
        return after

    if options.dry_run:
        edit(settings.config_file.read().text)
        changed = bool(difference)
        done = f"would be {done}"
    else:
        edited = settings.edit_config(edit, change.message, propose=options.pull_request)
        changed = edited.changed
        if proposal := edited.proposal:
            done = f"will be {done} by {proposal}"
    if not settings.json:
        say_text(difference if options.dry_run else "")
        say(f"{change.subject}: {done if changed else change.already}")
    return {
        "store": str(settings.locator),
        **change.document,
        "dry-run": options.dry_run,
        "changed": changed,
        "diff": difference,
        "pull-request": proposal or None,
    }


def _update_index(
    settings: Settings,
    options: ChangeOptions,
    change: ConfigChange,
    files: Callable[[Config], Sequence[PublishedFile]],
) -> IndexOutcome:
    """Update the index even without a change, because the last run may have failed."""
    if options.must_be_pushed(settings):
        settings.reporter.step(
            f"commit and push {settings.local_config} to include the change in the next index run"
        )
        return IndexOutcome()
    return start_or_build(
        settings,
        options.index,
        f"{CONFIG_FILE} is changed",
        files(settings.config),
        index=change.index,
        sets_hold=change.sets_hold,
    )


def known_project(catalog: Catalog, pin: Pin, *, may_be_gone: bool = False) -> Project:
    """Return the project of a version, which must be in the published index.

    Args:
        catalog: The index.
        pin: The version.
        may_be_gone: It may have been deleted.

    Raises:
        NotFoundError: The index does not have it.
    """
    line = catalog.lines.get(pin.name)
    project = line.entry().project if line else Project(name=pin.name, files=())
    if not may_be_gone and not pin.files_of(project).files:
        there = ", ".join(project.versions[-10:])
        raise NotFoundError(
            f"the published index has no {pin.name} {pin.version}",
            hint=f"it has {there}" if there else "'ghpypi list' names all projects",
        )
    return project
