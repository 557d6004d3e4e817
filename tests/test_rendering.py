"""Descriptions rendered in child processes: whatever a text does, it costs its own page only."""

import os
import signal
import sys
import time
from contextlib import ExitStack
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from ghpypi.core.site.readme import render
from ghpypi.rendering import MOST_WAITING, ProcessRenderer

MARKDOWN, RST = "text/markdown", "text/x-rst"
NESTED = (
    "\n".join(f".. |{n}| replace:: |{n + 1}| |{n + 1}|" for n in range(24))
    + "\n.. |24| replace:: x\n\n|0|\n"
)
HOSTILE = {
    "a stack overflow": ("a@b.c " * 80_000, MARKDOWN),
    "substitutions in substitutions": (NESTED, RST),
    "a long ini file": (f"```ini\n{'[' * 80_000}\n```\n", MARKDOWN),
    "headings and rules": ("a\n\n----\n\n" * 13_500, RST),
    "footnotes": ("[^a]" * 200_000, MARKDOWN),
    "open brackets": ("[" * 50_000, MARKDOWN),
    "open quotes": (">" * 50_000, MARKDOWN),
    "open tags": ("<a href=" * 50_000, MARKDOWN),
}


@pytest.fixture(scope="module")
def renderer() -> ProcessRenderer:
    return ProcessRenderer(1, cpu_seconds=3)


@pytest.fixture(autouse=True, scope="module")
def closed(renderer: ProcessRenderer) -> object:
    with renderer:
        yield


@pytest.mark.parametrize(("text", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_a_malicious_text_becomes_a_page_of_reasonable_size(
    renderer: ProcessRenderer, text: str, kind: str
) -> None:
    rendered = renderer.render(text, kind)

    assert 0 < len(rendered.html) < 5_000_000
    assert rendered.problem == "" or rendered.html.startswith('<p class="plain">')
    assert renderer.render("*fine*", MARKDOWN).html == "<p><em>fine</em></p>\n"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a stack overflow", "the renderer crashed"),
        ("substitutions in substitutions", "took more than 3 s of processor time"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of POSIX")
def test_the_cause_of_a_failure_is_reported(
    renderer: ProcessRenderer, name: str, problem: str
) -> None:
    assert problem in renderer.render(*HOSTILE[name]).problem


def test_a_child_renders_as_this_process_does(renderer: ProcessRenderer) -> None:
    text = "# Title\n\n[link](https://a.example) <script>x</script>\n"

    assert renderer.render(text, MARKDOWN).html == render(text, MARKDOWN)
    assert renderer.render("", MARKDOWN).html == ""


def test_no_child_is_started_for_nothing() -> None:
    with ProcessRenderer() as renderer:
        renderer.render(" \n", MARKDOWN)

        assert not renderer._processes


def test_another_child_is_started_when_many_texts_wait_for_those_at_work() -> None:
    with ProcessRenderer(2) as renderer, ExitStack() as waiting:
        for _ in range(2 * MOST_WAITING):
            waiting.enter_context(renderer._process())

        assert len(renderer._processes) == 1, "it is starting"

        renderer._processes[0].done += 1
        pools = [waiting.enter_context(renderer._process()) for _ in range(8)]

        assert len(renderer._processes) == 2
        assert pools[0] is renderer._processes[1].pool


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="reads what Linux tells of processes")
def test_children_end_with_the_renderer() -> None:
    resource_tracker.ensure_running()  # a child of multiprocessing itself
    before = _children()
    with ProcessRenderer(1) as renderer:
        renderer.render("x", MARKDOWN)
        started = _children() - before

        assert started

    assert not started & _children()


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_ends_while_it_has_nothing_to_do_is_replaced() -> None:
    with ProcessRenderer(1) as renderer:
        renderer.render("*first*", MARKDOWN)
        pool = renderer._processes[0].pool
        os.kill(pool.call(os.getpid), signal.SIGKILL)
        while not pool.ended:
            time.sleep(0.01)

        rendered = renderer.render("*second*", MARKDOWN)

    assert rendered.html == "<p><em>second</em></p>\n"
    assert rendered.problem == ""
