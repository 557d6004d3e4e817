"""Start the indexes that have the files of a store, and say what was started.

A store has an index of its own, or is one of many that a central index reads, or both. What cannot
be started is reported and is no failure: what was published is published, and the next run of an
index takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ghpypi.errors import (
    GhpypiError,
    NoIndexWorkflowError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
)
from ghpypi.ports import NOT_BEGUN, IndexBuilder, IndexRun, Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStart:
    """What became of starting one index.

    Attributes:
        builder: Rebuilds the index.
        run: The run that was started; `None` if none was.
        error: Why none was started.
    """

    builder: IndexBuilder
    run: IndexRun | None = None
    error: GhpypiError | None = None


def start_indexes(builders: Sequence[IndexBuilder], reporter: Reporter) -> tuple[IndexStart, ...]:
    """Start indexes.

    Args:
        builders: The index of the store itself, and after it the central one if there is one. Then
            the store need not have an index of its own.
        reporter: Says what was started, and warns of what was not.

    Returns:
        What became of each; without the store's own index if it has none and need not have one.

    Raises:
        TryLaterError: The remote refuses for now.
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
    """Say why an index was not started, and what to do."""
    hint = f"; {error.hint}" if error.hint else ""
    return (
        f"the index of {name} was not started, so what is new cannot be installed before its next "
        f"run: {error}{hint}"
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
        f"give a token that may write to the contents of {name} too: that of a workflow reaches no "
        "other repository than its own"
    )


def _started(name: str, run: IndexRun) -> str:
    if run.state == NOT_BEGUN:
        return f"asked for a new index of {name}, but no run of {run.url} has begun yet"
    if run.number is None:
        return f"asked for a new index of {name}; its run is listed at {run.url}"
    return f"started the index of {name}: {run.url}"
