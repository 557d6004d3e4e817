"""What real pip asks the keyring, and where it sends the answers."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ghpypi.cli.stored_credentials import StoredCredentials
from tests.e2e.installers import bare_environment, run
from tests.support.folder_server import FolderServer, serving
from tests.support.guarded_server import GuardedServer, guarding
from tests.support.packages import wheel, written

TOKEN = "ghp_of_the_user"

ASKED = """
import os, pathlib
from keyring.backend import KeyringBackend
from ghpypi.keyring_backend import GhpypiKeyring

class Asked(GhpypiKeyring):
    priority = 10

    def get_credential(self, service, username):
        found = super().get_credential(service, username)
        with open(os.environ["ASKED"], "a") as file:
            file.write(f"{service} {'given' if found else 'nothing'}\\n")
        return found
"""


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[GuardedServer]:
    """A server that wants a token, over http."""
    folder = written(tmp_path / "guarded" / "simple" / "acme-lib", wheel("acme_lib", "1.0"))[
        0
    ].parent
    (folder / "index.html").write_text(f'<a href="{wheel()[0]}">{wheel()[0]}</a>')
    with guarding(tmp_path / "guarded", TOKEN) as server:
        yield server


def pip(tmp_path: Path, *arguments: str) -> tuple[int, list[str]]:
    """Let pip ask the keyring; tell what it asked for, and what came of it."""
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "asked.py").write_text(ASKED)
    environment = {
        **bare_environment(tmp_path),
        "GHPYPI_CONFIG_DIR": str(tmp_path / "kept"),
        "GH_TOKEN": TOKEN,
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(tmp_path / "asked"),
        "PYTHON_KEYRING_BACKEND": "asked.Asked",
        "ASKED": str(tmp_path / "questions"),
    }
    done = run(
        [
            sys.executable, "-m", "pip", "--isolated", "--no-input", "download", "--retries", "0",
            "--disable-pip-version-check", "--keyring-provider", "import",
            "--dest", str(tmp_path / "downloads"), *arguments,
        ],
        environment,
    )  # fmt: skip
    questions = tmp_path / "questions"
    return done.returncode, questions.read_text().splitlines() if questions.exists() else []


def test_pip_asks_with_the_address_of_the_index(tmp_path: Path, guard: GuardedServer) -> None:
    StoredCredentials(folder=tmp_path / "kept").trust(
        guard.address.rstrip("/"), "https://api.github.com"
    )
    code, asked = pip(tmp_path, "--index-url", f"{guard.address}simple/", "acme-lib")

    assert code == 0
    assert asked == [f"{guard.address}simple/ given"]
    assert set(guard.passwords) == {TOKEN}


def test_a_dependency_over_http_on_the_host_of_an_https_server_is_sent_no_token(
    tmp_path: Path, guard: GuardedServer
) -> None:
    host = guard.address.removeprefix("http://").rstrip("/")
    StoredCredentials(folder=tmp_path / "kept").trust(f"https://{host}", "https://api.github.com")
    file = f"{guard.address}simple/acme-lib/{wheel()[0]}"
    evil = wheel("evil", "1.0", f"Requires-Dist: acme-lib @ {file}")
    with elsewhere(tmp_path, evil) as other:
        code, asked = pip(tmp_path, "--index-url", f"{other.address}simple/", "evil")

    assert code != 0
    assert asked == [f"{host} nothing"]
    assert guard.refused
    assert guard.passwords == []


def elsewhere(tmp_path: Path, file: tuple[str, bytes]) -> AbstractContextManager[FolderServer]:
    """Serve an untrusted index."""
    folder = tmp_path / "other" / "simple" / "evil"
    written(folder, file)
    (folder / "index.html").write_text(f'<a href="{file[0]}">{file[0]}</a>')
    return serving(tmp_path / "other")
