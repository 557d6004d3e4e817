"""The proxy of `ghpypi run --detach`, which continues to run after the command has ended."""

import os
import subprocess
import sys
import tempfile

import click

from ghpypi.cli.settings import Settings
from ghpypi.core.clients.run_environment import INDEX_SETTINGS, without_token


def start_detached(settings: Settings) -> None:
    """Start `ghpypi run` in the background, and print the variables with its index.

    The command that it runs prints its environment and waits, so that the proxy does not end.

    Args:
        settings: The settings of this process; the other one gets the same arguments.
    """
    arguments = [each for each in without_token(sys.argv[1:]) if each != "--detach"]
    # In the environment, because other users can see the arguments of a process.
    token = {"GHPYPI_TOKEN": settings.token} if settings.token else {}
    inner = [sys.executable, "-c", _HOLD, "poetry", *INDEX_SETTINGS]
    # Import ghpypi from the same location in the child process.
    start = f"import sys; sys.path[:] = {sys.path!r}; from ghpypi.__main__ import main; main()"
    command = [sys.executable, "-c", start, *arguments, "--", *inner]
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True, text=True, env={**os.environ, **token},
        )  # fmt: skip
        lines = _lines_of(child)
        if not lines:
            errors.seek(0)
            # The child is ghpypi, so its output contains no secrets.
            click.echo(errors.read().decode(errors="replace"), err=True, nl=False)
            sys.exit(child.wait())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        (password,) = [x for x in lines if x.startswith("PDM_PYPI_PASSWORD=")]
        click.echo(f"::add-mask::{password.partition('=')[2].strip()}", err=True)
    click.echo("".join([*lines, f"GHPYPI_RUN_PID={child.pid}\n"]), nl=False)
    settings.reporter.step(f"the proxy runs until process {child.pid} is ended")
    child.returncode = 0  # prevents a warning: the child continues to run


def _lines_of(child: "subprocess.Popen[str]") -> list[str]:
    """Read the output of a process up to an empty line; end it on an interruption."""
    assert child.stdout is not None  # noqa: S101 - it is a pipe
    lines = []
    try:
        with child.stdout:
            while (line := child.stdout.readline()) not in {"", "\n"}:
                lines.append(line)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    return lines


_HOLD = """
import os, sys, threading
for name in sys.argv[2:]:
    if name in os.environ:
        print(f"{name}={os.environ[name]}")
print(flush=True)
os.close(1)
threading.Event().wait()
"""
