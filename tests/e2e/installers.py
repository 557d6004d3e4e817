"""Real pip and real uv, each with its arguments only: no settings, no cache, no network.

Whatever they install can only have come from the index they are given.
"""

import json
import os
import subprocess
import tempfile
import venv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from uv import find_uv_bin

Done = subprocess.CompletedProcess[str]

_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "GIT_CEILING_DIRECTORIES")
_NOWHERE = "http://127.0.0.1:9"
_LIST = """
import importlib.metadata, json, re
found = importlib.metadata.distributions()
print(json.dumps({re.sub("[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in found}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A fresh virtual environment and a home of its own."""

    root: Path

    @classmethod
    def make(cls, parent: Path) -> "Place":
        """Make one, without pip in it: pip and uv work from outside."""
        root = Path(tempfile.mkdtemp(prefix="place-", dir=parent))
        (root / "home").mkdir()
        venv.create(root / "venv", with_pip=False, symlinks=os.name != "nt")
        return cls(root=root)

    @property
    def python(self) -> Path:
        windows = os.name == "nt"
        return self.root / "venv" / ("Scripts/python.exe" if windows else "bin/python")

    def environment(self) -> dict[str, str]:
        return bare_environment(self.root / "home")

    def installed(self) -> dict[str, str]:
        """List what is installed: normalized name and version."""
        pins: dict[str, str] = json.loads(self.run(_LIST))
        return pins

    def run(self, code: str) -> str:
        """Run a piece of Python in it."""
        done = run([str(self.python), "-I", "-c", code], self.environment())

        assert done.returncode == 0, done.stderr

        return done.stdout.strip()


def pip_for(python: Path) -> list[str]:
    """Start the pip of this environment for another one.

    `pip --python` starts this file with that Python, after everything of pip was imported once
    for that; started directly, it takes two thirds of the time.
    """
    spec = find_spec("pip")

    assert spec is not None
    assert spec.origin is not None

    return [str(python), str(Path(spec.origin).with_name("__pip-runner__.py"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pip:
    """The pip that came with these tests."""

    name: str = "pip"
    not_found: str = "No matching distribution found for"

    def install(self, place: Place, index: str, *arguments: str) -> Done:
        command = [
            *pip_for(place.python), "install", "--index-url", index,
            "--cache-dir", str(place.root / "cache"), "--no-input",
            "--disable-pip-version-check", "--no-compile", *arguments,
        ]  # fmt: skip
        return run(command, place.environment())


@dataclass(frozen=True, slots=True, kw_only=True)
class Uv:
    """The uv that came with these tests."""

    name: str = "uv"
    not_found: str = "was not found in the package registry"

    def install(self, place: Place, index: str, *arguments: str) -> Done:
        return self.pip(place, "install", "--default-index", index, *arguments)

    def compile(self, place: Place, index: str, requirements: Iterable[str]) -> Done:
        """Resolve without installing, for the Python of a place."""
        text = "\n".join(requirements)
        return self.pip(
            place, "compile", "--default-index", index, "--generate-hashes", "-", stdin=text
        )

    def sync(self, place: Place, project: Path, *arguments: str) -> Done:
        """Install what a project needs, into the virtual environment of a place."""
        line = [
            find_uv_bin(), "sync", "--project", str(project), "--active", "--no-progress",
            "--no-python-downloads", "--cache-dir", str(place.root / "cache"), *arguments,
        ]  # fmt: skip
        return run(line, {**place.environment(), "VIRTUAL_ENV": str(place.root / "venv")})

    def pip(self, place: Place, command: str, *arguments: str, stdin: str = "") -> Done:
        """Run `uv pip ...`."""
        line = [
            find_uv_bin(), "pip", command, "--python", str(place.python), "--no-config",
            "--no-progress", "--no-python-downloads", "--cache-dir", str(place.root / "cache"),
            *arguments,
        ]  # fmt: skip
        return run(line, place.environment(), stdin=stdin)


Installer = Pip | Uv


def bare_environment(home: Path) -> dict[str, str]:
    """Make an environment without a setting or credential; all hosts but this one are closed."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), _NOWHERE)
    return {
        **kept,
        **proxies,
        "no_proxy": "127.0.0.1",
        "HOME": str(home),
        "USERPROFILE": str(home),
        "NO_COLOR": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }


def run(command: list[str], environment: Mapping[str, str], *, stdin: str = "") -> Done:
    """Run a command to its end."""
    return subprocess.run(
        command, env=environment, input=stdin, check=False, capture_output=True, text=True,
        encoding="utf-8",
    )  # fmt: skip
