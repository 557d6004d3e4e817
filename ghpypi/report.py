"""What people read while a command runs. Results are printed by the commands themselves."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

from ghpypi.errors import GhpypiError
from ghpypi.ports import Advance

_COLOURS = {"error": "31", "warning": "33", "hint": "36", "note": "2"}
_REDRAW_SECONDS = 0.1


class TerminalReporter:
    """Plain lines on a stream; on a terminal, colour and a progress line too.

    Args:
        stream: Where to write, mostly standard error.
        environment: Consulted for `NO_COLOR` and `FORCE_COLOR`.
        quiet: Say warnings and errors only.
    """

    def __init__(
        self, stream: TextIO, environment: Mapping[str, str], *, quiet: bool = False
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._interactive = stream.isatty()
        self._colour = _wants_colour(environment, interactive=self._interactive)
        self._lock = Lock()

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if not self._quiet:
            self._line(self._paint("note", text))

    def warn(self, text: str) -> None:
        """Say what somebody should know."""
        self._line(f"{self._paint('warning', 'warning:')} {text}")

    def error(self, error: GhpypiError) -> None:
        """Say what went wrong, and what to do."""
        self._line(f"{self._paint('error', 'error:')} {error}")
        if error.hint:
            self._line(f"{self._paint('hint', 'hint:')} {error.hint}")

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Advance]:
        """Show how far a long task is, on a terminal only."""
        if self._quiet or not self._interactive or not total:
            yield lambda _: None
            return
        bar = _Progress(self._stream, label, total)
        try:
            yield bar.advance
        finally:
            bar.clear()

    def _line(self, text: str) -> None:
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}\n" if self._interactive else f"{text}\n")
            self._stream.flush()

    def _paint(self, name: str, text: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self._colour else text


class _Progress:
    """One line that is drawn over and over."""

    def __init__(self, stream: TextIO, label: str, total: int) -> None:
        self._stream = stream
        self._label = label
        self._total = total
        self._done = 0
        self._drawn = 0.0
        self._lock = Lock()

    def advance(self, size: int) -> None:
        with self._lock:
            self._done += size
            now = time.monotonic()
            if now - self._drawn >= _REDRAW_SECONDS:
                self._drawn = now
                self._draw()

    def clear(self) -> None:
        self._stream.write("\r\x1b[K")
        self._stream.flush()

    def _draw(self) -> None:
        part = min(self._done / self._total, 1.0)
        filled = round(part * 30)
        bar = "#" * filled + "." * (30 - filled)
        self._stream.write(
            f"\r\x1b[K{self._label} [{bar}] {part:4.0%}  "
            f"{human_size(self._done)} of {human_size(self._total)}"
        )
        self._stream.flush()


def human_size(size: float) -> str:
    """Say a number of bytes as people do."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _wants_colour(environment: Mapping[str, str], *, interactive: bool) -> bool:
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or interactive
