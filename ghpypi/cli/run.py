"""`ghpypi run -- COMMAND`: a proxy of its own around one command."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ghpypi.cleanup import temporary_folder
from ghpypi.cli.options import reserved_option, shared_options
from ghpypi.cli.passing_on import run_in_our_place
from ghpypi.cli.serve import require_extra, warn_to_stderr
from ghpypi.cli.settings import Settings
from ghpypi.core.clients.run_environment import (
    DROPPED,
    POETRY_ENTRY,
    POETRY_METADATA,
    POETRY_MODULE,
    TOKENS,
    TOLD,
    is_pipenv,
    may_be_poetry,
    public_index,
    run_environment,
    usual_port,
    without_pip,
    without_token,
)
from ghpypi.core.config.config import PUBLIC_INDEX
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.config.indexes import MAIN, is_index_name
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError, UsageError

if TYPE_CHECKING:
    from ghpypi.server.stores import Stores

USER = "ghpypi"


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--detach", is_flag=True,
    help="Keep the proxy up in the background, and print the environment for other commands; "
    "it ends with the process GHPYPI_RUN_PID.",
)  # fmt: skip
@click.option(
    "--upstream", metavar="URL",
    help="The index behind, for names that are not here. "
    f"[default: PIP_INDEX_URL, UV_DEFAULT_INDEX, {PUBLIC_INDEX}]",
)  # fmt: skip
@click.option("--closed", is_flag=True, help="Let names that are not here be unknown.")
@reserved_option
@click.option(
    "--index", metavar="NAME", default=MAIN, show_default=True,
    help="A named index or a variant, such as cu128.",
)  # fmt: skip
@click.option("--stream", is_flag=True, help="Pass files through, instead of sending clients on.")
@click.option(
    "--port", type=click.IntRange(1, 65535),
    help="The port of the proxy. [default: one that follows from the store, if it is free]",
)  # fmt: skip
@click.option(
    "--keep-token", is_flag=True,
    help=f"Pass {', '.join(TOKENS)} on to the command: any build script that it runs can read "
    "them. GHPYPI_TOKEN is never passed on.",
)  # fmt: skip
@shared_options
def run_command(
    settings: Settings,
    command: tuple[str, ...],
    detach: bool,
    upstream: str | None,
    closed: bool,
    reserved: tuple[tuple[str, ...], ...],
    index: str,
    stream: bool,
    port: int | None,
    keep_token: bool,
) -> None:
    """Run a command with a private index in front of its installer.

    A proxy on a port of this machine, with a password of its own, reads the index with your
    token; pip, uv, Poetry, PDM and Pipenv are told of it by environment variables. The command
    itself gets no token, unless --keep-token lets it have GH_TOKEN and its like: gh needs that,
    or a login of its own. Signals are passed on to it, and its exit code is ours.

    \b
    Examples:
      ghpypi run -- pip install acme-lib
      ghpypi run -s acme/pypi -- uv sync
      ghpypi run --index cu128 -- pip install acme-gpu
      ghpypi run -- poetry install
      ghpypi run --detach >> "$GITHUB_ENV"
    """  # noqa: D301 - \b tells click to keep the lines
    require_extra()
    if detach == bool(command):
        raise UsageError("name one command to run, or --detach", hint="ghpypi run -- pip install x")
    if detach:
        _detach(settings)
        return
    folder = _index_folder(index)
    program = shutil.which(command[0])
    if program is None:
        raise NotFoundError(f"there is no command '{command[0]}'")
    if dropped := sorted(set(DROPPED) & os.environ.keys()):
        settings.reporter.warn(f"for this command, {', '.join(dropped)} do not count")
    held = [] if keep_token else sorted(set(TOKENS) & os.environ.keys())
    if held:
        settings.reporter.step(
            f"the command does not get {', '.join(held)}; with --keep-token it would"
        )
    behind = "" if closed else _behind(upstream)
    password = secrets.token_urlsafe(32)
    with ExitStack() as stack:
        told = ServeSettings(upstream=behind, reserved=tuple(chain.from_iterable(reserved)))
        all_stores = _all_stores(settings, told, Secret(password), stream=stream)
        address = stack.enter_context(_proxy(settings, all_stores, port))
        environment = run_environment(
            os.environ, f"{address}{folder}", USER, password, keep_tokens=keep_token
        )
        if is_pipenv(command):
            environment = without_pip(environment)
        if may_be_poetry(command):
            path = stack.enter_context(_poetry_plugin())
            paths = [str(path), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        settings.reporter.close()
        code = run_in_our_place([program, *command[1:]], environment)
    sys.exit(code)


def _index_folder(index: str) -> str:
    """Name the folder of an index below the address of the proxy."""
    if not is_index_name(index):
        raise UsageError(f"'{index}' is not the name of an index")
    return IndexPaths().folder(MAIN_FOLDER if index == MAIN else index)


def _behind(upstream: str | None) -> str:
    from ghpypi.cli.serve_settings import checked_upstream  # noqa: PLC0415 - slow to import

    return checked_upstream(upstream) if upstream else public_index(os.environ, PUBLIC_INDEX)


def _all_stores(
    settings: Settings, told: ServeSettings, password: Secret, *, stream: bool
) -> "Stores":
    """Show the store with our token, to whoever has the password."""
    # Slow to import, and needed nowhere else.
    from ghpypi.cli import serving  # noqa: PLC0415
    from ghpypi.server.auth.authorizer import AuthorizerOptions  # noqa: PLC0415

    all_stores = serving.Serving(
        stores=(str(settings.locator),),
        hosts=settings.hosts,
        token=settings.secret,
        authorizer=AuthorizerOptions(password=password),
        settings=told,
        stream=stream,
    ).all_stores()
    try:
        with settings.reporter.progress(f"reading the index of {all_stores.first.name}"):
            all_stores.first.load(settings.secret)
    except (NotFoundError, NotAllowedError) as error:
        hint = "" if settings.secret else "sign in with 'gh auth login', or set GHPYPI_TOKEN"
        raise type(error)(f"{all_stores.first.name}: {error.message}", hint=hint) from error
    return all_stores


@contextmanager
def _proxy(settings: Settings, all_stores: "Stores", port: int | None) -> Iterator[str]:
    """Serve for as long as the block lasts, at the same address as the last time if possible."""
    from ghpypi.server.app import App  # noqa: PLC0415 - slow to import
    from ghpypi.server.run import (  # noqa: PLC0415
        ListenOptions,
        address,
        listen,
        serve_in_background,
    )

    warn_to_stderr()
    try:
        opened = listen(ListenOptions(port=port or usual_port(all_stores.first.name)))
    except FailedError as error:
        if port:
            raise
        opened = listen(ListenOptions())
        settings.reporter.step(f"{error.message}; a lock file of uv will name another")
    with serve_in_background(App(all_stores=all_stores), opened):
        yield address(opened)


@contextmanager
def _poetry_plugin() -> Iterator[Path]:
    """Lay a plugin out where Poetry finds it, for as long as it runs."""
    with temporary_folder("ghpypi-run-") as root:
        source = files("ghpypi") / "templates" / "run" / f"{POETRY_MODULE}.py.txt"
        (root / f"{POETRY_MODULE}.py").write_bytes(source.read_bytes())
        about = root / "ghpypi_run-0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(POETRY_METADATA, encoding="utf-8")
        (about / "entry_points.txt").write_text(POETRY_ENTRY, encoding="utf-8")
        yield root


def _detach(settings: Settings) -> None:
    """Run ourselves in the background, around a command that tells its environment and waits."""
    ours = [each for each in without_token(sys.argv[1:]) if each != "--detach"]
    # In the environment, because what a process was called with everybody can see.
    token = {"GHPYPI_TOKEN": settings.token} if settings.token else {}
    inner = [sys.executable, "-c", _HOLD, "poetry", *TOLD]
    # However we were found, we are found again.
    start = f"import sys; sys.path[:] = {sys.path!r}; from ghpypi.__main__ import main; main()"
    command = [sys.executable, "-c", start, *ours, "--", *inner]
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told,
            start_new_session=True, text=True, env={**os.environ, **token},
        )  # fmt: skip
        lines = _lines_of(child)
        if not lines:
            told.seek(0)
            # Written by us, so it is fit to be shown.
            click.echo(told.read().decode(errors="replace"), err=True, nl=False)
            sys.exit(child.wait())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        (password,) = [x for x in lines if x.startswith("PDM_PYPI_PASSWORD=")]
        click.echo(f"::add-mask::{password.partition('=')[2].strip()}", err=True)
    click.echo("".join([*lines, f"GHPYPI_RUN_PID={child.pid}\n"]), nl=False)
    settings.reporter.step(f"the proxy is up until process {child.pid} ends")
    child.returncode = 0  # it goes on without us


def _lines_of(child: "subprocess.Popen[str]") -> list[str]:
    """Read what a process prints up to an empty line; it goes on, unless we are interrupted."""
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
