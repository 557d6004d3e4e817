"""Reporters: messages and progress while a command runs. Commands print results themselves."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TextIO

from ghpypi.core.plain_text import plain, plain_json
from ghpypi.core.progress import BYTES
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError
from ghpypi.progress import Clock, Task
from ghpypi.progress_output import Activity, Display, LogLines, clear_progress, logged, shown

if TYPE_CHECKING:  # for speed: `ghpypi --help` imports this module
    from ghpypi.ports import Advance

_LOGGER = "ghpypi"
_COLORS = {"error": "31", "warning": "33", "hint": "36", "note": "2"}
SHORTEST_SECRET = 8
"""Minimum length of masked secrets: shorter ones could be part of any word."""


class TerminalReporter:
    """Writes plain lines; on a terminal, also with colors and a progress line.

    Args:
        stream: The stream, usually standard error.
        environment: Environment variables: `NO_COLOR` and `FORCE_COLOR`.
        quiet: Write warnings and errors only.
        activity: Shown as progress until the first step; empty to show tasks only.
        clock: Monotonic clock, in seconds.
        ticking: Redraw the progress line in a thread; `None` for on a terminal only.
    """

    def __init__(  # noqa: PLR0913 - the last two are for tests
        self,
        stream: TextIO,
        environment: Mapping[str, str],
        *,
        quiet: bool = False,
        activity: str = "",
        clock: Clock = time.monotonic,
        ticking: bool | None = None,
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._clock = clock
        interactive = stream.isatty()
        self._display = (
            Display(stream, environment, ticking=ticking is not False, clock=clock)
            if interactive
            else None
        )
        self._log = LogLines(self.note, ticking=bool(ticking), clock=clock)
        self._activity = Activity(self._display or self._log, activity, quiet=quiet)
        self._color = _wants_color(environment, interactive=interactive)
        self._lock = Lock()

    def step(self, text: str) -> None:
        """Report the current step."""
        self.note(text)
        self._activity.change(_one_line(text))

    def note(self, text: str) -> None:
        """Report details of the current step."""
        if not self._quiet:
            self._line(self._paint("note", printable(text)))

    def warn(self, text: str) -> None:
        """Report a warning."""
        self._line(f"{self._paint('warning', 'warning:')} {printable(text)}")

    def error(self, error: GhpypiError) -> None:
        """Report an error with its hint."""
        self._line(f"{self._paint('error', 'error:')} {printable(str(error))}")
        if error.hint:
            self._line(f"{self._paint('hint', 'hint:')} {printable(error.hint)}")

    @contextmanager
    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> "Iterator[Advance]":
        """Show the progress of a task; without a terminal, as a line from time to time."""
        task = Task(_one_line(label), total, unit, clock=self._clock)
        if self._quiet or total == 0:
            yield task.advance
        elif self._display is None:
            with shown(task, self._log):
                yield logged(task, self._log)
        else:
            with shown(task, self._display):
                yield task.advance

    def tick(self) -> None:
        """Show the progress, if no thread does."""
        (self._display or self._log).tick()

    def close(self) -> None:
        """End the progress line, until the next step."""
        self._activity.end()

    def _line(self, text: str) -> None:
        if self._display:
            self._display.write(text)
            return
        self._log.note_line()
        with self._lock:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def _paint(self, name: str, text: str) -> str:
        return f"\x1b[{_COLORS[name]}m{text}\x1b[0m" if self._color else text


class GitHubReporter:
    """Writes workflow commands for the log of GitHub Actions: groups and annotations.

    Source: GitHub documentation, "Workflow commands for GitHub Actions".

    Args:
        stream: The stream.
        quiet: Write warnings and errors only.
        activity: Named in lines about progress until the first step; empty to show tasks only.
        clock: Monotonic clock, in seconds.
        ticking: Write lines about progress in a thread.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        activity: str = "",
        clock: Clock = time.monotonic,
        ticking: bool = False,
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._clock = clock
        self._log = LogLines(self.note, ticking=ticking, clock=clock)
        self._activity = Activity(self._log, activity, quiet=quiet)
        self._grouped = False
        self._lock = Lock()

    def step(self, text: str) -> None:
        """Start a group, and end the previous one."""
        if not self._quiet:
            self.close()
            self._grouped = True
            self._line(f"::group::{_escaped(text)}")
            self._activity.change(_one_line(text))

    def note(self, text: str) -> None:
        """Write a line in the current group."""
        if not self._quiet:
            # Not at the start of a line, where the runner parses commands.
            self._line(f"note: {' '.join(printable(text).splitlines())}")

    def warn(self, text: str) -> None:
        """Annotate the run with a warning."""
        self._line(f"::warning title=ghpypi::{_escaped(text)}")

    def error(self, error: GhpypiError) -> None:
        """Annotate the run with an error and its hint."""
        self.close()
        hint = f"\nhint: {error.hint}" if error.hint else ""
        self._line(f"::error title=ghpypi::{_escaped(f'{error}{hint}')}")

    @contextmanager
    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> "Iterator[Advance]":
        """Write a line in the current group from time to time."""
        task = Task(label, total, unit, clock=self._clock)
        if self._quiet:
            yield task.advance
            return
        with shown(task, self._log):
            yield logged(task, self._log)

    def tick(self) -> None:
        """Write a line about progress if it is time for one, and no thread does."""
        self._log.tick()

    def close(self) -> None:
        """End the group, so that results are outside of it, and lines about progress."""
        self._activity.end()
        if self._grouped:
            self._grouped = False
            self._line("::endgroup::")

    def _line(self, text: str) -> None:
        self._log.note_line()
        with self._lock:
            self._stream.write(f"{text}\n")
            self._stream.flush()


