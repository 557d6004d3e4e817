"""Real clients, each in an environment of its own: they do not agree on libraries.

Made once, and kept with the cache of pytest.
"""

import os
import shutil
import subprocess
import venv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin

from tests.e2e.installers import Done, bare_environment
from tests.e2e.real_input import registry

PINS = {
    "pip": "pip==26.3",
    "poetry": "poetry==2.5.1",
    "pdm": "pdm[locked]==2.29.3",  # newer libraries broke it
    "twine": "twine==7.0.0",
    "hatch": "hatch==1.18.2",
    "flit": "flit==4.2.0",
    "pipenv": "pipenv==2026.10.3",
    "simple-repository-server": "simple-repository-server==0.10.0",
    "pypiserver": "pypiserver==2.4.2",
    "devpi-server": "devpi-server==6.20.3",
    "devpi-client": "devpi-client==7.3.0",
}
NEWEST = bool(os.environ.get("GHPYPI_NEWEST_CLIENTS"))
"""Whether the newest versions are tried, instead of those that are known to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a project, and a home of its own."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder.parent / "home"

    def run(self, *command: str | Path, **more: str) -> Done:
        """Run a command here; all hosts but this machine are closed."""
        self.home.mkdir(exist_ok=True)
        environment = {**bare_environment(self.home), **self.environment, **more}
        return subprocess.run(
            [str(each) for each in command], cwd=self.folder, env=environment, check=False,
            capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def do(self, *command: str | Path, **more: str) -> str:
        """Run a command, which has to succeed."""
        done = self.run(*command, **more)

        assert done.returncode == 0, done.stdout + done.stderr

        return done.stdout + done.stderr


def tool(name: str, cache: Path) -> Path:
    """Find a tool, made when it is first asked for; several processes may ask at once."""
    requirement = name if NEWEST else PINS[name]
    root = cache / requirement.replace("==", "-").replace("[locked]", "")
    program = root / ("Scripts" if os.name == "nt" else "bin") / name
    with FileLock(cache / f"{name}.lock"):
        if not (root / "complete").exists():
            shutil.rmtree(root, ignore_errors=True)
            venv.create(root, with_pip=False, symlinks=os.name != "nt")
            python = program.with_name("python")
            # Most of what a client depends on is never imported, and need not be compiled.
            install = [find_uv_bin(), "--no-config", "pip", "install", "--quiet"]
            install += ["--default-index", registry(), "--python", str(python)]
            subprocess.run([*install, requirement], check=True)
            (root / "complete").touch()
    return program


def uv() -> str:
    """Find the uv that came with these tests."""
    return find_uv_bin()
