"""Runs that rebuild an index somewhere else."""

from dataclasses import dataclass
from typing import Protocol

NOT_BEGUN = "not begun"
"""The state of a run that was asked for and has not appeared, though it would be visible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRun:
    """A run that rebuilds an index somewhere else, such as a run of a GitHub Actions workflow.

    Attributes:
        url: The page of the run; as long as it is not known which run it is, that of its workflow.
        number: The number of the run; `None` as long as it is not known.
        state: What it does, such as `queued`, `in_progress` or `NOT_BEGUN`; empty if that is not
            known.
        conclusion: How it ended, such as `success` or `failure`; empty before.
    """

    url: str
    number: int | None = None
    state: str = ""
    conclusion: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether it has ended, and well."""
        return self.conclusion == "success"

    @property
    def failed(self) -> bool:
        """Tell whether it has ended otherwise."""
        return bool(self.conclusion) and not self.succeeded


class IndexBuilder(Protocol):
    """Rebuilds an index on request, in a run somewhere else."""

    @property
    def name(self) -> str:
        """Name the store that the index belongs to."""
        ...

    def start(self) -> IndexRun:
        """Start a run; it reads everything that is published by now.

        Raises:
            NoIndexWorkflowError: Nothing there listens to the request.
            NotAllowedError: The token may not start it.
            NotFoundError: The store does not exist, or the token may not see it.
            RefusedError: What listens is switched off.
        """
        ...

    def current(self, run: IndexRun) -> IndexRun:
        """Return a run as it is now, or the later one that took its place."""
        ...