def in_workflow(environment: Mapping[str, str]) -> bool:
    """Return whether the process runs in GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def choose_reporter(
    stream: TextIO,
    environment: Mapping[str, str],
    *,
    quiet: bool = False,
    activity: str = "",
    in_log: bool = False,
) -> TerminalReporter | GitHubReporter:
    """Return the reporter for a terminal or for GitHub Actions.

    Args:
        stream: The stream, usually standard error.
        environment: Environment variables.
        quiet: Write warnings and errors only.
        activity: Shown as progress until the first step; empty to show tasks only.
        in_log: Show progress in a log, too, if nothing else was written for a while.
    """
    if in_workflow(environment):
        return GitHubReporter(stream, quiet=quiet, activity=activity, ticking=in_log)
    ticking = in_log or None
    return TerminalReporter(stream, environment, quiet=quiet, activity=activity, ticking=ticking)


def _one_line(text: str) -> str:
    return printable(text).replace("\n", " ")


_secrets: set[str] = set()


def hide(secret: Secret) -> None:
    """Mask a secret in all output of this process."""
    text = secret.reveal()
    if len(text) >= SHORTEST_SECRET:
        _secrets.add(text)


def forget_secrets() -> None:
    """Forget all secrets, for tests."""
    _secrets.clear()


def printable(text: str, *, keep: str = "\n") -> str:
    """Sanitize a text for output: tokens, control characters and workflow commands."""
    return plain(text, _secrets, keep=keep)


def printable_json(document: str) -> str:
    """Sanitize a JSON document for output."""
    return plain_json(document, _secrets)


class LogHandler(logging.Handler):
    """Reports log records: warnings and errors like those of a command, others as notes.

    Args:
        reporter: Reports them.
    """

    def __init__(self, reporter: TerminalReporter | GitHubReporter) -> None:
        super().__init__()
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        """Report a record, with its traceback if it has one."""
        try:
            clear_progress()
            text = self.format(record)
            if record.levelno >= logging.ERROR:
                self._reporter.error(FailedError(text))
            elif record.levelno >= logging.WARNING:
                self._reporter.warn(text)
            else:
                self._reporter.note(text)
        except Exception:  # noqa: BLE001 - as in all handlers: what is logged must not fail
            self.handleError(record)


@contextmanager
def reporting_log(reporter: TerminalReporter | GitHubReporter) -> Iterator[None]:
    """Report what is logged within the `with` block.

    Stores and servers log what they cannot raise, such as a file that they ignore. Of libraries,
    only errors are reported: they warn of each request that is retried, which Python would print.
    """
    root, logger, handler = logging.getLogger(), logging.getLogger(_LOGGER), LogHandler(reporter)
    handler.addFilter(lambda record: record.name == _LOGGER or record.levelno >= logging.ERROR)
    level = logger.level
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        logger.setLevel(level)


def _wants_color(environment: Mapping[str, str], *, interactive: bool) -> bool:
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or interactive


def _escaped(text: str) -> str:
    """Escape a message for a workflow command."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")
