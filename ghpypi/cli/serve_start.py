"""What `ghpypi serve` says about its stores before it accepts requests."""

from collections.abc import Sequence

from ghpypi.errors import GhpypiError, NotFoundError
from ghpypi.ports import Reporter
from ghpypi.server.served_store import ServedStore
from ghpypi.workers import workers

THREADS = 8
"""Number of stores that are read at the same time; each waits for GitHub, which may be down."""


def check_stores(served_stores: Sequence[ServedStore], reporter: Reporter) -> None:
    """Read the stores that the server has a token for, and warn of those that cannot be read.

    An outage must not keep a server from starting, and one deleted repository not the server of
    several.

    Raises:
        NotFoundError: No store exists for the token of the server.
    """
    for each in served_stores:
        if each.notice:
            reporter.warn(each.notice)
    own = [each for each in served_stores if each.token]
    if not own:
        return
    with workers(THREADS, "check") as pool:
        errors = list(pool.map(_error_of, own))
    if len(own) == len(served_stores):
        missing = [error for error in errors if isinstance(error, NotFoundError)]
        if len(missing) == len(own):
            raise missing[0]
    for served_store, error in zip(own, errors, strict=True):
        if error:
            hint = f" ({error.hint})" if error.hint else ""
            reporter.warn(f"{served_store.name} cannot be read now: {error.message}{hint}")


def _error_of(served_store: ServedStore) -> GhpypiError | None:
    try:
        served_store.load(None)
    except GhpypiError as error:
        served_store.last_error = str(error)
        return error
    return None
