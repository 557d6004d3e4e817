"""Updating the index after a command changed releases or the configuration.

The index of a directory store is rebuilt locally. For a repository, its index workflow on GitHub is
started, and that of the central index, if there is one.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple

import click

from ghpypi.cli.central_index import central_index
from ghpypi.cli.hold import warn_of_hold
from ghpypi.cli.options import DurationType
from ghpypi.cli.settings import Settings
from ghpypi.cli.unread_files import require_all_read
from ghpypi.cli.workflow_files import StepOutputs, index_url
from ghpypi.core.config.hold import END_HINT
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.quantities import count_of
from ghpypi.errors import GhpypiError, TryLaterError, UsageError
from ghpypi.jobs.installable import IndexView, WaitLimit, wait_until_installable
from ghpypi.jobs.start_index import IndexStart, start_indexes

WAIT_SECONDS = 1200
"""Default of --wait-timeout: minutes for a queued run, one or two for Pages, and ten for caches."""


class IndexRequest(NamedTuple):
    """The options of a command about the index.

    Attributes:
        build: Rebuild it locally; `False` for no update; `None` to decide by the kind of store.
        store: The value of `--index-store`.
        central: Whether a central index may include the changes.
        wait: Wait until the published files can be installed.
        timeout: Maximum time to wait, in seconds.
    """

    build: bool | None = None
    store: str | None = None
    central: bool = True
    wait: bool = False
    timeout: float = WAIT_SECONDS

    def check(self, settings: Settings, *, without: str = "") -> None:
        """Check the options before anything is changed.

        Args:
            settings: The settings of the command.
            without: The option that prevents publishing, such as `--draft`; empty if not given.

        Raises:
            UsageError: `--wait` is used although nothing is published, or `--index-store` cannot
                include the files.
        """
        without = without or ("--no-rebuild" if self.build is False else "")
        if self.wait and without:
            raise UsageError(f"--wait cannot be used with {without}, which publishes nothing")
        if self.build is not False:
            self.users(settings)

    def users(self, settings: Settings) -> Settings:
        """Return the settings of the index that users install from: the central one, if any."""
        return (central_index(settings, self.store) if self.central else None) or settings


class IndexOutcome(NamedTuple):
    """The outcome of the update of the index.

    Attributes:
        users: The settings of the index that users install from; `None` without an update.
        document: The report for `--json`; `None` without an update.
        summary: Lines of Markdown about a locally built index.
        error: Why the published files cannot be installed yet, with `--wait`.
    """

    users: Settings | None = None
    document: dict[str, Any] | None = None
    summary: tuple[str, ...] = ()
    error: GhpypiError | None = None

    def outputs(
        self,
        settings: Settings,
        request: IndexRequest,
        *,
        changed: bool,
        files: Sequence[PublishedFile] | None = None,
    ) -> StepOutputs:
        """Return the outputs of the workflow step.

        Args:
            settings: The settings of the command.
            request: The options about the index.
            changed: Whether the command changed anything.
            files: The published files; `None` if the command publishes none.
        """
        return StepOutputs(
            index_url=index_url(self.users or request.users(settings)),
            run_url=(self.document or {}).get("url") or "",
            changed=changed,
            projects=None if files is None else len({file.project for file in files}),
            files=None if files is None else len(files),
        )

    def end(self) -> None:
        """Raise the error of the update, if there is one.

        Raises:
            DamagedError: Some files could not be read, and are not in the index.
            GhpypiError: The published files cannot be installed yet.
        """
        if self.error is not None:
            raise self.error
        require_all_read(self.document)


def index_options(
    *, central: bool = True, wait: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds the options about the index, passed as `request`.

    Args:
        central: Add `--index-store`: a central index may include the changes.
        wait: Add `--wait` and `--wait-timeout`: the command publishes files.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @_rebuild
        @wraps(function)
        def command(*args: Any, **options: Any) -> None:
            request = IndexRequest(
                build=options.pop("build_index"),
                store=options.pop("index_store", None),
                central=central,
                wait=options.pop("wait", False),
                timeout=options.pop("wait_timeout", WAIT_SECONDS),
            )
            function(*args, request=request, **options)

        decorated: Callable[..., None] = command
        for option, wanted in ((_timeout, wait), (_wait, wait), (_central, central)):
            decorated = option(decorated) if wanted else decorated
        return decorated

    return decorate


_rebuild = click.option(
    "--rebuild/--no-rebuild", "build_index", default=None,
    help="Rebuild the index here, or do not update it. [default: rebuild the index of a folder, "
    "start the index workflow of a repository]",
)  # fmt: skip
_central = click.option(
    "--index-store", metavar="OWNER/REPO",
    help="Central index repository that includes the files of this store. "
    "[default: index-store in ghpypi.toml]",
)  # fmt: skip
_wait = click.option(
    "--wait", is_flag=True,
    help="Wait until installers see the files or the change; exit with 7 on timeout.",
)  # fmt: skip
_timeout = click.option(
    "--wait-timeout", metavar="DURATION", type=DurationType(), default=f"{WAIT_SECONDS // 60}m",
    show_default=True, help="Maximum time for --wait.",
)  # fmt: skip


def start_or_build(
    settings: Settings,
    request: IndexRequest,
    done: str,
    files: Sequence[PublishedFile] = (),
    *,
    index: str | None = None,
    sets_hold: bool = False,
) -> IndexOutcome:
    """Rebuild the index locally or start its workflow; errors do not undo the command's changes.

    Args:
        settings: The settings of the command.
        request: The options about the index.
        done: What the command has done, for error messages.
        files: The published files to wait for.
        index: The named index that must include them; `None` for any.
        sets_hold: The index is to show an earlier state from now on.
    """
    if request.build is False:
        return IndexOutcome()
    try:
        users = request.users(settings)
        elsewhere = settings.backend.capabilities.builds_elsewhere
        if request.build or not elsewhere:
            document, lines = _built(users)
            start = None
        else:
            stores = [settings, *([users] if users is not settings else [])]
            builders = [each.backend.index_builder() for each in stores]
            starts = start_indexes(builders, settings.reporter)
            document, start, lines = _document(starts), starts[-1], ()
    except GhpypiError as error:
        error.message = f"{done}, but the index was not rebuilt: {error.message}"
        error.hint = error.hint or "fix the cause, then run 'ghpypi index'"
        raise
    if not sets_hold and start:  # a local run has warned
        warn_of_hold(users)
    if not request.wait or not users.backend.capabilities.builds_elsewhere:
        return IndexOutcome(users=users, document=document, summary=lines)
    if start and start.error:
        message = f"{done}, but cannot be waited for: the index of {users.locator} was not started"
        missing: GhpypiError | None = type(start.error)(message)
    elif users.config.hold and not sets_hold:
        missing = TryLaterError(
            f"{done}, but installers do not see it: the index of {users.locator} is "
            f"{users.config.hold.state}",
            hint=END_HINT,
        )
    else:
        missing = _wait_for(files, users, start, request, index)
        if missing:
            missing.message = f"{done}, but {missing.message}"
    document = {**document, "installable": missing is None}
    return IndexOutcome(users=users, document=document, summary=lines, error=missing)


def _built(users: Settings) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Rebuild the index here; return the report of the run, and its summary in Markdown.

    Raises:
        GhpypiError: It was not rebuilt completely.
    """
    # An index run is slow to import, and that of a repository is a workflow.
    from ghpypi.cli.index import run_index  # noqa: PLC0415
    from ghpypi.cli.index_summary import summary  # noqa: PLC0415
    from ghpypi.jobs.index.outcome import IndexOptions  # noqa: PLC0415

    built = run_index(users, IndexOptions())
    built.require_completion()
    return dict(built.document), tuple(summary(built.report, built.report.address))


