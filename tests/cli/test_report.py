"""What people read while a command runs."""

import io
import logging
import os
import struct
import sys
import threading

import pytest

from ghpypi.core.secret import Secret
from ghpypi.errors import RefusedError
from ghpypi.report import (
    GitHubReporter,
    TerminalReporter,
    choose_reporter,
    forget_secrets,
    hide,
    reporting_log,
)

if sys.platform != "win32":
    import fcntl
    import termios


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def lines_of(
    stream: io.StringIO, environment: dict[str, str] | None = None, *, quiet: bool = False
) -> str:
    reporter = TerminalReporter(stream, environment or {}, quiet=quiet)
    reporter.step("listing")
    reporter.warn("odd")
    reporter.error(RefusedError("no", hint="do this", faults=["one"]))
    return stream.getvalue()


def test_a_stream_gets_plain_lines() -> None:
    assert lines_of(io.StringIO()) == ("listing\nwarning: odd\nerror: no\n  - one\nhint: do this\n")


def test_quiet_leaves_steps_out() -> None:
    assert lines_of(io.StringIO(), quiet=True) == (
        "warning: odd\nerror: no\n  - one\nhint: do this\n"
    )


def test_a_terminal_gets_color_and_clean_lines() -> None:
    assert lines_of(Terminal()) == (
        "\r\x1b[K\x1b[2mlisting\x1b[0m\n"
        "\r\x1b[K\x1b[33mwarning:\x1b[0m odd\n"
        "\r\x1b[K\x1b[31merror:\x1b[0m no\n  - one\n"
        "\r\x1b[K\x1b[36mhint:\x1b[0m do this\n"
    )


def test_a_terminal_without_color_gets_none() -> None:
    assert "\x1b[3" not in lines_of(Terminal(), {"NO_COLOR": "1"})


def test_color_can_be_forced_on_a_stream() -> None:
    assert lines_of(io.StringIO(), {"FORCE_COLOR": "1"}).startswith("\x1b[2mlisting\x1b[0m\n")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def drawn(stream: io.StringIO) -> list[str]:
    """Take what was drawn apart, each time the line was cleared."""
    return stream.getvalue().split("\r\x1b[K")[1:]


def test_progress_is_drawn_on_a_terminal_and_wiped_away() -> None:
    stream, clock = Terminal(), Clock()
    reporter = TerminalReporter(stream, {}, clock=clock, ticking=False)
    with reporter.progress("uploading", 2_000_000) as advance:
        advance(1_000_010)
        advance(-10)
        clock.now = 4
        reporter.tick()
        clock.now = 5
        reporter.step("a line of its own")
        reporter.tick()

    assert drawn(stream) == [
        "uploading  [######......]   50%  1.0 MB of 2.0 MB  250.0 kB/s  4 s left",
        "\x1b[2ma line of its own\x1b[0m\n",
        "uploading  [######......]   50%  1.0 MB of 2.0 MB  200.0 kB/s  5 s left",
        "",
    ]


def test_the_speed_is_that_of_the_last_seconds() -> None:
    stream, clock = Terminal(), Clock()
    reporter = TerminalReporter(stream, {"COLUMNS": "60"}, clock=clock, ticking=False)
    with reporter.progress("reading", 1000, unit="file") as advance:
        for clock.now in range(1, 41):
            advance(20 if clock.now <= 20 else 1)
            reporter.tick()

    assert drawn(stream)[19] == "reading   40%  400 of 1,000 files  20/s  30 s left"
    assert drawn(stream)[39] == "reading   42%  420 of 1,000 files  1.0/s  9 min 40 s left"


def test_a_task_of_unknown_length_is_shown_when_it_takes_a_while() -> None:
    stream, clock = Terminal(), Clock()
    reporter = TerminalReporter(stream, {}, clock=clock, ticking=False)
    with reporter.progress("GET /repos/acme/pypi"):
        reporter.tick()
        assert stream.getvalue() == ""
        clock.now = 0.6
        reporter.tick()

    assert drawn(stream) == ["GET /repos/acme/pypi  1 s", ""]


