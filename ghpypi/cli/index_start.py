"""What commands do about the index after they changed what it is made of.

The index of a folder is rebuilt here. That of a repository is rebuilt by a workflow on GitHub,
which is started, and so is the one of the central index repository, if there is one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from ghpypi.cli.index import require_all_read, run_index
from ghpypi.cli.settings import Settings
from ghpypi.errors import GhpypiError
from ghpypi.jobs.index import IndexOptions
from ghpypi.jobs.start_index import IndexStart, start_indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRequest:
    """What the options of a command say about the index.

    Attributes:
        build: Rebuild it here; with `False`, do nothing about it; `None` leaves that to the kind
            of store.
        store: `--index-store`.
    """

    build: bool | None = None
    store: str | None = None

    def check(self, settings: Settings) -> None:
        """Refuse options and a configuration that make no sense, before anything is changed.

        Raises:
            UsageError: The index of another store cannot have the files.
        """
        if self.build is not False:
            settings.central_index(self.store)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutcome:
    """What became of the index.

    Attributes:
        document: All there is to tell, for `--json`; `None` if nothing was to be done.
    """

    document: dict[str, Any] | None = None

    def end(self) -> None:
        """End the command with what is wrong with the index, if anything is.

        Raises:
            DamagedError: Some files could not be read, and are left out until they can.
        """
        require_all_read(self.document)


def index_options(*, central: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options about the index, and their outcome as `request`.

    Args:
        central: The index of another store may have the changes too.
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
                build=options.pop("build_index"), store=options.pop("index_store", None)
            )
            function(*args, request=request, **options)

        return _central_option(command) if central else command

    return decorate


_central_option = click.option(
    "--index-store", metavar="OWNER/REPO",
    help="The central index repository that has the files of this store too. "
    "[default: index-store in ghpypi.toml]",
)  # fmt: skip


def start_or_build(settings: Settings, request: IndexRequest, done: str) -> IndexOutcome:
    """Rebuild the index here or start its workflow; what was done before stays, whatever happens.

    Args:
        settings: Of the command.
        request: What its options say.
        done: What was done, for the error.
    """
    if request.build is False:
        return IndexOutcome()
    try:
        central = settings.central_index(request.store)
        if request.build or settings.locator.kind == "directory":
            built = run_index(central or settings, IndexOptions())
            return IndexOutcome(document={"started": False, **built})
        stores = [settings, *([central] if central else [])]
        builders = [each.index_workflow() for each in stores]
        starts = start_indexes(builders, settings.reporter)
    except GhpypiError as error:
        error.message = f"{done}, but the index was not rebuilt: {error.message}"
        error.hint = error.hint or "run 'ghpypi index' when that is mended"
        raise
    return IndexOutcome(document=_document(starts))


def _document(starts: tuple[IndexStart, ...]) -> dict[str, Any]:
    """Say what was started, for programs; the last one is the index that users install from."""
    last = starts[-1]
    return {
        "started": last.run is not None,
        "url": last.run.url if last.run else "",
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
