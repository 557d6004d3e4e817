"""The real runner runs the Action, as it stands in this checkout, against the emulator."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installers import Installer, Place
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.packages import wheel, written

ROOT = Path(__file__).parents[2]
ACTION = "ghpypi/ghpypi@v0"

INDEX = f"""
on: [release, repository_dispatch, workflow_dispatch, schedule]
jobs:
  index:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: index
        uses: {ACTION}
      - env:
          OUTPUTS: ${{{{ toJSON(steps.index.outputs) }}}}
          REPORT: ${{{{ steps.index.outputs.report }}}}
        run: |
          printf %s "$OUTPUTS" > "$HANDED_ON/outputs.json"
          cp "$REPORT" "$HANDED_ON/report.json"
"""
UPLOAD = f"""
on: [push]
jobs:
  upload:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: {ACTION}
        with:
          command: upload
          files: dist/*.whl
"""
KEEPS_NOTHING = """
name: cache
description: Stands for the cache service, which is not reachable here.
inputs:
  path: {description: path}
  key: {description: key}
runs:
  using: composite
  steps:
    - shell: bash
      run: 'true'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """`act` with a repository of the emulator checked out."""

    github: Emulator
    repository: Repository
    workspace: Path
    home: Path
    actions: Path

    def handed_on(self, name: str) -> dict[str, Any]:
        """Read what a later step was handed: `outputs` or `report`."""
        found: dict[str, Any] = json.loads((self.home / f"{name}.json").read_text())
        return found

    def commit(self, files: dict[str, bytes | str]) -> None:
        """Put files into the workspace."""
        for path, content in files.items():
            place = self.workspace / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, event: str, token: str, payload: dict[str, object] | None = None) -> str:
        """Run the workflows of an event; return what was logged."""
        (self.home / "event.json").write_text(json.dumps(payload or {}))
        done = subprocess.run(
            [
                str(Path(sysconfig.get_path("scripts")) / "act"), event,
                "--platform", "ubuntu-latest=-self-hosted",
                "--eventpath", str(self.home / "event.json"),
                "--secret", "GITHUB_TOKEN",
                "--env", f"GITHUB_API_URL={self.github.api_url}",
                "--env", f"GITHUB_SERVER_URL={self.github.server_url}",
                "--env", "GITHUB_REPOSITORY=acme/pypi",
                "--env", f"HANDED_ON={self.home}",
                "--env", f"RUNNER_TOOL_CACHE={self.actions / 'tools'}",
                "--local-repository", f"{ACTION}={self.actions / 'ghpypi'}",
                *self._stubs(),
                "--action-offline-mode", "--no-cache-server",
            ],
            cwd=self.workspace,
            env={**os.environ, "HOME": str(self.home), "GITHUB_TOKEN": token},
            capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout + done.stderr
        assert token not in done.stdout + done.stderr

        return done.stdout

    def _stubs(self) -> Iterator[str]:
        for uses in set(re.findall(r"uses: (\S+)", (ROOT / "action.yml").read_text())):
            yield from ("--local-repository", f"{uses}={self.actions / 'cache'}")


@pytest.fixture(scope="session")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Action as a runner would fetch it, and a cache that keeps nothing."""
    folder = tmp_path_factory.mktemp("actions")
    for name in ("ghpypi", "action"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / "ghpypi" / name, ignore=ignored)
    shutil.copy(ROOT / "action.yml", folder / "ghpypi")
    (folder / "cache").mkdir()
    (folder / "cache" / "action.yml").write_text(KEEPS_NOTHING)
    return folder


@pytest.fixture
def runner(actions: Path, tmp_path: Path) -> Iterator[Runner]:
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    workspace.mkdir()
    with Emulator(tmp_path) as github:
        github.add_organization("acme")
        repository = github.add_repository("acme/pypi")
        for command in (
            ["init", "--quiet", "--initial-branch=main"],
            ["remote", "add", "origin", f"{github.server_url}/acme/pypi.git"],
            ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x", "--allow-empty"],
        ):
            subprocess.run(["git", *command], cwd=workspace, check=True)
        found = Runner(
            github=github, repository=repository, workspace=workspace, home=home, actions=actions
        )
        found.commit(
            {
                "ghpypi.toml": f'[index]\nurl = "{github.pages_url}/acme/pypi/"\n',
                ".github/workflows/index.yml": INDEX,
            }
        )
        yield found


@pytest.fixture
def token(runner: Runner) -> str:
    """The token of a workflow run: of no user, for one repository."""
    runner.github.add_user("github-actions[bot]")
    return runner.github.add_token("github-actions[bot]", installation="acme/pypi")


def index_url(runner: Runner) -> str:
    return f"{runner.github.pages_url}/acme/pypi/simple/"


def test_a_release_made_by_hand_is_installable_after_the_run(
    runner: Runner, token: str, installer: Installer, place: Place
) -> None:
    release = runner.repository.add_release("acme-lib-1.0")
    release.add_asset(*wheel("acme_lib", "1.0"))
    log = runner.run("release", token, {"action": "published", "release": {"tag_name": "x"}})

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert "| [acme-lib](" in log
    assert runner.handed_on("outputs")["index-url"] == index_url(runner)
    assert runner.handed_on("outputs")["changed"] == "true"
    assert runner.handed_on("outputs")["projects"] == "1"
    assert runner.handed_on("report")["index"]["files"] == 1

    done = installer.install(place, index_url(runner), "acme-lib")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.0"}


def test_a_second_run_changes_nothing_and_says_so(runner: Runner, token: str) -> None:
    runner.repository.add_release("acme-lib-1.0").add_asset(*wheel("acme_lib", "1.0"))
    runner.run("workflow_dispatch", token)
    head = runner.repository.head("gh-pages")
    log = runner.run("schedule", token)

    assert "nothing changed" in log
    assert runner.handed_on("outputs")["changed"] == "false"
    assert runner.repository.head("gh-pages") == head


def test_a_workflow_uploads_with_its_own_token_and_the_dispatch_indexes(
    runner: Runner, token: str, installer: Installer, place: Place
) -> None:
    runner.commit({".github/workflows/upload.yml": UPLOAD})
    written(runner.workspace / "dist", wheel("acme_lib", "1.0"))
    log = runner.run("push", token)

    assert "uploaded" in log
    assert runner.repository.head("gh-pages") is None
    (dispatch,) = runner.github.dispatches
    assert dispatch.event_type == "ghpypi"

    runner.run("repository_dispatch", token, {"action": dispatch.event_type})
    done = installer.install(place, index_url(runner), "acme-lib")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"acme-lib": "1.0"}
