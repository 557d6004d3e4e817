"""Which secrets the programs and processes that ghpypi starts find in their environment."""

import multiprocessing
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ghpypi.child_environment import child_environment, secrets_found, without_secrets
from ghpypi.cleanup import run_program
from ghpypi.cli import choice, demo, project_build, public_index, token, verify_install
from ghpypi.cli.child_process import run_child
from ghpypi.cli.renderer import renderer_without_secrets
from ghpypi.cli.verify_target import VerifyTarget
from ghpypi.core.clients.run_environment import run_environment
from ghpypi.core.locator import Hosts
from ghpypi.core.secret_variables import CLOUD_SECRETS, STORE_SECRETS, is_secret_variable
from ghpypi.errors import GhpypiError
from ghpypi.stores.github.git import Git, GitRemote
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.objects.aws_cli import ProfileCredentials
from tests.cli.conftest import Bench
from tests.support.reporters import MemoryReporter

SECRETS = {
    name: f"hunter-{name.lower()}"
    for name in (
        *STORE_SECRETS,
        "GHPYPI_TOKEN", "GHPYPI_UPLOAD_TOKEN", "GHPYPI_SERVE_UPLOAD_PASSWORD",
        "GHPYPI_SERVE_SESSION_SECRET", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AZURE_STORAGE_CONNECTION_STRING", "TWINE_PASSWORD",
    )
}  # fmt: skip
PROGRAM = """#!/bin/sh
echo "$0" "$@" >> {folder}/arguments
env > {folder}/environment
"""


@pytest.fixture
def place(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which programs of all names note their arguments and environment."""
    folder = bench.folder / "seen"
    folder.mkdir()
    program = folder / "program"
    program.write_text(PROGRAM.format(folder=folder))
    program.chmod(0o755)
    for name in ("git", "gh", "aws", "twine", "uv", "other"):
        path = bench.folder.parent / "programs" / name
        path.unlink(missing_ok=True)
        path.symlink_to(program)
    for name in ("python", "sample-hello"):
        (folder / "bin").mkdir(exist_ok=True)
        (folder / "bin" / name).symlink_to(program)
    monkeypatch.setenv("PATH", f"{bench.folder.parent / 'programs'}:/bin:/usr/bin")
    monkeypatch.setattr(sys, "executable", str(program))
    bench.set(**SECRETS)
    return folder


def _git(place: Path) -> None:
    remote = GitRemote("acme/pypi", "https://github.com", None, Backoff(0))
    Git(remote, place).commits("main")


def _build(place: Path) -> None:
    (place / "setup.py").touch()
    with project_build.built_project(place, MemoryReporter(), keep=False):
        pass


def _run(keep: bool) -> None:
    environment = run_environment(os.environ, "http://127.0.0.1/", "me", "", keep_tokens=keep)
    run_child(["other"], environment)


TABLE: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "git, to find the store": (lambda _: choice._origin_url(), set()),
    "git, to publish": (_git, set()),
    "gh": (lambda _: token.token_of_gh(Hosts.of("github.com")), set()),
    "aws": (lambda _: ProfileCredentials()(), set()),
    "build": (_build, set()),
    "twine": (
        lambda _: run_program(["twine"], child_environment(keep=public_index.FOR_TWINE)),
        {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "TWINE_PASSWORD"},
    ),
    "verify --install": (
        lambda _: verify_install.install(VerifyTarget("https://a.example/"), "acme", "uv"),
        set(),
    ),
    "demo": (lambda place: demo._install_and_run(place, "http://127.0.0.1/"), set()),
    # Commands of users may need what ghpypi does not use.
    "run": (
        lambda _: _run(keep=False),
        {name for name in SECRETS if name not in STORE_SECRETS and "GHPYPI" not in name},
    ),
    "run --keep-token": (
        lambda _: _run(keep=True), {name for name in SECRETS if "GHPYPI" not in name},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_a_program_finds_the_secrets_that_it_needs(place: Path, name: str) -> None:
    start, expected = TABLE[name]
    with suppress(GhpypiError):  # the program does nothing
        start(place)
    lines = (place / "environment").read_text().splitlines()

    assert {line.partition("=")[0] for line in lines if "=hunter-" in line} == expected
    assert "hunter-" not in (place / "arguments").read_text()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the environment of a process there")
def test_a_rendering_process_is_started_without_secrets(bench: Bench) -> None:
    bench.set(**SECRETS)
    with renderer_without_secrets() as renderer:
        renderer.render("*text*", "text/markdown")
        (child,) = multiprocessing.active_children()
        found = Path(f"/proc/{child.pid}/environ").read_text()

    assert "PATH=" in found
    assert "hunter-" not in found


STARTERS = {"cleanup.py", "cli/child_process.py", "cli/detached_proxy.py", "process_pool.py"}
"""The modules that start processes: the third starts ghpypi itself, with its token."""

CALLERS = {
    "cli/choice.py", "cli/demo.py", "cli/project_build.py", "cli/public_index.py", "cli/run.py",
    "cli/token.py", "cli/verify_install.py", "stores/github/git.py", "stores/objects/aws_cli.py",
}  # fmt: skip
"""The modules that call them, all of which are in the table."""

STARTS = re.compile(
    r"\bsubprocess\.(run|Popen|call|check_\w+)\(|\bos\.(exec|fork|spawn|system|posix_spawn)"
    r"|\bget_context\(|\bcreate_subprocess_"
)
CALLS = re.compile(r"\brun_(program|child)\((?!\n    command)")


def test_the_table_has_all_programs() -> None:
    package = Path(project_build.__file__).parents[1]
    texts = {x.relative_to(package).as_posix(): x.read_text() for x in package.rglob("*.py")}

    assert {name for name, text in texts.items() if STARTS.search(text)} == STARTERS
    assert {name for name, text in texts.items() if CALLS.search(text)} == CALLERS


def test_removed_secrets_are_still_known_to_this_process(bench: Bench) -> None:
    bench.set(AWS_SECRET_ACCESS_KEY="key", AWS_SESSION_TOKEN="")
    with without_secrets(), without_secrets():
        assert "AWS_SECRET_ACCESS_KEY" not in os.environ
        assert secrets_found(CLOUD_SECRETS["s3"]) == {"AWS_SECRET_ACCESS_KEY": "key"}
        assert child_environment(keep=["AWS_SECRET_ACCESS_KEY"])["AWS_SECRET_ACCESS_KEY"] == "key"

    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "key"
    assert all(map(is_secret_variable, SECRETS))