def _wait_for(
    files: Sequence[PublishedFile],
    users: Settings,
    start: IndexStart | None,
    request: IndexRequest,
    index: str | None,
) -> GhpypiError | None:
    """Wait until the index that users install from has the files; return an error if it fails."""
    # The HTTP library is slow to import, and most commands wait for nothing.
    from ghpypi.stores.upstream import HttpPages  # noqa: PLC0415

    try:
        view = IndexView(
            name=users.locator.value,
            site=users.opened.site(),
            config=users.config,
            store=users.store_name,
            address=users.public_address(),
            pages=HttpPages(),
            builder=start.builder if start else None,
            wanted=index,
        )
        place = wait_until_installable(
            files,
            view,
            users.reporter,
            WaitLimit(timeout=request.timeout),
            run=start.run if start else None,
        )
    except GhpypiError as error:
        return error
    count = count_of(len(files), "file")
    if not files:
        users.reporter.step(f"the index run of {place} has ended")
    elif any(file.is_change for file in files):
        users.reporter.step(f"{place} shows the change")
    else:
        users.reporter.step(f"{count} can be installed from {place}")
    return None


def _document(starts: tuple[IndexStart, ...]) -> dict[str, Any]:
    """Return the JSON report of started workflows; the last one is that of the users' index."""
    last = starts[-1]
    return {
        "started": last.run is not None,
        "url": last.run.url if last.run else None,
        "installable": None,
        "runs": [_run_document(each) for each in starts],
    }


def _run_document(start: IndexStart) -> dict[str, Any]:
    run, error = start.run, start.error
    return {
        "store": start.builder.name,
        "started": run is not None,
        "url": run.url if run else None,
        "run": run.number if run else None,
        "reason": error.message if error else "",
        "hint": error.hint if error else "",
    }
