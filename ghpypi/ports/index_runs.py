"""Remote runs that rebuild an index."""

from typing import NamedTuple, Protocol

NOT_BEGUN = "not begun"
"""The state of a run that was requested but has not appeared, although it would be visible."""


class IndexRun(NamedTuple):
    """A remote run that rebuilds an index, such as a run of a GitHub Actions workflow.

    Attributes:
        url: The page of the run; that of the workflow as long as the run is unknown.
        number: The ID of the run; `None` as long as it is unknown.
        state: The state, such as `queued`, `in_progress` or `NOT_BEGUN`; empty if unknown.
        conclusion: The conclusion, such as `success` or `failure`; empty before the end.
    """

    url: str
    number: int | None = None
    state: str = ""
    conclusion: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it has succeeded."""
        return self.conclusion == "success"

    @property
    def failed(self) -> bool:
        """Whether it has ended without success."""
        return bool(self.conclusion) and not self.succeeded


class IndexBuilder(Protocol):
    """Rebuilds an index on request, in a remote run."""

    @property
    def name(self) -> str:
        """The name of the store of the index."""
        ...

    def start(self) -> IndexRun:
        """Start a run, which includes everything that is published.

        Raises:
            NoIndexWorkflowError: No workflow is triggered by the request.
            NotAllowedError: The token may not start it.
            NotFoundError: The store does not exist, or the token may not read it.
            RefusedError: The workflow is disabled.
        """
        ...

    def current(self, run: IndexRun) -> IndexRun:
        """Return the current state of a run, or the later run that replaced it."""
        ...
