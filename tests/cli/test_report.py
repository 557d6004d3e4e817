"""What people read while a command runs."""

import io

import pytest

from ghpypi.errors import RefusedError
from ghpypi.report import GitHubReporter, TerminalReporter, choose_reporter, human_size


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

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


def test_a_terminal_gets_colour_and_clean_lines() -> None:
    assert lines_of(Terminal()) == (
        "\r\x1b[K\x1b[2mlisting\x1b[0m\n"
        "\r\x1b[K\x1b[33mwarning:\x1b[0m odd\n"
        "\r\x1b[K\x1b[31merror:\x1b[0m no\n  - one\n"
        "\r\x1b[K\x1b[36mhint:\x1b[0m do this\n"
    )


def test_a_terminal_without_colour_gets_none() -> None:
    assert "\x1b[3" not in lines_of(Terminal(), {"NO_COLOR": "1"})


def test_colour_can_be_forced_on_a_stream() -> None:
    assert lines_of(io.StringIO(), {"FORCE_COLOR": "1"}).startswith("\x1b[2mlisting\x1b[0m\n")


def test_progress_is_drawn_on_a_terminal_and_wiped_away() -> None:
    stream = Terminal()
    reporter = TerminalReporter(stream, {})
    with reporter.progress("uploading", 2_000_000) as advance:
        advance(1_000_000)
        advance(10)
        advance(-10)

    first, *_, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert first == "uploading [###############...............]  50%  1.0 MB of 2.0 MB"
    assert last == ""


def test_progress_never_says_more_than_all() -> None:
    stream = Terminal()
    with TerminalReporter(stream, {}).progress("uploading", 10) as advance:
        advance(20)

    assert "[##############################] 100%" in stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "quiet", "total"),
    [(io.StringIO(), False, 10), (Terminal(), True, 10), (Terminal(), False, 0)],
    ids=["no terminal", "quiet", "nothing to do"],
)
def test_progress_is_silent_where_nobody_needs_it(
    stream: io.StringIO, *, quiet: bool, total: int
) -> None:
    with TerminalReporter(stream, {}, quiet=quiet).progress("x", total) as advance:
        advance(5)

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (2_147_483_648, "2.1 GB"),
        (5_000_000_000_000, "5000.0 GB"),
    ],
)
def test_sizes_are_said_as_people_do(size: int, text: str) -> None:
    assert human_size(size) == text


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
        "note: ::stop-commands::x\\x1b[31m\n"
        "::endgroup::\n"
        "::group::writing 100%25\n"
        "::warning title=ghpypi::odd%0A::set-output name=x::y\\x0d\n"
        "::endgroup::\n"
        "::error title=ghpypi::no%0A  - one%0Ahint: do this\n"
        "::error title=ghpypi::no\n"
    )


def test_a_workflow_has_no_bar() -> None:
    stream = io.StringIO()
    reporter = GitHubReporter(stream)
    with reporter.progress("uploading", 2_000_000) as advance:
        advance(1_000_000)
    with reporter.progress("uploading", 0) as advance:
        advance(1)
    reporter.close()
    reporter.close()

    assert stream.getvalue() == "::group::uploading 2.0 MB\n::endgroup::\n"


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
