"""What people read while a command runs. Results are printed by the commands themselves."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from ghpypi.errors import GhpypiError

if TYPE_CHECKING:  # `ghpypi --help` needs this module, and none of what ports import
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
            self._line(self._paint("note", printable(text)))

    def note(self, text: str) -> None:
        """Say something about the current step."""
        self.step(text)

    def warn(self, text: str) -> None:
        """Say what somebody should know."""
        self._line(f"{self._paint('warning', 'warning:')} {printable(text)}")

    def error(self, error: GhpypiError) -> None:
        """Say what went wrong, and what to do."""
        self._line(f"{self._paint('error', 'error:')} {printable(str(error))}")
        if error.hint:
            self._line(f"{self._paint('hint', 'hint:')} {printable(error.hint)}")

    @contextmanager
    def progress(self, label: str, total: int) -> "Iterator[Advance]":
        """Show how far a long task is, on a terminal only."""
        if self._quiet or not self._interactive or not total:
            yield lambda _: None
            return
        bar = _Progress(self._stream, label, total)
        try:
            yield bar.advance
        finally:
            bar.clear()

    def close(self) -> None:
        """Leave nothing open; plain lines never do."""

    def _line(self, text: str) -> None:
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}\n" if self._interactive else f"{text}\n")
            self._stream.flush()

    def _paint(self, name: str, text: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self._colour else text


class GitHubReporter:
    """Workflow commands, for the log of a GitHub Actions run: groups and annotations.

    Source: GitHub documentation, "Workflow commands for GitHub Actions".

    Args:
        stream: Where to write.
        quiet: Say warnings and errors only.
    """

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._quiet = quiet
        self._grouped = False
        self._lock = Lock()

    def step(self, text: str) -> None:
        """Begin a group; what was said before it ends the last one."""
        if not self._quiet:
            self.close()
            self._grouped = True
            self._line(f"::group::{_escaped(text)}")

    def note(self, text: str) -> None:
        """Write a line into the current group."""
        if not self._quiet:
            # Not at the start of a line, where the runner looks for commands.
            self._line(f"note: {' '.join(printable(text).splitlines())}")

    def warn(self, text: str) -> None:
        """Annotate the run with a warning."""
        self._line(f"::warning title=ghpypi::{_escaped(text)}")

    def error(self, error: GhpypiError) -> None:
        """Annotate the run with an error, and what to do about it."""
        self.close()
        hint = f"\nhint: {error.hint}" if error.hint else ""
        self._line(f"::error title=ghpypi::{_escaped(f'{error}{hint}')}")

    @contextmanager
    def progress(self, label: str, total: int) -> "Iterator[Advance]":
        """Say what begins; a log has no use for a bar."""
        if total:
            self.step(f"{label} {human_size(total)}")
        yield lambda _: None

    def close(self) -> None:
        """End the group, so that results stand outside of it."""
        if self._grouped:
            self._grouped = False
            self._line("::endgroup::")

    def _line(self, text: str) -> None:
        with self._lock:
            self._stream.write(f"{text}\n")
            self._stream.flush()


def in_workflow(environment: Mapping[str, str]) -> bool:
    """Tell whether we run in GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def choose_reporter(
    stream: TextIO, environment: Mapping[str, str], *, quiet: bool = False
) -> TerminalReporter | GitHubReporter:
    """Give the reporter that fits where we run."""
    if in_workflow(environment):
        return GitHubReporter(stream, quiet=quiet)
    return TerminalReporter(stream, environment, quiet=quiet)


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


def printable(text: str) -> str:
    """Take the power out of control characters: names and reasons come from strangers."""
    return "".join(
        each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text
    )


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


def _escaped(text: str) -> str:
    """Keep a message in one workflow command, whatever it holds."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")
