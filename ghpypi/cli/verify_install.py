"""Installing from an index into a temporary environment, for `ghpypi verify --install`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import Finished, run_program, temporary_folder
from ghpypi.cli.folder_server import serving
from ghpypi.cli.verify_target import VerifyTarget
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.errors import FailedError, NotFoundError
from ghpypi.stores.fetcher.folder import folder_url

TIMEOUT = 1800
"""Maximum time of one installation, in seconds."""

_LAST_LINES = 8
_SETTINGS = ("PIP_", "UV_", "GHPYPI_")
"""Prefixes of variables that would change what is installed."""


def choose_installer(named: str | None) -> str:
    """Return the installer to use: the named one, or uv if it is on PATH, or else pip.

    Raises:
        NotFoundError: uv was named, but is not on PATH.
    """
    found = shutil.which("uv")
    if named == "uv" and not found:
        raise NotFoundError("uv is not on PATH", hint="install it, or use --installer pip")
    return named or ("uv" if found else "pip")


def install(target: VerifyTarget, requirement: str, installer: str) -> list[VerifyFinding]:
    """Install a project without its dependencies, and report if that fails.

    Args:
        target: The index.
        requirement: What to install, such as `acme-lib==1.0`.
        installer: `pip` or `uv`.

    Raises:
        FailedError: The temporary environment cannot be created.
    """
    with temporary_folder("ghpypi-verify-") as folder, _reachable(target) as url:
        environment = {
            **child_environment(without=_SETTINGS),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": url,
            "UV_DEFAULT_INDEX": url,
            "UV_CACHE_DIR": str(folder / "cache"),
            "TMPDIR": str(folder),
        }
        begin = _with_uv if installer == "uv" else _with_pip
        command = begin(folder / "environment", environment)
        done = _run([*command, "--", requirement], environment)
    if not done.returncode:
        return []
    output = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
    detail = f"{installer} failed for '{requirement}': {' | '.join(output[-_LAST_LINES:])}"
    return [VerifyFinding(rule=FileRule.INSTALL_FAILED, url=target.url, detail=detail)]


def _with_uv(place: Path, environment: Mapping[str, str]) -> list[str]:
    """Create an environment, and return the beginning of a command that installs into it."""
    uv = shutil.which("uv") or "uv"
    _prepare([uv, "venv", "--no-config", "--python", sys.executable, str(place)], environment)
    return [uv, "pip", "install", "--no-config", "--python", str(place), "--no-deps"]


def _with_pip(place: Path, environment: Mapping[str, str]) -> list[str]:
    # The pip of this environment is faster than a new one, but the Action has none.
    has_pip = find_spec("pip") is not None
    without = ["--without-pip"] if has_pip else []
    _prepare([sys.executable, "-m", "venv", *without, str(place)], environment)
    python = str(place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
    pip = [sys.executable, "-m", "pip", "--python", python] if has_pip else [python, "-m", "pip"]
    quiet = ["--disable-pip-version-check", "--no-input", "--no-cache-dir"]
    return [*pip, "install", *quiet, "--no-deps"]


def _prepare(command: list[str], environment: Mapping[str, str]) -> None:
    done = _run(command, environment)
    if done.returncode:
        output = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise FailedError(f"cannot create an environment to install into: {output}")


def _run(command: list[str], environment: Mapping[str, str]) -> Finished:
    try:
        return run_program(command, environment, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as error:
        return Finished(command, 1, b"", str(error).encode())


@contextmanager
def _reachable(target: VerifyTarget) -> Iterator[str]:
    """Give the URL of an index for installers: with credentials; a folder is served on loopback."""
    if target.root is None:
        yield _with_credentials(target)
        return
    with serving(target.root) as address:
        below = target.url.removeprefix(folder_url(target.root))
        yield f"{address}{below}"


def _with_credentials(target: VerifyTarget) -> str:
    if not target.credentials:
        return target.url
    user, password = target.credentials
    scheme, _, rest = target.url.partition("://")
    return f"{scheme}://{quote(user, safe='')}:{quote(password.reveal(), safe='')}@{rest}"
