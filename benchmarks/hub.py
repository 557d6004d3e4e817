"""The emulator of GitHub with a repository in it, and `ghpypi` against it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.child import Work
from ghpypi.cli.main import run
from tests.emulator import Emulator
from tests.emulator.repository import Repository

STORE = "acme/pypi"


@contextmanager
def hub(folder: Path) -> Iterator[tuple[Emulator, Repository, dict[str, str]]]:
    """Start a GitHub with an empty store; also give the environment that leads there."""
    with Emulator(folder) as github:
        github.add_organization("acme")
        github.add_user("bot")
        repository = github.add_repository(STORE)
        repository.grant("bot", "write")
        yield (
            github,
            repository,
            {
                "GITHUB_API_URL": github.api_url,
                "GITHUB_SERVER_URL": github.server_url,
                "GHPYPI_TOKEN": github.add_token("bot"),
            },
        )


def ghpypi(*arguments: str) -> Work:
    """Run the command line as the console script does."""

    def work() -> None:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            stdout, sys.stdout = sys.stdout, nowhere
            try:
                code = run(arguments)
            finally:
                sys.stdout = stdout
        assert code == 0, code

    return work
