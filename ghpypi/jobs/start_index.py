"""Starting the index workflows of a store, and reporting what was started.

A store has an index of its own, or is one of many in a central index, or both. An index that cannot
be started is reported, but is not a failure: the files are published, and the next index run
includes them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ghpypi.errors import (
    GhpypiError,
    NoIndexWorkflowError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
)
from ghpypi.ports import NOT_BEGUN, IndexBuilder, IndexRun, Reporter


class IndexStart(NamedTuple):
    """The outcome of starting an index run.

    Attributes:
        builder: Starts runs of the index.
        run: The run that was started; `None` if none was.
        error: Why no run was started.
    """

    builder: IndexBuilder
    run: IndexRun | None = None
    error: GhpypiError | None = None


def start_indexes(builders: Sequence[IndexBuilder], reporter: Reporter) -> tuple[IndexStart, ...]:
    """Start the index runs of a store.

    Args:
        builders: That of the store itself, followed by that of the central index if there is one.
            With a central index, the store needs no index of its own.
        reporter: Receives started runs as steps, and failures as warnings.

    Returns:
        The outcomes; without the store's own index if it has none and a central one.

    Raises:
        TryLaterError: A rate limit or outage.
    """
    starts = [_start(builder, central=number > 0) for number, builder in enumerate(builders)]
    if len(starts) > 1 and isinstance(starts[0].error, NoIndexWorkflowError):
        del starts[0]
    for start in starts:
        if start.run is not None:
            reporter.step(_started(start.builder.name, start.run))
        elif start.error is not None:
            reporter.warn(not_started(start.builder.name, start.error))
    return tuple(starts)


def not_started(name: str, error: GhpypiError) -> str:
    """Return the message for an index that was not started, with a hint."""
    hint = f"; {error.hint}" if error.hint else ""
    return (
        f"cannot start the index of {name}, so changes cannot be installed before its next run: "
        f"{error}{hint}"
    )


def _start(builder: IndexBuilder, *, central: bool) -> IndexStart:
    try:
        return IndexStart(builder=builder, run=builder.start())
    except (NotAllowedError, NotFoundError, RefusedError) as error:
        if central and isinstance(error, NotAllowedError | NotFoundError):
            error.hint = _central_hint(builder.name, error)
        return IndexStart(builder=builder, error=error)


def _central_hint(name: str, error: GhpypiError) -> str:
    if isinstance(error, NoIndexWorkflowError):
        return error.hint
    return (
        f"use a token with write access to the contents of {name}: GITHUB_TOKEN of a workflow can "
        "access its own repository only"
    )


def _started(name: str, run: IndexRun) -> str:
    if run.state == NOT_BEGUN:
        return f"requested an index run of {name}, but no run of {run.url} has started yet"
    if run.number is None:
        return f"requested an index run of {name}; it is listed at {run.url}"
    return f"started an index run of {name}: {run.url}"
