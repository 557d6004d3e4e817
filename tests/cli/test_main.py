"""The command line as a whole: help, usage, codes, color, and what it imports."""

import gc
import os
import signal
import subprocess
import sys

import pytest

from ghpypi import __version__
from ghpypi.cli.main import COMMANDS
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome
from tests.support.packages import publish_files, sdist, written
from tests.support.waiting import HANG_SECONDS

GHPYPI = [sys.executable, "-c", "from ghpypi.__main__ import main; main()"]
INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from ghpypi.__main__ import main; main()"
)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_all_commands_and_codes(bench: Bench, option: str) -> None:
    outcome = bench.run(option)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: ghpypi [OPTIONS] COMMAND [ARGS]...\n")
    width = max(map(len, COMMANDS))
    for name, (_, line) in COMMANDS.items():
        assert f"  {name:{width}}  {line}\n" in outcome.out
    assert "7 try again later" in outcome.out


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_reported(bench: Bench, option: str) -> None:
    assert bench.run(option) == Outcome(0, f"ghpypi {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "Error: there is no command 'frobnicate'\n"),
        (["uplaod"], "Error: there is no command 'uplaod', did you mean 'upload'?\n"),
        (["--frobnicate"], "Error: No such option '--frobnicate'.\n"),
        (["publish"], "Error: Missing argument 'TAG'.\n"),
        (["list", "extra"], "Error: Got unexpected extra argument (extra)\n"),
        (["upload", "x", "--parallel", "99"], "99 is not in the range 1<=x<=16.\n"),
        (["index", "--config", "gone.toml"], "File 'gone.toml' does not exist.\n"),
    ],
)
def test_usage_errors_end_with_two(bench: Bench, arguments: list[str], said: str) -> None:
    outcome = bench.run(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: ghpypi ")
    assert outcome.err.endswith(said)


def test_a_missing_argument_is_reported_with_its_choices(bench: Bench) -> None:
    outcome = bench.run("client")

    assert outcome.code == 2
    assert "Choose from:\n\tuv,\n\tpip,\n" in outcome.err


def test_the_program_exits_with_the_code(bench: Bench) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ghpypi", "list", "--store", "./nowhere"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error: nowhere has no index yet")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "error: nowhere has no index yet\n"),
        ({"FORCE_COLOR": "1"}, "\x1b[31merror:\x1b[0m nowhere has no index yet\n"),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "error: nowhere has no index yet\n"),
        ({"FORCE_COLOR": "", "NO_COLOR": ""}, "error: nowhere has no index yet\n"),
    ],
    ids=["none", "forced", "forbidden", "empty"],
)
def test_color_is_as_the_environment_says(
    bench: Bench, variables: dict[str, str], said: str
) -> None:
    bench.set(**variables)

    assert bench.run("list", "--store", "./nowhere").err.startswith(said)


def test_verbose_prints_the_cause_of_an_error(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    (bench.folder / "ghpypi.toml").write_text("store =")
    outcome = bench.run("list", "--verbose")

    assert outcome.err.startswith("error: ghpypi.toml is not valid TOML: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file that blocks its reader")
def test_an_interrupted_run_says_so_and_ends_with_130(bench: Bench) -> None:
    fifo = bench.folder / "token"
    os.mkfifo(fifo)
    with (
        subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE, "index", "-s", "acme/pypi", "--token-file", fifo],
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        fifo.open("w"),
    ):  # returns as soon as the other side is reading
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANG_SECONDS)

    assert process.returncode == 130
    assert err == ("\nwarning: interrupted\nrun the same command again to continue\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_a_reader_that_has_enough_gets_no_complaints(bench: Bench) -> None:
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, [sdist(f"project_{number}", "1.0") for number in range(3)])
    bench.run("index", "--store", "./index")
    with subprocess.Popen(
        [*GHPYPI, "list", "--store", "./index"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()

    assert (process.returncode, err) == (1, b"")


def test_commands_leave_the_garbage_collector_as_it_is(bench: Bench) -> None:
    """Docutils builds cyclic trees: with a rare collection, each rendered page stays in memory."""
    before = gc.get_threshold()
    bench.run("list", "--store", "./nowhere")

    assert gc.get_threshold() == before


@pytest.mark.parametrize("command", ["list", "index", "upload"])
def test_a_file_in_the_place_of_a_folder_is_reported(bench: Bench, command: str) -> None:
    (bench.folder / "file").write_text("x")
    files = map(str, written(bench.folder / "dist", sdist())) if command == "upload" else ()
    outcome = bench.run(command, *files, "--store", "./file/below")

    assert outcome.code in {1, 2, 5}
    assert "file" in outcome.err
    assert "bug" not in outcome.err