def test_the_task_that_began_first_is_shown() -> None:
    stream, clock = Terminal(), Clock()
    reporter = TerminalReporter(stream, {}, clock=clock, ticking=False)
    with reporter.progress("reading", 10, unit="file"), reporter.progress("GET /x"):
        clock.now = 1
        reporter.tick()

    assert drawn(stream) == ["reading  [............]    0%  0 of 10 files", ""]


def test_no_untrusted_name_moves_the_cursor() -> None:
    stream = Terminal()
    reporter = TerminalReporter(stream, {}, ticking=False)
    with reporter.progress("reading \x1b[2Jevil\n\r", 10):
        reporter.tick()

    assert drawn(stream)[0].startswith("reading \\x1b[2Jevil \\x0d  [")


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo terminals")
@pytest.mark.parametrize("columns", [40, 80])
def test_a_real_terminal_is_asked_how_wide_it_is(columns: int) -> None:
    reader, writer = os.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clock = Clock()
    with os.fdopen(writer, "w") as stream:
        reporter = TerminalReporter(stream, {"COLUMNS": "200"}, clock=clock, ticking=False)
        with reporter.progress("reading", 1000, unit="file") as advance:
            advance(500)
            clock.now = 10
            reporter.tick()
        expected = {
            40: "\r\x1b[Kreading   50%  50/s  10 s left\r\x1b[K",
            80: "\r\x1b[Kreading  [######......]   50%  500 of 1,000 files  50/s  "
            "10 s left\r\x1b[K",
        }[columns]
        text = ""
        while len(text) < len(expected):  # it comes in pieces
            text += os.read(reader, 10_000).decode()
    os.close(reader)

    assert text == expected


def test_a_thread_draws_while_the_work_goes_on() -> None:
    seen = threading.Event()

    class Watched(Terminal):
        def write(self, text: str, /) -> int:
            if "reading" in text:
                seen.set()
            return super().write(text)

    reporter = TerminalReporter(Watched(), {})
    with reporter.progress("reading", 10):
        assert seen.wait(60)


@pytest.mark.parametrize(
    ("quiet", "total"), [(True, 10), (False, 0)], ids=["quiet", "nothing to do"]
)
def test_progress_is_silent_outside_of_terminals(*, quiet: bool, total: int) -> None:
    stream, clock = Terminal(), Clock()
    reporter = TerminalReporter(stream, {}, quiet=quiet, clock=clock, ticking=False)
    with reporter.progress("x", total) as advance:
        clock.now = 100
        advance(5)
        reporter.tick()

    assert stream.getvalue() == ""


def test_without_a_terminal_there_is_a_line_every_ten_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    reporter = TerminalReporter(stream, {}, clock=clock)
    with reporter.progress("reading", 1000, unit="file") as advance:
        for clock.now in range(1, 31):
            advance(10)
    with reporter.progress("soon done", 1):
        pass

    assert stream.getvalue() == (
        "reading: 100 of 1,000 files, 10/s, 90 s left\n"
        "reading: 200 of 1,000 files, 10/s, 80 s left\n"
        "reading: 300 of 1,000 files, 10/s, 70 s left\n"
    )


# In a workflow


def test_a_workflow_gets_groups_and_annotations() -> None:
    stream = io.StringIO()
    reporter = GitHubReporter(stream)
    reporter.step("listing")
    reporter.note("::stop-commands::x\x1b[31m")
    reporter.step("writing 100%")
    reporter.warn("odd\n::set-output name=x::y\r")
    reporter.error(RefusedError("no", hint="do this", faults=["one"]))
    reporter.error(RefusedError("no"))

    assert stream.getvalue() == (
        "::group::listing\n"
        "note: \\x3a:stop-commands::x\\x1b[31m\n"
        "::endgroup::\n"
        "::group::writing 100%25\n"
        "::warning title=ghpypi::odd%0A\\x3a:set-output name=x::y\\x0d\n"
        "::endgroup::\n"
        "::error title=ghpypi::no%0A  - one%0Ahint: do this\n"
        "::error title=ghpypi::no\n"
    )


