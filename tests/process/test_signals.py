"""A signal ends a command at once, whatever it does, and nothing is left behind.

Each command is stopped when something was observed from outside: a request that the emulator
holds, or a line on standard error. A held request is never answered, and the waits are longer than
any test, so a command that waits for either does not end.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.cli.signals import STOPPING
from tests.e2e.installers import bare_environment
from tests.emulator import Emulator, Fault
from tests.emulator.faults import Pause, Where
from tests.process.program import START, Program, started
from tests.support.packages import sdist, wheel, written
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

STORE = "acme/pypi"
BOTH = [signal.SIGINT, signal.SIGTERM]
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A GitHub with a repository, and somewhere to run commands."""

    github: Emulator
    folder: Path
    environment: dict[str, str]

    def __post_init__(self) -> None:
        written(self.folder / "dist", wheel(), sdist(), wheel("other"))

    def start(self, *arguments: str | Path) -> AbstractContextManager[Program]:
        return started(self.folder, self.environment, *arguments)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Emulator(tmp_path) as github:
        github.add_organization("acme")
        github.add_user("bot")
        repository = github.add_repository(STORE)
        repository.grant("bot", "admin")
        release = repository.add_release("v1")
        for file in (wheel("stored", "1.0"), sdist("stored", "1.0")):
            release.add_asset(*file)
        environment = {
            **bare_environment(tmp_path / "home"),
            "GITHUB_API_URL": github.api_url,
            "GITHUB_SERVER_URL": github.server_url,
            "GHPYPI_TOKEN": github.add_token("bot"),
            "GHPYPI_STORE": STORE,
        }
        folder = tmp_path / "here"
        folder.mkdir()
        yield Scene(github=github, folder=folder, environment=environment)


HELD: dict[str, tuple[list[str], Where]] = {
    "upload lists releases": (["upload"], {"path": "/releases"}),
    "upload sends files": (["upload"], {"origin": "uploads"}),
    "index reads the configuration": (["index"], {"path": "/contents/"}),
    "index lists releases": (["index"], {"path": "/releases"}),
    "index reads files": (["index"], {"origin": "cdn"}),
    "publish looks for a draft": (["publish", "v2"], {"path": "/releases"}),
    "init looks": (["init", STORE, "--public"], {"origin": "api"}),
    "list reads the catalog": (["list"], {"origin": "api"}),
    "run reads the index": (["run", "--", "true"], {"origin": "api"}),
    "whoami asks": (["whoami"], {"origin": "api"}),
}
"""Command and request during which it is stopped."""


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize(("arguments", "where"), HELD.values(), ids=HELD)
def test_a_command_ends_during_a_request(
    scene: Scene, arguments: list[str], where: Where, number: signal.Signals
) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, **where))
    with scene.start(*arguments) as program:
        pause.wait()
        program.send(number)

        assert_interrupted(program, number)


def assert_interrupted(program: Program, number: signal.Signals) -> None:
    assert program.end() == CODES[number], program.text
    assert "interrupted" in program.text
    assert "run the same command again" in program.text
    assert "Traceback" not in program.text
    assert program.left() == []
    eventually(lambda: not program.children())  # a process that is killed needs a moment to end


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("command", ["upload", "index"])
def test_a_command_ends_while_it_waits_for_a_rate_limit(
    scene: Scene, command: str, number: signal.Signals
) -> None:
    origin = {"upload": "uploads", "index": "cdn"}[command]
    scene.github.faults.add(Fault.secondary_limit(3000, origin=origin, times=99))
    with scene.start(command, "--max-wait", "9999") as program:
        program.says("trying again in 50 min")
        program.send(number)

        assert_interrupted(program, number)


def test_a_log_says_what_a_command_waits_for(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, path="/contents/"))
    at_once = "import ghpypi.progress_output as output; output.LOG_SECONDS = 0; "
    with started(scene.folder, scene.environment, "index", code=at_once + START) as program:
        program.says("/contents/ghpypi.toml: ")


