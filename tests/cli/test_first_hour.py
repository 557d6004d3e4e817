"""What meets a new user: advice without a command, completion, and the questions of `init`."""

import io
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from ghpypi.cli.main import run
from tests.cli.conftest import Bench
from tests.cli.published_index import in_folder
from tests.documents.blocks import Block, blocks
from tests.emulator import Emulator
from tests.support.packages import wheel, written

PROJECT = '[project]\nname = "acme-lib"\nversion = "1.0"\n'


class Terminal(io.StringIO):
    """A stream that a person uses."""

    def isatty(self) -> bool:
        return True


class Person:
    """A person at a terminal, who gives answers and reads questions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch, self._questions = monkeypatch, Terminal()
        monkeypatch.delenv("CI", raising=False)

    def answers(self, *lines: str) -> None:
        """Sit down at the terminal. Called in the test: pytest changes streams before it."""
        self._patch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
        self._patch.setattr(sys, "stderr", self._questions)

    @property
    def read(self) -> str:
        return self._questions.getvalue()


@pytest.fixture
def person(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(monkeypatch)


def advice(bench: Bench) -> tuple[str, list[str]]:
    """Give the sentence about the folder, and the commands."""
    outcome = bench.run()

    assert (outcome.code, outcome.err) == (0, "")

    sentence, *lines = outcome.out.splitlines()
    return sentence, [line.strip().partition("  ")[0] for line in lines if line.startswith("  ")]


def test_a_newcomer_is_shown_the_demo(bench: Bench) -> None:
    sentence, commands = advice(bench)

    assert sentence == "There is no project and no package index here."
    assert commands == ["ghpypi demo", "ghpypi init OWNER/REPO", "ghpypi init ./index"]


def test_a_project_is_to_be_built_and_uploaded(bench: Bench) -> None:
    (bench.folder / "pyproject.toml").write_text(PROJECT)

    assert advice(bench)[1][0] == "ghpypi upload --build --store OWNER/REPO"

    written(bench.folder / "dist", wheel())
    sentence, commands = advice(bench)

    assert sentence == "There is a dist/ with 1 file to upload."
    assert commands[0] == "ghpypi upload dist/ --store OWNER/REPO"

    bench.set(GHPYPI_STORE="./index")

    assert advice(bench)[1] == ["ghpypi upload dist/"]


def test_a_settings_file_of_tools_is_not_a_project(bench: Bench) -> None:
    (bench.folder / "pyproject.toml").write_text("[tool.ruff]\n")

    assert advice(bench)[1][0] == "ghpypi demo"


def test_a_folder_with_an_index_is_recognized(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_folder(bench, "", {"v1": [wheel()]})
    monkeypatch.delenv("GHPYPI_STORE")

    assert advice(bench)[0] == "The package index of this folder is ./index."

    (bench.folder / "pyproject.toml").write_text(PROJECT)

    assert advice(bench)[1] == ["ghpypi upload --build --store ./index"]

    monkeypatch.chdir(bench.folder / "index")
    sentence, commands = advice(bench)

    assert sentence == "This folder is a package index."
    assert commands[0] == "ghpypi list --store ."


def test_a_repository_is_set_up(bench: Bench) -> None:
    bench.set(GHPYPI_STORE="acme/pypi")

    assert advice(bench) == (
        "This is a checkout of acme/pypi.",
        ["ghpypi init acme/pypi", "ghpypi list", "ghpypi doctor"],
    )


@pytest.mark.parametrize("content", ["[index", 'store = "acme"', 'stor = "acme/pypi"'])
def test_an_invalid_configuration_is_no_error_yet(bench: Bench, content: str) -> None:
    (bench.folder / "ghpypi.toml").write_text(content)
    (bench.folder / "pyproject.toml").write_text("[project")
    (bench.folder / "dist").mkdir()

    assert advice(bench)[1][0] == "ghpypi demo"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(
    bench: Bench, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.set(_GHPYPI_COMPLETE=f"{shell}_source")

    assert run([]) == 0
    assert f"_GHPYPI_COMPLETE={shell}_complete" in capsys.readouterr().out

    position = "upl" if shell == "fish" else "1"
    bench.set(_GHPYPI_COMPLETE=f"{shell}_complete", COMP_WORDS="ghpypi upl", COMP_CWORD=position)
    run([])

    assert "upload" in capsys.readouterr().out


COMPLETED = {
    "bash": """
        COMP_WORDS=(ghpypi upload --dry) COMP_CWORD=2
        $(complete -p ghpypi | sed 's/.* -F \\([^ ]*\\) .*/\\1/') ghpypi
        echo "${COMPREPLY[@]}"
    """,
    "zsh": "autoload -Uz compinit; compinit -u -D\n{lines}\necho $_comps[ghpypi]",
    "fish": "source ~/.config/fish/completions/ghpypi.fish; complete -C 'ghpypi upload --dry'",
}
"""What shows in a shell that the lines of the document work; zsh completes in its editor only."""


@pytest.mark.parametrize("block", blocks("docs/how-to/completion.md"), ids=lambda x: x.language)
def test_the_lines_of_the_document_work_in_each_shell(block: Block, tmp_path: Path) -> None:
    shell = shutil.which(block.language)
    if shell is None:
        pytest.skip(f"{block.language} is not installed")
    script = COMPLETED[block.language]
    lines = script.format(lines=block.text) if "{lines}" in script else f"{block.text}\n{script}"
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [shell, "-c", lines], check=True, capture_output=True, text=True,
        env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
    )  # fmt: skip

    expected = "_ghpypi_completion" if block.language == "zsh" else "--dry-run"
    assert expected in done.stdout, done.stderr


def test_init_asks_for_what_is_missing(
    bench: Bench, empty_github: Emulator, person: Person
) -> None:
    owner = empty_github.add_organization("acme", owners=["ann"])
    empty_github.add_team(owner.login, "developers", members=["ann"])
    bench.set(GHPYPI_TOKEN=empty_github.add_token("ann"))
    person.answers("nonsense", "acme/pypi", "private", "developers")
    outcome = bench.run("init", "--dry-run", "-q")

    assert "Where is the index to be" in person.read
    assert "'nonsense' is neither OWNER/REPO nor a path" in person.read
    assert "acme/pypi does not exist" in person.read
    assert "created as acme/pypi, which only people and teams with access can read" in outcome.out
    assert "developers" in outcome.out


@pytest.mark.parametrize("reason", ["CI", "json"])
def test_init_asks_nothing_where_no_person_answers(
    bench: Bench, empty_github: Emulator, person: Person, reason: str
) -> None:
    empty_github.add_organization("acme", owners=["ann"])
    bench.set(
        GHPYPI_TOKEN=empty_github.add_token("ann"), **({"CI": "true"} if reason == "CI" else {})
    )
    options = ["--json"] if reason == "json" else []

    person.answers()

    assert bench.run("init", *options).code == 2
    assert bench.run("init", "acme/pypi", *options).code == 2
    assert "neither --public nor --private" in person.read
    assert "public or private?" not in person.read


def test_a_folder_is_asked_for_too(bench: Bench, person: Person) -> None:
    person.answers("./packages")

    assert bench.run("init", "-q").code == 0
    assert (bench.folder / "packages/simple/index.html").is_file()


def test_printed_commands_quote_the_path_of_a_folder(bench: Bench) -> None:
    printed = bench.run("init", "./my index").out
    named = [
        line for line in printed.splitlines() if line.startswith("    ") and "my index" in line
    ]

    assert [shlex.split(line)[-1] for line in named] == ["./my index"] * 2


def test_the_instructions_for_failed_steps_come_last(bench: Bench) -> None:
    (bench.folder / "occupied").touch()
    done = bench.run("init", "./occupied/index")

    assert done.code == 1
    assert done.out.endswith("\n\nfolder: complete this step manually\n")
    assert "folder: cannot create" in done.err
