"""What commands do about the index after they changed what it is made of.

The index of a folder is rebuilt here. That of a repository is rebuilt by a workflow on GitHub,
which is started, and so is the one of the central index repository, if there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from ghpypi.cli.central_index import central_index
from ghpypi.cli.index import require_all_read, run_index
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import StepOutputs, index_url, summary
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.quantities import count_of
from ghpypi.errors import GhpypiError, UsageError
from ghpypi.jobs.index import IndexOptions
from ghpypi.jobs.installable import IndexView, Patience, wait_until_installable
from ghpypi.jobs.start_index import IndexStart, start_indexes
from ghpypi.stores.upstream import HttpPages

WAIT_SECONDS = 1200.0
"""A run in a queue takes some minutes, Pages one or two, and caches keep pages for ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRequest:
    """What the options of a command say about the index.

    Attributes:
        build: Rebuild it here; with `False`, do nothing about it; `None` leaves that to the kind
            of store.
        store: `--index-store`.
        central: The index of another store may have the changes too.
        wait: Wait until what was published can be installed.
        timeout: How long to wait for that, in seconds.
    """

    build: bool | None = None
    store: str | None = None
    central: bool = True
    wait: bool = False
    timeout: float = WAIT_SECONDS

    def check(self, settings: Settings, *, without: str = "") -> None:
        """Refuse options and a configuration that make no sense, before anything is changed.

        Args:
            settings: Of the command.
            without: The option with which nothing is published; empty if it was not given.

        Raises:
            UsageError: There is nothing to wait for, or the index of another store cannot have
                the files.
        """
        without = without or ("--no-index" if self.build is False else "")
        if self.wait and without:
            raise UsageError(f"with {without} there is nothing that --wait could wait for")
        if self.build is not False:
            self.users(settings)

    def users(self, settings: Settings) -> Settings:
        """Give the settings of the index that users install from: the central one, if any."""
        return (central_index(settings, self.store) if self.central else None) or settings


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutcome:
    """What became of the index.

    Attributes:
        users: The settings of the index that users install from; `None` if nothing was to be done.
        document: All there is to tell, for `--json`; `None` likewise.
        summary: Lines of Markdown about an index that was rebuilt here.
        error: Why what was published cannot be installed, although that was to be waited for.
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
        """Say what later steps of a job may need to know of the command.

        Args:
            settings: Of the command.
            request: What its options say.
            changed: Whether it changed anything.
            files: What it published; `None` if it publishes none.
        """
        return StepOutputs(
            index_url=index_url(self.users or request.users(settings)),
            run_url=(self.document or {}).get("url", ""),
            changed=changed,
            projects=None if files is None else len({file.project for file in files}),
            files=None if files is None else len(files),
        )

    def end(self) -> None:
        """End the command with what is wrong with the index, if anything is.

        Raises:
            DamagedError: Some files could not be read, and are left out until they can.
            GhpypiError: What was published cannot be installed.
        """
        if self.error is not None:
            raise self.error
        require_all_read(self.document)


def index_options(
    *, central: bool = True, wait: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options about the index, and their outcome as `request`.

    Args:
        central: The index of another store may have the changes too.
        wait: There are files that can be waited for.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--index/--no-index", "build_index", default=None,
            help="Rebuild the index from here, or not at all. [default: a folder's is rebuilt; of "
            "a repository, the index workflow is started]",
        )  # fmt: skip
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


_central = click.option(
    "--index-store", metavar="OWNER/REPO",
    help="The central index repository that has the files of this store too. "
    "[default: index-store in ghpypi.toml]",
)  # fmt: skip
_wait = click.option(
    "--wait", is_flag=True,
    help="Wait until what was published can be installed; exit 7 if it cannot in time.",
)  # fmt: skip
_timeout = click.option(
    "--wait-timeout", metavar="SECONDS", type=click.FloatRange(min=0), default=WAIT_SECONDS,
    show_default=True, help="Maximum time for --wait.",
)  # fmt: skip


def start_or_build(
    settings: Settings,
    request: IndexRequest,
    done: str,
    files: Sequence[PublishedFile] = (),
    *,
    index: str | None = None,
) -> IndexOutcome:
    """Rebuild the index here or start its workflow; what was done before stays, whatever happens.

    Args:
        settings: Of the command.
        request: What its options say.
        done: What was done, for the error.
        files: What was published, to wait for.
        index: The named index that is to have it; `None` for any.
    """
    if request.build is False:
        return IndexOutcome()
    try:
        users = request.users(settings)
        elsewhere = settings.backend.capabilities.builds_elsewhere
        if request.build or not elsewhere:
            built = run_index(users, IndexOptions())
            document, start = {"started": False, **built.document}, None
            lines = tuple(summary(built.report, built.address))
        else:
            stores = [settings, *([users] if users is not settings else [])]
            builders = [each.backend.index_builder() for each in stores]
            starts = start_indexes(builders, settings.reporter)
            document, start, lines = _document(starts), starts[-1], ()
    except GhpypiError as error:
        error.message = f"{done}, but the index was not rebuilt: {error.message}"
        error.hint = error.hint or "run 'ghpypi index' when that is mended"
        raise
    if not request.wait or not files or not users.backend.capabilities.builds_elsewhere:
        return IndexOutcome(users=users, document=document, summary=lines)
    if start and start.error:
        message = f"{done}, but cannot be waited for: the index of {users.locator} was not started"
        missing: GhpypiError | None = type(start.error)(message)
    else:
        missing = _wait_for(files, users, start, request, index)
        if missing:
            missing.message = f"{done}, but {missing.message}"
    document = {**document, "installable": missing is None}
    return IndexOutcome(users=users, document=document, summary=lines, error=missing)


def _wait_for(
    files: Sequence[PublishedFile],
    users: Settings,
    start: IndexStart | None,
    request: IndexRequest,
    index: str | None,
) -> GhpypiError | None:
    """Wait until the index that users install from has files; return why it has not got them."""
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
            Patience(timeout=request.timeout),
            run=start.run if start else None,
        )
    except GhpypiError as error:
        return error
    count = count_of(len(files), "file")
    users.reporter.step(f"{count} can be installed from {place}")
    return None


def _document(starts: tuple[IndexStart, ...]) -> dict[str, Any]:
    """Say what was started, for programs; the last one is the index that users install from."""
    last = starts[-1]
    return {
        "started": last.run is not None,
        "url": last.run.url if last.run else "",
        "installable": None,
        "runs": [_run_document(each) for each in starts],
    }


def _run_document(start: IndexStart) -> dict[str, Any]:
    run, error = start.run, start.error
    return {
        "store": start.builder.name,
        "started": run is not None,
        "url": run.url if run else "",
        "run": run.number if run else None,
        "reason": error.message if error else "",
        "hint": error.hint if error else "",
    }
