"""A reporter that remembers what it was told."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from ghpypi.ports import Advance


class MemoryReporter:
    """Keeps everything that was said."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.totals: list[int] = []
        self.moved = 0
        self._lock = Lock()

    def step(self, text: str) -> None:
        self.steps.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Advance]:
        self.steps.append(label)
        self.totals.append(total)
        yield self._advance

    def close(self) -> None:
        """Nothing was begun."""

    def _advance(self, size: int) -> None:
        with self._lock:
            self.moved += size
