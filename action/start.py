"""Start ghpypi from the checkout of the Action, without changing the caller's Python.

Each step installs the dependencies from a lock file with hashes. No cache is used: jobs that run
untrusted code can write to the caches of GitHub Actions, and actions/cache unpacks them to any
path, in a job that has a token.

The syntax of this file must be valid in old versions of Python, to report that they are too old.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK = Path(__file__).with_name("requirements.txt")
SERVING_LOCK = Path(__file__).with_name("requirements-serve.txt")
ATTESTING_LOCK = Path(__file__).with_name("requirements-attest.txt")
OBJECTS_LOCK = Path(__file__).with_name("requirements-objects.txt")
"""What stores in buckets need besides one of the other locks."""
BUCKETS = ("s3://", "gs://", "az://")
COMMANDS = ("index", "upload", "publish", "list", "show", "verify", "doctor", "run", "serve")
SERVING = ("run", "serve")
ATTESTING = (
    "--attest",
    "--fetch-attestations",
    "--require-provenance",
    "--verify-provenance",
)
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
        for name in (
            "command",
            "store",
            "files",
            "tag",
            "config",
            "allow-shrink",
            "accept-removed",
            "max-time",
            "args",
        )
    }
    command = given["command"] or "index"
    _check(command, given)
    if "GHPYPI_TOKEN" in environment and not environment["GHPYPI_TOKEN"].strip():
        raise InputError(
            "token: it is empty. A secret that is not set in this repository, or that is kept from "
            "pull requests of forks, is empty; set it under Settings, Secrets and variables, "
            "Actions, or leave the input out to use the token of the workflow"
        )
    made = ["run", "--detach"] if command == "serve" else [command]
    if given["store"]:
        made += ["--store", given["store"]]
    if given["config"]:
        made += ["--config", given["config"]]
    if command == "upload" and given["tag"]:
        made += ["--tag", given["tag"]]
    if given["allow-shrink"] == "true":
        made += ["--allow-shrink"]
    for tag in given["accept-removed"].split():
        # Not as two arguments: a tag that begins with a hyphen would be an option.
        made += [f"--accept-removed={tag}"]
    if given["max-time"]:
        made += ["--max-time", given["max-time"]]
    made += ["--"] if command == "run" else []
    made += shlex.split(given["args"])
    if command == "upload":
        made += ["--", *given["files"].split()]
    if command == "publish":
        made += ["--", given["tag"]]
    return made


def token_host(environment: Mapping[str, str]) -> dict[str, str]:
    """Bind the token of the workflow to the GitHub it is of; a store may be on another one."""
    if environment.get("INPUT_TOKEN_OF_WORKFLOW") == "true":
        return {"GHPYPI_TOKEN_HOST": environment.get("GITHUB_SERVER_URL", "")}
    return {}


def _check(command: str, given: Mapping[str, str]) -> None:
    """Check that the inputs are consistent."""
    if command not in COMMANDS:
        raise InputError(f"command: '{command}' is not one of {', '.join(COMMANDS)}")
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
    if given["accept-removed"] and command != "index":
        raise InputError(f"accept-removed: means nothing with 'command: {command}'")
    if given["max-time"] and command != "index":
        raise InputError(f"max-time: means nothing with 'command: {command}'")
    if command == "run" and not given["args"]:
        raise InputError("args: say what to run, with 'command: run', such as 'pip install acme'")


def locks_of(environment: Mapping[str, str]) -> list[Path]:
    """Choose the packages that the command needs."""
    lock = SERVING_LOCK if environment.get("INPUT_COMMAND", "").strip() in SERVING else LOCK
    if any(option in environment.get("INPUT_ARGS", "").split() for option in ATTESTING):
        lock = ATTESTING_LOCK
    return [lock, OBJECTS_LOCK] if _has_bucket(environment) else [lock]


def _has_bucket(environment: Mapping[str, str]) -> bool:
    """Tell whether an input, or a configuration in the checkout, names a bucket."""
    texts = [environment.get(name, "") for name in ("INPUT_STORE", "INPUT_ARGS", "GHPYPI_STORE")]
    config = Path(environment.get("INPUT_CONFIG", "").strip() or "ghpypi.toml")
    if config.is_file():
        texts.append(config.read_text(encoding="utf-8", errors="replace"))
    return any(scheme in text.lower() for text in texts for scheme in BUCKETS)


def install(environment: Mapping[str, str]) -> Path:
    """Install everything ghpypi needs into a folder of its own.

    Returns:
        The folder; the runner empties `RUNNER_TEMP` with each job.

    Raises:
        InstallError: pip failed.
    """
    requirements = [part for lock in locks_of(environment) for part in ("--requirement", str(lock))]
    packages = Path(tempfile.mkdtemp(prefix="ghpypi-", dir=environment.get("RUNNER_TEMP") or None))
    without_secrets = _without_secrets(environment)
    # While pip waits for the network; otherwise ghpypi would be compiled when it starts.
    compiling = subprocess.Popen(
        [sys.executable, "-I", "-m", "compileall", "-q", str(CHECKOUT / "ghpypi")],
        env=without_secrets, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    done = subprocess.run(
        [
            sys.executable, "-I", "-m", "pip", "install", "--quiet", "--no-compile",
            "--target", str(packages), "--require-hashes", "--only-binary", ":all:", "--no-deps",
            "--disable-pip-version-check", "--no-warn-script-location",
            # A color that ends after a line break would hide a command such as ::add-mask::.
            "--no-color", "--root-user-action", "ignore",
            *requirements,
        ],
        env=without_secrets,
        check=False,
    )  # fmt: skip
    compiling.wait()  # if it failed, such as in a folder that is read-only, nothing is lost
    if done.returncode:
        shutil.rmtree(packages, ignore_errors=True)
        raise InstallError(
            "pip could not install the dependencies; see its message above. If it is that "
            "there is no pip, put a step with actions/setup-python before this one"
        )
    return packages


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    sys.path.insert(0, str(CHECKOUT))
    try:
        from ghpypi.core.secret_variables import is_secret_variable  # noqa: PLC0415 - needs the path
    finally:
        sys.path.remove(str(CHECKOUT))
    return {name: text for name, text in environment.items() if not is_secret_variable(name)}


def command_line(packages: Path, made: list[str]) -> list[str]:
    """Write what starts ghpypi."""
    # Isolated: neither PYTHONPATH nor the working directory has a say in what is imported. And
    # UTF-8 on Windows too, where a pipe would have an encoding that lacks most characters.
    start = (
        f"import sys; sys.path[:0] = [{str(CHECKOUT)!r}, {str(packages)!r}]; "
        "from ghpypi.__main__ import main; main()"
    )
    return [sys.executable, "-I", "-X", "utf8", "-c", start, *made]


def main() -> int:
    """Run the command that the inputs ask for."""
    if sys.version_info < OLDEST:
        return _refuse(
            f"Python 3.11 or newer is needed, this is {platform.python_version()}: "
            "put a step with actions/setup-python before this one"
        )
    try:
        made = arguments(os.environ)
        packages = install(os.environ)
    except (InputError, InstallError) as error:
        return _refuse(str(error))
    command = command_line(packages, made)
    environment = {**os.environ, **token_host(os.environ)}
    if made[:2] == ["run", "--detach"]:
        # Its output is the environment of the following steps.
        with Path(os.environ["GITHUB_ENV"]).open("ab") as file:
            return subprocess.run(command, check=False, env=environment, stdout=file).returncode
    if os.name != "nt":
        # In the place of this process, so that ghpypi receives the signals with which the runner
        # cancels a job. On Windows, a process started this way would not be waited for.
        os.execve(command[0], command, environment)  # noqa: S606 - there is no need for a shell
    return subprocess.run(command, check=False, env=environment).returncode


def _refuse(problem: str) -> int:
    # The message quotes inputs; newlines are escaped, because the next line could be a command.
    message = problem.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::error title=ghpypi::{message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
