"""Every command that waits shows on a terminal what it is doing, whatever it waits for.

Requests are held up by the emulator until the terminal shows a line, so a wait without one is found
on a machine of any speed.
"""

import ast
import io
import logging
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

import ghpypi
from ghpypi.cli.main import COMMANDS, cli
from ghpypi.cli.output import confirm, say
from ghpypi.progress_output import Output
from ghpypi.report import GitHubReporter, LogHandler, TerminalReporter
from tests.cli.conftest import Bench
from tests.documents.scene import Scene
from tests.emulator import Emulator, Fault
from tests.emulator.faults import Pause

SOME = (
    "upload dist",
    "yank acme-lib==1.0",
    "prune --keep 1",
    "doctor",
    "client pip",
    "run -- git --version",
)
"""Commands that each pull request tries."""
OTHERS = (
    "index --full",
    "list",
    "show acme-lib",
    "stats",
    "backfill",
    "status acme-old deprecated",
    "promote acme-lib==1.3 --to stable",
    "history acme-lib",
    "delete acme-lib==1.0 --yes --reason old",
    "verify",
    "access list",
    "whoami",
    "init acme/pypi --public --dry-run",
)
LONGEST = 30.0
"""Seconds after which a held request goes on, and is reported."""


class Screen(io.StringIO):
    """A terminal, and what its last line shows."""

    def isatty(self) -> bool:
        return True

    @property
    def line(self) -> str:
        """The last line: after the last newline, or the last clearing."""
        return self.getvalue().rpartition("\n")[2].rpartition("\r\x1b[K")[2]


@dataclass
class UntilShown(Pause):
    """Holds a request up until the terminal shows a line."""

    screen: Screen = field(default_factory=Screen)
    held: int = 0
    silent: int = 0

    def hold(self, stopped: Callable[[float], object]) -> None:
        self.held += 1
        end = time.monotonic() + LONGEST
        while not self.screen.line:
            if stopped(0.02) or time.monotonic() > end:
                self.silent += 1
                return


@pytest.fixture(scope="module", autouse=True)
def quickly() -> Iterator[None]:
    """Draw often, so that requests are not held for long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ghpypi.progress.DELAY_SECONDS", 0.0)
        patch.setattr(Output, "tick_seconds", 0.01)
        yield


@pytest.mark.parametrize("commands", [SOME, pytest.param(OTHERS, marks=pytest.mark.nightly)])
def test_no_wait_for_github_is_silent(
    commands: tuple[str, ...],
    bench: Bench,
    empty_github: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(bench, empty_github)
    silent = []
    for command in commands:
        pause = UntilShown()
        empty_github.faults.add(Fault.hold(pause, times=1000))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", pause.screen)
            outcome = scene.bench.run(*command.split())
        empty_github.faults.clear()
        if pause.silent or not pause.held or "\x1b[K" in outcome.out or pause.screen.line:
            silent.append((command, pause, outcome, pause.screen.getvalue()[-500:]))

    assert silent == []


LAST = "ghpypi verify: 33 s"


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def reporter(screen: Screen) -> Iterator[TerminalReporter]:
    reporter = TerminalReporter(screen, {}, activity="ghpypi index", clock=Clock(), ticking=False)
    yield reporter
    reporter.close()


def test_the_command_is_shown_until_the_first_step(
    screen: Screen, reporter: TerminalReporter
) -> None:
    reporter.tick()

    assert screen.line == "ghpypi index  0 s"

    reporter.step("listing acme/pypi")

    assert screen.line == ""

    reporter.tick()

    assert screen.line == "listing acme/pypi  0 s"


def test_a_task_is_shown_instead_and_the_step_again_after_it(
    screen: Screen, reporter: TerminalReporter
) -> None:
    reporter.step("listing acme/pypi")
    with reporter.progress("reading", 10, unit="file"):
        reporter.tick()
        assert screen.line.startswith("reading  [")
    assert screen.line == ""

    reporter.tick()

    assert screen.line == "listing acme/pypi  0 s"


def test_results_questions_and_log_records_have_a_line_of_their_own(
    screen: Screen, reporter: TerminalReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are written to the same terminal."""
    handler = LogHandler(TerminalReporter(screen, {"NO_COLOR": "1"}, ticking=False))
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    reporter.tick()
    say("a result")
    reporter.tick()
    handler.emit(logging.LogRecord("ghpypi", 10, "", 0, "a record", (), None))
    reporter.tick()
    confirm("Delete?")
    reporter.tick()

    shown = screen.getvalue().replace("\r\x1b[Kghpypi index  0 s\r\x1b[K", "[progress]")
    assert shown.startswith("[progress]a result\n[progress]\r\x1b[Ka record\n[progress]Delete?")
    assert "ghpypi" not in screen.line  # a question ends the line until the next step


def test_quiet_shows_no_progress(screen: Screen) -> None:
    reporter = TerminalReporter(screen, {}, quiet=True, activity="ghpypi index", ticking=False)
    reporter.step("listing")
    reporter.tick()
    reporter.close()

    assert screen.getvalue() == ""


@pytest.mark.parametrize("in_workflow", [False, True])
def test_a_log_has_a_line_after_ten_seconds_without_one(*, in_workflow: bool) -> None:
    stream, clock, activity = io.StringIO(), Clock(), "ghpypi verify"
    reporter = (
        GitHubReporter(stream, activity=activity, clock=clock)
        if in_workflow
        else TerminalReporter(stream, {}, activity=activity, clock=clock)
    )
    for clock.now in (9.0, 11.0, 20.0, 22.0):
        reporter.tick()
    reporter.note("something")
    for clock.now in (31.0, 33.0):
        reporter.tick()
    reporter.close()

    lines = [line.removeprefix("note: ") for line in stream.getvalue().splitlines()]
    assert lines == [*(f"{activity}: {seconds} s" for seconds in (11, 22)), "something", LAST]


def test_only_one_module_prints_and_asks() -> None:
    """It clears the progress line; the output of `ghpypi run --detach` is not for a terminal."""
    package = Path(ghpypi.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr)
        in {("click", name) for name in ("echo", "secho", "prompt", "confirm", "getchar")}
    }

    assert found == {"cli/output.py", "cli/detached_proxy.py"}


def test_every_command_but_the_demo_shows_progress() -> None:
    """The demo prints a line before each of its steps."""
    without = set()
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        parts = command.commands.values() if isinstance(command, click.Group) else [command]
        if not all(any("--quiet" in each.opts for each in part.params) for part in parts if part):
            without.add(name)

    assert without == {"demo"}
