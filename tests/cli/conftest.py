"""A clean place to run the command line in."""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ghpypi.cli.main import run
from ghpypi.report import forget_secrets
from tests.emulator import Emulator
from tests.support.json_documents import check_printed
from tests.support.keyrings import NONE, MemoryKeyring, system_keyring

OURS = ("GHPYPI_", "GH_", "GITHUB_", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str


def without_counts(outcome: Outcome) -> Outcome:
    """Leave out how many pages were written; which ones is tested elsewhere."""
    text = re.sub(r"wrote \d+ and removed \d+ pages", "wrote pages", outcome.out)
    return replace(outcome, out=text)


class Bench:
    """A folder, an environment with nothing in it that matters to us, and the command line."""

    def __init__(
        self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._patch = patch
        self._capsys = capsys

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def run(self, *arguments: str) -> Outcome:
        """Run the command line here; a document that it prints must be as its schema says."""
        self._capsys.readouterr()
        code = run(arguments)
        out, err = self._capsys.readouterr()
        check_printed(arguments, out)
        return Outcome(code, out, err)


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    programs = tmp_path / "programs"
    programs.mkdir()
    git = shutil.which("git")
    if git:
        (programs / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(programs))
    # What ghpypi keeps for its user is looked for here, and so are the files of other programs.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    forget_secrets()
    with system_keyring(MemoryKeyring(NONE)):
        yield Bench(folder, monkeypatch, capsys)
    # `--verbose` holds for a process, and this one goes on.
    logger = logging.getLogger("ghpypi")
    logger.handlers = []
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def empty_github(tmp_path: Path, bench: Bench) -> Iterator[Emulator]:
    """An empty GitHub that the environment points to."""
    folder = tmp_path / "github"
    folder.mkdir()
    with Emulator(folder) as github:
        bench.set(GITHUB_API_URL=github.api_url, GITHUB_SERVER_URL=github.server_url)
        yield github


@pytest.fixture
def github(empty_github: Emulator, bench: Bench) -> Emulator:
    """That GitHub with an organization, a signed-in user, and a configured store."""
    empty_github.add_organization("acme")
    empty_github.add_user("bot")
    bench.set(GHPYPI_TOKEN=empty_github.add_token("bot"), GHPYPI_STORE="acme/pypi")
    return empty_github
