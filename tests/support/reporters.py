"""A reporter that remembers what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager

from ghpypi.core.progress import BYTES
from ghpypi.ports import Advance
from ghpypi.progress import Task


class MemoryReporter:
    """Keeps everything that was said."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.tasks: list[Task] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    @contextmanager
    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> Iterator[Advance]:
        task = Task(label, total, unit)
        self.tasks.append(task)
        yield task.advance

    def close(self) -> None:
        """Nothing was begun."""
