"""Messages and progress for users."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from ghpypi.core.progress import BYTES

Advance = Callable[[int], None]
"""Called with a number of completed bytes or other units; negative when an attempt restarts."""


class Reporter(Protocol):
    """Receives messages and progress. Results are printed by commands."""

    def step(self, text: str) -> None:
        """Report the current step."""
        ...

    def note(self, text: str) -> None:
        """Report details of the current step, such as why it waits and for how long."""
        ...

    def warn(self, text: str) -> None:
        """Report a warning."""
        ...

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Show the progress of a task within the `with` block.

        Args:
            label: Describes the task.
            total: The total number of units; `None` if unknown, 0 if there is nothing to show.
            unit: What is counted: `byte`, or another noun in the singular such as `file`.
        """
        ...

    def close(self) -> None:
        """End the output, before results are printed."""
        ...


class SilentReporter:
    """Ignores all messages."""

    def step(self, text: str) -> None:
        """Report nothing."""

    def note(self, text: str) -> None:
        """Report nothing."""

    def warn(self, text: str) -> None:
        """Report nothing."""

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Ignore progress."""
        del label, total, unit
        return nullcontext(lambda _: None)

    def close(self) -> None:
        """Report nothing."""
