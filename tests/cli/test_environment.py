"""What the environment holds while templates are rendered: no tokens."""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ghpypi.child_environment import without_secrets
from ghpypi.core.secret_variables import is_secret_variable
from ghpypi.core.templates import Sources
from ghpypi.rendering import ProcessRenderer
from ghpypi.server import run
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.support.packages import publish_files, wheel

SECRETS = {
    "GHPYPI_TOKEN": "ghp_1",
    "GHPYPI_SERVE_UPLOAD_PASSWORD": "2",
    "GHPYPI_SERVE_SESSION_SECRET": "3456789abcdef0123456789abcdef012",
    "GH_TOKEN": "ghp_4",
    "GITHUB_TOKEN": "ghs_5",
    "GH_ENTERPRISE_TOKEN": "ghp_6",
    "GITHUB_ENTERPRISE_TOKEN": "ghp_7",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "8",
    "ACTIONS_RUNTIME_TOKEN": "9",
}
Facts = Mapping[str, Any]
KEPT = ("PATH", "GITHUB_TOKENS", "GITHUB_ACTIONS", "GHPYPI_STORE", "XGH_TOKEN", "GHPYPI_TOKENS")


@pytest.mark.parametrize("name", SECRETS)
def test_variables_with_secrets_are_known(name: str) -> None:
    assert is_secret_variable(name)


@pytest.mark.parametrize("name", KEPT)
def test_other_variables_are_no_secrets(name: str) -> None:
    assert not is_secret_variable(name)


def test_secrets_come_back_whatever_happens(bench: Bench) -> None:
    bench.set(**SECRETS)
    found = []

    def fail() -> None:
        with without_secrets():
            found.append(SECRETS.keys() & os.environ.keys())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert found == [set()]
    assert SECRETS.items() <= os.environ.items()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Note which secrets are there whenever a template of a site is rendered."""
    found: list[set[str]] = []
    template = ProcessRenderer.template

    def noting(self: ProcessRenderer, name: str, sources: Sources, facts: Facts) -> bytes:
        found.append({name for name in os.environ if is_secret_variable(name)})
        return template(self, name, sources, facts)

    monkeypatch.setattr(ProcessRenderer, "template", noting)
    return found


TEMPLATE = "{# ghpypi-templates: 1 #}\nours"


def folder_with_templates(bench: Bench) -> Path:
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [wheel()])
    (root / "mine").mkdir()
    (root / "mine/landing.html").write_text(TEMPLATE)
    (root / "ghpypi.toml").write_text("[site]\ntemplates = 'mine'\n")
    bench.set(**SECRETS)
    return root


@pytest.mark.parametrize(
    "command",
    [
        ("index", "--store", "./index"),
        ("index", "--store", "./index", "--check"),
        ("index", "--store", "./index", "--dry-run", "--full"),
        ("init", "./index"),
        ("init", "./index", "--dry-run"),
        ("upload", "more-1.0-py3-none-any.whl", "--store", "./index"),
    ],
    ids=" ".join,
)
def test_no_secret_is_there_when_templates_of_a_folder_are_rendered(
    bench: Bench, seen: list[set[str]], command: tuple[str, ...]
) -> None:
    root = folder_with_templates(bench)
    name, content = wheel("more", "1.0")
    (bench.folder / name).write_bytes(content)
    bench.run(*command)

    assert root.exists()
    assert all(not each for each in seen)
    assert seen or "--dry-run" in command


def test_no_secret_is_there_when_templates_of_a_repository_are_rendered(
    bench: Bench, github: Emulator, seen: list[set[str]]
) -> None:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files(
        {"ghpypi.toml": "[site]\ntemplates = 'mine'\n", "mine/landing.html": TEMPLATE}
    )
    assert bench.run("index", "--allow-shrink").code == 0

    assert seen
    assert all(not each for each in seen)
    assert "GHPYPI_TOKEN" in os.environ


def test_a_server_has_no_secrets_in_its_environment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_with_templates(bench)
    found: list[set[str]] = []

    def served(_app: object, sockets: Sequence[socket.socket], *_: object) -> None:
        for each in sockets:
            each.close()
        found.append({name for name in os.environ if is_secret_variable(name)})

    monkeypatch.setattr(run, "serve", served)
    outcome = bench.run("serve", "./index", "--port", "0")

    assert outcome.code == 0, outcome.err
    assert found == [set()]
