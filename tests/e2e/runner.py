"""The real runner, `act`, with a repository of the emulator, and this checkout as the Action."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
ACTION = "ghpypi/ghpypi"

_DOES = """
name: stub
description: Stands for an action of others.
inputs:
  path: {{description: path, default: ""}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {{FILES: "${{{{ inputs.path }}}}"}}
      run: '{}'
"""
_STUBS = {
    "actions/cache": "true",  # keeps nothing
    "actions/setup-python": "true",  # there is one
    "actions/upload-artifact": 'mkdir -p "$HANDED_ON/dist" && cp $FILES "$HANDED_ON/dist"',
    "actions/download-artifact": 'mkdir -p "$FILES" && cp "$HANDED_ON/dist"/* "$FILES"',
}
"""What the actions do that would have to be downloaded, and need services of GitHub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """`act`, run in a checkout.

    Attributes:
        github: Where the repository is.
        workspace: The checkout.
        home: What steps hand on to us and to each other.
        actions: See the fixture `actions`.
        tools: The tool cache of the machine that runs it all.
        name: The repository.
    """

    github: Emulator
    workspace: Path
    home: Path
    actions: Path
    tools: Path
    name: str = "acme/pypi"

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

    def run(
        self, event: str, token: str, payload: dict[str, Any] | None = None, **more: str
    ) -> str:
        """Run the workflows of an event; return what was logged, with no secret masked.

        The secrets of the run are the token and what else is given.
        """
        secrets = {"GITHUB_TOKEN": token, **more}
        home = Path(tempfile.mkdtemp(prefix="run-", dir=self.home))
        (home / "event.json").write_text(json.dumps(payload or {}))
        # Where act has its tool cache, whatever the environment says.
        cache = home / "cache" / "act"
        cache.mkdir(parents=True)
        (cache / "tool_cache").symlink_to(self.tools, target_is_directory=True)
        done = subprocess.run(
            [
                str(SCRIPTS / "act"), event,
                "--platform", "ubuntu-latest=-self-hosted",
                "--eventpath", str(home / "event.json"),
                "--insecure-secrets", *(f"--secret={name}" for name in secrets),
                "--env", f"GITHUB_API_URL={self.github.api_url}",
                "--env", f"GITHUB_SERVER_URL={self.github.server_url}",
                "--env", f"GITHUB_REPOSITORY={self.name}",
                "--env", f"HANDED_ON={self.home}",
                *self._local_actions(),
                "--action-offline-mode", "--no-cache-server",
            ],
            cwd=self.workspace,
            env={
                **os.environ,
                "HOME": str(home),
                "XDG_CACHE_HOME": str(cache.parent),
                **secrets,
            },
            capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        log = done.stdout + done.stderr

        assert done.returncode == 0, log
        assert not [one for one in secrets.values() if one in log], f"a token is in the log: {log}"

        return log

    def _local_actions(self) -> Iterator[str]:
        files = [ROOT / "action.yml", *self.workspace.glob(".github/workflows/*.yml")]
        for uses in {one for file in files for one in re.findall(r"uses: (\S+)", file.read_text())}:
            folder = self.actions / uses.partition("@")[0]
            if folder.is_dir():
                yield from ("--local-repository", f"{uses}={folder}")


@pytest.fixture(scope="session")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All actions as a runner would fetch them, by their names: this checkout, and stubs."""
    folder = tmp_path_factory.mktemp("actions")
    own = folder / ACTION
    for name in ("ghpypi", "action"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, own / name, ignore=ignored)
    shutil.copy(ROOT / "action.yml", own)
    for name, does in _STUBS.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "action.yml").write_text(_DOES.format(does))
    return folder


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool cache, one for all workers of a run of the tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "tools"
    folder.mkdir(exist_ok=True)
    return folder
