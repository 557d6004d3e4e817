"""Messages and progress for people."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from ghpypi.core.progress import BYTES

Advance = Callable[[int], None]
"""Counts bytes, or other units, that were done; negative when an attempt begins again."""


class Reporter(Protocol):
    """Tells people what is going on. Results are not its business."""

    def step(self, text: str) -> None:
        """Say what is being done now."""
        ...

    def note(self, text: str) -> None:
        """Say something about the current step, such as why it waits and for how long."""
        ...

    def warn(self, text: str) -> None:
        """Say what somebody should know, though the work goes on."""
        ...

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Show that a task is going on, and how far it is.

        Args:
            label: What is being done.
            total: How many units there are; `None` if that is not known, 0 if there is nothing
                to show.
            unit: What is counted: `byte`, or another noun in the singular such as `file`.
        """
        ...

    def close(self) -> None:
        """End what was begun, so that results stand by themselves."""
        ...


class SilentReporter:
    """Reports nothing: what happens is nobody's business, or is read from results."""

    def step(self, text: str) -> None:
        """Report nothing."""

    def note(self, text: str) -> None:
        """Report nothing."""

    def warn(self, text: str) -> None:
        """Report nothing."""

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Count for nobody."""
        del label, total, unit
        return nullcontext(lambda _: None)

    def close(self) -> None:
        """Report nothing."""
