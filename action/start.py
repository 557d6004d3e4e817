"""Start ghpypi from the checkout the Action came with, and leave the caller's Python alone.

What it needs is installed from a lock with hashes, into a folder named after the lock. Where that
folder outlives the job (a runner's tool cache), the next one starts at once.

An old Python must be able to read this file, so that it is told that it is too old.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_name("requirements.txt")
SERVING_LOCK = Path(__file__).with_name("requirements-serve.txt")
COMMANDS = ("index", "upload", "publish", "list", "show", "run", "serve")
SERVING = ("run", "serve")
OLDEST = (3, 11)


class InputError(ValueError):
    """The inputs of the Action make no sense; the message says what to change."""


class InstallError(Exception):
    """What ghpypi needs cannot be installed; the message says what to change."""


def arguments(environment: Mapping[str, str]) -> list[str]:
    """Turn the inputs of the Action into arguments of the command line.

    Raises:
        InputError: They contradict each other.
    """
    given = {
        name: environment.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()
        for name in ("command", "store", "files", "tag", "config", "allow-shrink", "args")
    }
    command = given["command"] or "index"
    _check(command, given)
    made = ["run", "--detach"] if command == "serve" else [command]
    if given["store"]:
        made += ["--store", given["store"]]
    if given["config"]:
        made += ["--config", given["config"]]
    if command == "upload" and given["tag"]:
        made += ["--tag", given["tag"]]
    if given["allow-shrink"] == "true":
        made += ["--allow-shrink"]
    made += ["--"] if command == "run" else []
    made += shlex.split(given["args"])
    if command == "upload":
        made += ["--", *given["files"].split()]
    if command == "publish":
        made += ["--", given["tag"]]
    return made


def _check(command: str, given: Mapping[str, str]) -> None:
    """See to it that the inputs go together."""
    if command not in COMMANDS:
        raise InputError(f"command: '{command}' is none of {', '.join(COMMANDS)}")
    if bool(given["files"]) != (command == "upload"):
        raise InputError("files: are given with 'command: upload', and only there")
    if command == "publish" and not given["tag"]:
        raise InputError("tag: is needed with 'command: publish'")
    if given["tag"] and command not in {"publish", "upload"}:
        raise InputError(f"tag: means nothing with 'command: {command}'")
    if given["allow-shrink"] not in {"", "true", "false"}:
        raise InputError(f"allow-shrink: '{given['allow-shrink']}' is neither true nor false")
    if given["allow-shrink"] == "true" and command != "index":
        raise InputError(f"allow-shrink: means nothing with 'command: {command}'")
    if command == "run" and not given["args"]:
        raise InputError("args: say what to run, with 'command: run', such as 'pip install acme'")


def lock_of(environment: Mapping[str, str]) -> Path:
    """Choose the packages that the command needs."""
    return SERVING_LOCK if environment.get("INPUT_COMMAND", "").strip() in SERVING else LOCK


def key(path: Path) -> str:
    """Name an installation after all it depends on."""
    # The suffix tells one C library from another, which matters to jobs in containers.
    suffix = str(sysconfig.get_config_var("EXT_SUFFIX"))
    lock = path.read_text(encoding="utf-8")
    facts = (lock, sys.version, platform.machine(), sys.platform, suffix)
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:20]


def place_of(environment: Mapping[str, str]) -> Path:
    """Name the folder that everything ghpypi needs is in, or will be."""
    root = environment.get("RUNNER_TOOL_CACHE") or environment.get("RUNNER_TEMP")
    return Path(root or tempfile.gettempdir()) / "ghpypi" / key(lock_of(environment))


def installed(place: Path, lock: Path) -> Path:
    """Install everything ghpypi needs into a folder, if it is not there.

    It appears under its name when it is whole, so that runs side by side do not meet half of it.

    Returns:
        Where it all is; another folder where the name cannot be given, and nobody was faster.

    Raises:
        InstallError: pip failed.
    """
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="making-", dir=place.parent))
    done = subprocess.run(
        [
            sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-compile",
            "--target", str(made), "--require-hashes", "--only-binary", ":all:", "--no-deps",
            "--disable-pip-version-check", "--no-warn-script-location", "--requirement", str(lock),
        ],
        check=False,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(made, ignore_errors=True)
        raise InstallError(
            "pip could not install what ghpypi needs; its reason stands above. If it is that "
            "there is no pip, put a step with actions/setup-python before this one"
        )
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():
            return made  # On Windows, a scanner that still reads a file is enough.
        # Another run was faster.
        shutil.rmtree(made, ignore_errors=True)
    return place


def command_line(packages: Path, made: list[str]) -> list[str]:
    """Write what starts ghpypi."""
    # Isolated: neither PYTHONPATH nor the working directory has a say in what is imported. And
    # UTF-8 on Windows too, where a pipe would have an encoding that lacks most characters.
    start = (
        f"import sys; sys.path[:0] = [{str(CHECKOUT)!r}, {str(packages)!r}]; "
        "from ghpypi.__main__ import main; main()"
    )
    return [sys.executable, "-I", "-X", "utf8", "-c", start, *made]


def tell_place(environment: Mapping[str, str]) -> None:
    """Hand the folder, and a name for its content, to a step that keeps it between runs."""
    place = place_of(environment)
    with Path(environment["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        file.write(f"path={place}\nkey=ghpypi-{place.name}\n")


def main() -> int:
    """Run the command that the inputs ask for."""
    if sys.version_info < OLDEST:
        return _refuse(
            f"Python 3.11 or newer is needed, this is {platform.python_version()}: "
            "put a step with actions/setup-python before this one"
        )
    if sys.argv[1:] == ["place"]:
        tell_place(os.environ)
        return 0
    try:
        made = arguments(os.environ)
        packages = installed(place_of(os.environ), lock_of(os.environ))
    except (InputError, InstallError) as error:
        return _refuse(str(error))
    command = command_line(packages, made)
    if made[:2] == ["run", "--detach"]:
        # What it prints is the environment of the steps that follow.
        with Path(os.environ["GITHUB_ENV"]).open("ab") as file:
            return subprocess.run(command, check=False, stdout=file).returncode
    return subprocess.run(command, check=False).returncode


def _refuse(problem: str) -> int:
    sys.stdout.write(f"::error title=ghpypi::{problem}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