def test_a_workflow_reads_how_far_it_is_in_the_group_of_the_step() -> None:
    stream, clock = io.StringIO(), Clock()
    reporter = GitHubReporter(stream, clock=clock)
    reporter.step("uploading 4.0 MB")
    with reporter.progress("::set-output name=x::y", 4_000_000) as advance:
        advance(1_000_000)
        clock.now = 10
        advance(1_000_000)
    reporter.close()
    reporter.close()

    assert stream.getvalue() == (
        "::group::uploading 4.0 MB\n"
        "note: \\x3a:set-output name=x::y: 2.0 MB of 4.0 MB, 200.0 kB/s, 10 s left\n"
        "::endgroup::\n"
    )


def test_a_quiet_workflow_gets_annotations_only() -> None:
    stream = io.StringIO()
    reporter = GitHubReporter(stream, quiet=True)
    reporter.step("listing")
    reporter.warn("odd")

    assert stream.getvalue() == "::warning title=ghpypi::odd\n"


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({"GITHUB_ACTIONS": "true"}, GitHubReporter),
        ({"GITHUB_ACTIONS": "false"}, TerminalReporter),
        ({}, TerminalReporter),
    ],
)
def test_the_reporter_is_chosen_by_the_environment(
    environment: dict[str, str], kind: type[object]
) -> None:
    assert type(choose_reporter(io.StringIO(), environment)) is kind


TOKEN = f"ghp_{'0123456789' * 4}"


@pytest.mark.parametrize("environment", [{}, {"GITHUB_ACTIONS": "true"}], ids=["log", "workflow"])
def test_no_reporter_shows_a_token(environment: dict[str, str]) -> None:
    stream, clock = io.StringIO(), Clock()
    reporter = choose_reporter(stream, environment)
    reporter.step(f"step {TOKEN}")
    reporter.note(f"note {TOKEN}")
    reporter.warn(f"warning {TOKEN}")
    reporter.error(RefusedError(f"error {TOKEN}", hint=f"hint {TOKEN}", faults=[f"fault {TOKEN}"]))
    kind = GitHubReporter if environment else None
    timed = kind(stream, clock=clock) if kind else TerminalReporter(stream, {}, clock=clock)
    with timed.progress(f"progress {TOKEN}", 10) as advance:
        clock.now = 10
        advance(1)

    for word in ("step", "note", "warning", "error", "hint", "fault", "progress"):
        assert f"{word} ***" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_secrets_of_this_process_are_hidden_whatever_their_form() -> None:
    stream = io.StringIO()
    hide(Secret("0123456789abcdef"))
    hide(Secret("in"))
    try:
        TerminalReporter(stream, {}).step("sent 0123456789abcdef in vain")
    finally:
        forget_secrets()

    assert stream.getvalue() == "sent *** in vain\n"


def test_logs_are_written_as_everything_else() -> None:
    stream, log = io.StringIO(), logging.getLogger("ghpypi")
    with reporting_log(TerminalReporter(stream, {})):
        log.setLevel(logging.DEBUG)
        log.debug("GET %s\x1b[2J", f"/x?token={TOKEN}")
        log.warning("ignoring %s", "a\x1b[2J")
        log.error("it failed")
    log.warning("after the end")

    assert stream.getvalue() == (
        "GET /x?token=***\\x1b[2J\nwarning: ignoring a\\x1b[2J\nerror: it failed\n"
    )
    assert log.level == logging.NOTSET


def test_of_libraries_only_errors_are_reported() -> None:
    stream, library = io.StringIO(), logging.getLogger("urllib3.connectionpool")
    with reporting_log(TerminalReporter(stream, {})):
        library.warning("Retrying (Retry(total=1)) after connection broken")
        library.error("it failed with %s", TOKEN)

    assert stream.getvalue() == "error: it failed with ***\n"


def test_a_log_that_cannot_be_written_ends_nothing() -> None:
    stream = io.StringIO()
    with reporting_log(TerminalReporter(stream, {})):
        stream.close()
        logging.getLogger("ghpypi").warning("lost")
