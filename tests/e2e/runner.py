"""The real runner, `act`, with a repository of the emulator, and this checkout as the Action."""

import compileall
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ghpypi.core.project import REPOSITORY
from tests.e2e.machine import Machine
from tests.emulator import Emulator

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))

PLATFORMS = ("self-hosted", "ubuntu-latest", "ubuntu-24.04-arm", "windows-latest", "macos-latest")
"""All of them are this machine."""

_DOES = """
name: stub
description: Stands for an action of others.
inputs: {inputs}
runs:
  using: composite
  steps:
    - shell: bash
      env: {environment}
      run: |
        {does}
"""
_ALWAYS = "true"
_UPLOAD = """
# As the real one: a name is taken once in a run, and files that are not there are an error.
mkdir -p "$HANDED_ON/artifacts"
mkdir "$HANDED_ON/artifacts/$NAME"
cp $FILES "$HANDED_ON/artifacts/$NAME"
"""
_DOWNLOAD = """
# As the real one: one artifact by its name; or all that fit a pattern, merged into one folder.
mkdir -p "$FILES"
test -n "$NAME" || test "$MERGED" = true
for found in "$HANDED_ON/artifacts/"${NAME:-$PATTERN}; do cp "$found"/* "$FILES"; done
"""
_BUILD_WHEELS = """
# One wheel, of the next system in the list: each job of the matrix gets another one.
"$PYTHON_OF_TESTS" -m build --wheel --no-isolation --outdir "$RUNNER_TEMP/any"
for tag in manylinux_2_17_x86_64 manylinux_2_17_aarch64 win_amd64 macosx_11_0_arm64; do
  if mkdir "$HANDED_ON/$tag"; then break; fi
done
"$PYTHON_OF_TESTS" -m wheel tags --remove --platform-tag "$tag" "$RUNNER_TEMP/any/"*
mkdir -p "$TO"
mv "$RUNNER_TEMP/any/"* "$TO"
"""
_PUBLISH = """
# As the real one: what is in dist, which must not be empty.
mkdir -p "$HANDED_ON/published"
cp dist/* "$HANDED_ON/published"
"""
_UPLOAD_PAGES = """
mkdir "$HANDED_ON/pages"
cp -R "$FILES/." "$HANDED_ON/pages"
"""
_DEPLOY_PAGES = """
# As the real one: what another job has uploaded.
test -d "$HANDED_ON/pages"
touch "$HANDED_ON/deployed"
"""
_STUBS = {
    "actions/setup-python": _ALWAYS,  # there is one
    "actions/upload-artifact": _UPLOAD,
    "actions/download-artifact": _DOWNLOAD,
    "pypa/cibuildwheel": _BUILD_WHEELS,
    "pypa/gh-action-pypi-publish": _PUBLISH,
    "actions/attest": _ALWAYS,
    "actions/upload-pages-artifact": _UPLOAD_PAGES,
    "actions/deploy-pages": _DEPLOY_PAGES,
    "docker/build-push-action": _ALWAYS,
    "docker/login-action": _ALWAYS,
    "docker/setup-buildx-action": _ALWAYS,
    "docker/setup-qemu-action": _ALWAYS,
}
"""What the actions do that would have to be downloaded, and need services of GitHub."""

_INPUTS = {
    "NAME": "name",
    "PATTERN": "pattern",
    "FILES": "path",
    "MERGED": "merge-multiple",
    "TO": "output-dir",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """`act`, run in a checkout.

    Attributes:
        github: Where the repository is.
        workspace: The checkout.
        home: What steps hand on to us and to each other.
        actions: See the fixture `actions`.
        machine: What is installed there.
        name: The repository.
    """

    github: Emulator
    workspace: Path
    home: Path
    actions: Path
    machine: Machine
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
        self,
        event: str,
        token: str,
        payload: dict[str, Any] | None = None,
        *,
        fails: bool = False,
        environment: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        **more: str,
    ) -> str:
        """Run the workflows of an event; return what was logged, with no secret masked.

        The secrets of the run are the token and what else is given; what is in the environment
        is in that of each step. Options of `act` choose jobs and parts of a matrix.
        """
        secrets = {"GITHUB_TOKEN": token, **more}
        around = {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_SERVER_URL": self.github.server_url,
            "GITHUB_REPOSITORY": self.name,
            "HANDED_ON": str(self.home),
            "PYTHON_OF_TESTS": sys.executable,
            **(environment or {}),
        }
        home = Path(tempfile.mkdtemp(prefix="run-", dir=self.home))
        (home / "event.json").write_text(json.dumps(payload or {}))
        done = subprocess.run(
            [
                str(SCRIPTS / "act"), event,
                *(f"--platform={name}=-self-hosted" for name in PLATFORMS),
                "--eventpath", str(home / "event.json"),
                "--insecure-secrets", *(f"--secret={name}" for name in secrets),
                *(f"--env={name}={value}" for name, value in around.items()),
                *self._local_actions(),
                "--action-offline-mode", "--no-cache-server", *options,
            ],
            cwd=self.workspace,
            env={**self._environment(home), **secrets},
            capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        log = done.stdout + done.stderr

        assert bool(done.returncode) is fails, log
        assert not [one for one in secrets.values() if one in log], f"a token is in the log: {log}"

        return log

    def _environment(self, home: Path) -> dict[str, str]:
        """Make the environment of the steps, without the user's own settings of pip."""
        programs = home / "programs"
        programs.mkdir()
        (programs / "gh").symlink_to(SCRIPTS / "gh")
        path = [str(programs), str(self.machine.programs), os.environ["PATH"]]
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PIP_")},
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PIP_CONFIG_FILE": str(self.machine.pip_settings),
            "PATH": os.pathsep.join(path),
        }

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
    own = folder / REPOSITORY
    for name in ("ghpypi", "action"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, own / name, ignore=ignored)
    # Compiled once, not in each step of each run. The runner makes copies with other times.
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(own, quiet=2, invalidation_mode=unchecked)
    shutil.copy(ROOT / "action.yml", own)
    for name, does in _STUBS.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "action.yml").write_text(_stub(does))
    return folder


def _stub(does: str) -> str:
    inputs = {name: {"description": name, "default": ""} for name in _INPUTS.values()}
    environment = {key: f"${{{{ inputs.{name} }}}}" for key, name in _INPUTS.items()}
    lines = does.strip().splitlines()
    return _DOES.format(
        inputs=json.dumps(inputs),
        environment=json.dumps(environment),
        does="\n        ".join(lines),
    )