def test_the_remaining_work_is_described(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, origin="uploads"))
    with scene.start("upload") as program:
        pause.wait()
        program.send(signal.SIGINT)

        assert_interrupted(program, signal.SIGINT)
    assert "release acme-lib-1.0 is not complete, and 1 more" in program.text


def test_the_same_command_again_does_the_rest(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, origin="uploads", nth=3))
    with scene.start("upload", "--parallel", "1") as program:
        pause.wait()
        program.send(signal.SIGTERM)
        program.end()
    with scene.start("upload", "--no-rebuild") as again:
        assert again.end() == 0, again.text
    releases = scene.github.repository(STORE).releases

    public = sorted(release.tag_name for release in releases if not release.draft)
    assert public == ["acme-lib-1.0", "other-1.0", "v1"]


def test_more_signals_change_nothing(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, path="/releases"))
    with scene.start("index") as program:
        pause.wait()
        for _ in range(5):
            program.send(signal.SIGINT)

        assert_interrupted(program, signal.SIGINT)


@pytest.mark.parametrize("number", BOTH)
def test_an_index_that_was_read_is_published_though_a_signal_arrives(
    scene: Scene, number: signal.Signals
) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, origin="git", path="git-receive-pack"))
    with scene.start("index") as program:
        pause.wait()
        program.send(number)
        program.says(STOPPING)
        pause.open()

        assert program.end() == 0, program.text
        assert program.left() == []
    assert "2 files\nwrote" in program.text


@pytest.mark.parametrize("path", ["git-upload-pack", "git-receive-pack"])
def test_a_second_signal_ends_an_index_run_that_publishes(scene: Scene, path: str) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, origin="git", method="POST", path=path))
    with scene.start("index") as program:
        pause.wait()
        program.send(signal.SIGINT)
        program.says(STOPPING)
        program.send(signal.SIGTERM)

        assert_interrupted(program, signal.SIGTERM)


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("moment", ["1. building", "4. installing"])
def test_the_demo_ends_while_it_works(scene: Scene, moment: str, number: signal.Signals) -> None:
    with scene.start("demo", "--once") as program:
        program.says(moment)
        program.send(number)

        assert_interrupted(program, number)


@pytest.mark.parametrize("number", BOTH)
def test_servers_end_well(scene: Scene, number: signal.Signals) -> None:
    with scene.start("serve", "./index", "--port", "0") as program:
        program.says("/simple/")
        program.send(number)

        assert program.end() == 0, program.text
        assert program.text.endswith("stopped\n")
        assert program.left() == []


@pytest.mark.e2e
def test_the_demo_that_serves_ends_well(scene: Scene) -> None:
    with scene.start("demo") as program:
        program.says("until you press Ctrl-C")
        program.send(signal.SIGINT)

        assert program.end() == 0, program.text
        assert program.text.endswith("stopped\n")
        assert program.left() == []


STUCK = """
import ctypes
from ghpypi.cleanup import run_program, temporary_folder
from ghpypi.cli.signals import run_process

def work():
    with temporary_folder("stuck-"):
        libc, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(64)
        libc.pthread_mutex_lock(mutex)
        print("locked", flush=True)
        libc.pthread_mutex_lock(mutex)

run_process(work)
"""


@pytest.mark.parametrize("number", BOTH)
def test_code_that_python_cannot_interrupt_is_ended(scene: Scene, number: signal.Signals) -> None:
    with started(scene.folder, scene.environment, code=START_STUCK) as program:
        program.says("locked")
        program.send(number)

        assert_interrupted(program, number)


START_STUCK = f"import signal; signal.signal(2, signal.default_int_handler)\n{STUCK}"


def test_a_signal_that_our_parent_ignores_is_ignored(scene: Scene) -> None:
    pause = Pause()
    scene.github.faults.add(Fault.hold(pause, path="/releases"))
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "from ghpypi.__main__ import main; main()"
    )
    with started(scene.folder, scene.environment, "index", code=code) as program:
        pause.wait()
        program.send(signal.SIGINT)
        pause.open()

        assert program.end() == 0, program.text
