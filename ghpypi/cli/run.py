"""`ghpypi run -- COMMAND`: a temporary proxy for one command."""

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ghpypi.cleanup import temporary_folder
from ghpypi.cli.child_process import run_child
from ghpypi.cli.command import Command
from ghpypi.cli.detached_proxy import start_detached
from ghpypi.cli.options import reserved_option, shared_options_without_json
from ghpypi.cli.provenance_options import (
    UNVERIFIED,
    publisher_option,
    require_option,
    required_verifier,
)
from ghpypi.cli.serve import require_extra
from ghpypi.cli.settings import Settings
from ghpypi.core.clients.run_environment import (
    DROPPED,
    POETRY_ENTRY,
    POETRY_METADATA,
    POETRY_MODULE,
    default_port,
    is_pipenv,
    may_be_poetry,
    public_index,
    run_environment,
    without_pip,
)
from ghpypi.core.config.index import PUBLIC_INDEX
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.config.indexes import MAIN, is_index_name
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.core.secret import Secret
from ghpypi.core.secret_variables import STORE_SECRETS
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError, UsageError
from ghpypi.ports import ProvenanceVerifier

if TYPE_CHECKING:
    from ghpypi.server.stores import Stores

USER = "ghpypi"


@click.command("run", cls=Command, context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--detach", is_flag=True,
    help="Run the proxy in the background and print environment variables for other commands. "
    "Stop it by ending the process GHPYPI_RUN_PID.",
)  # fmt: skip
@click.option(
    "--upstream", metavar="URL",
    help="Index for projects that the store does not have. "
    f"[default: PIP_INDEX_URL, UV_DEFAULT_INDEX, {PUBLIC_INDEX}]",
)  # fmt: skip
@click.option(
    "--no-upstream", is_flag=True, help="Use no upstream index: other projects are not found."
)
@reserved_option
@click.option(
    "--index", metavar="NAME", default=MAIN, show_default=True,
    help="A named index or a variant, such as cu128.",
)  # fmt: skip
@click.option(
    "--stream",
    is_flag=True,
    help="Send files through the server instead of redirecting clients to GitHub.",
)
@click.option(
    "--port", metavar="PORT", type=click.IntRange(1, 65535),
    help="Port of the proxy. [default: a fixed port derived from the store, if it is free]",
)  # fmt: skip
@click.option(
    "--keep-token", is_flag=True,
    help="Pass tokens of gh and keys of clouds, such as GH_TOKEN and AWS_SECRET_ACCESS_KEY, to the "
    "command, where any build script can read them. GHPYPI_TOKEN is never passed.",
)  # fmt: skip
@require_option
@publisher_option
@shared_options_without_json
def run_command(
    settings: Settings,
    command: tuple[str, ...],
    detach: bool,
    upstream: str | None,
    no_upstream: bool,
    reserved: tuple[tuple[str, ...], ...],
    index: str,
    stream: bool,
    port: int | None,
    keep_token: bool,
    require_provenance: bool,
    publishers: tuple[ExpectedPublisher, ...],
) -> None:
    """Run a command whose installers use a private index.

    Starts a local proxy with a random password, which reads the index with your token, and
    configures pip, uv, Poetry, PDM and Pipenv by environment variables. The command itself gets
    no token, except with --keep-token, which gh needs unless it is logged in. Signals are
    forwarded to the command, and its exit code is returned.

    \b
    Examples:
      ghpypi run -- pip install acme-lib
      ghpypi run -s acme/pypi -- uv sync
      ghpypi run --index cu128 -- pip install acme-gpu
      ghpypi run -- poetry install
      ghpypi run --require-provenance --publisher acme/lib -- pip install acme-lib
      ghpypi run --detach >> "$GITHUB_ENV"
    """  # noqa: D301 - \b makes click keep the lines
    require_extra()
    if detach == bool(command):
        raise UsageError(
            "specify a command or --detach", hint="for example: ghpypi run -- pip install NAME"
        )
    verifier = required_verifier(publishers, required=require_provenance)
    if detach:
        start_detached(settings)
        return
    folder = _index_folder(index)
    program = _program(command[0])
    if dropped := sorted(set(DROPPED) & os.environ.keys()):
        settings.reporter.warn(f"{', '.join(dropped)} are ignored for this command")
    held = [] if keep_token else sorted(STORE_SECRETS & os.environ.keys())
    if held:
        settings.reporter.step(
            f"not passed to the command: {', '.join(held)}; --keep-token passes them on"
        )
    behind = "" if no_upstream else _upstream_url(settings, upstream, verifier)
    password = secrets.token_urlsafe(32)
    with ExitStack() as stack:
        serve_settings = ServeSettings(
            upstream=behind, reserved=tuple(chain.from_iterable(reserved))
        )
        all_stores = _all_stores(
            settings, serve_settings, Secret(password), stream=stream, verifier=verifier
        )
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
        code = run_child([program, *command[1:]], environment)
    sys.exit(code)


def _program(name: str) -> str:
    """Return the path of a program.

    Raises:
        NotFoundError: It does not exist.
        NotAllowedError: It is a path that cannot be executed.
    """
    if found := shutil.which(name):
        return found
    path = Path(name)
    bare = not os.path.dirname(name)  # noqa: PTH120 - the parent of Path("./name") has no parts
    if bare or not path.exists():  # a bare name is searched for in PATH only
        raise NotFoundError(f"command '{name}' not found")
    if path.is_dir():
        raise NotAllowedError(f"command '{name}' is a folder")
    raise NotAllowedError(
        f"command '{name}' is not executable",
        hint=f"run 'chmod +x {name}', or start it with its interpreter",
    )


def _index_folder(index: str) -> str:
    """Return the folder of an index below the URL of the proxy."""
    if not is_index_name(index):
        raise UsageError(f"invalid index name '{index}'")
    return IndexPaths().folder(MAIN_FOLDER if index == MAIN else index)


def _upstream_url(
    settings: Settings, upstream: str | None, verifier: ProvenanceVerifier | None
) -> str:
    """Return the URL of the upstream index; empty for none.

    The provenance of its files is not verified, so where that is required it has to be named.
    """
    from ghpypi.cli.serve_settings import checked_upstream  # noqa: PLC0415 - slow to import

    if verifier and not upstream:
        return ""
    if verifier:
        settings.reporter.warn(UNVERIFIED)
    return checked_upstream(upstream) if upstream else public_index(os.environ, PUBLIC_INDEX)


def _all_stores(
    settings: Settings,
    serve_settings: ServeSettings,
    password: Secret,
    *,
    stream: bool,
    verifier: ProvenanceVerifier | None,
) -> "Stores":
    """Return the store, served with the user's token to clients with the password."""
    # Imported here because it is slow.
    from ghpypi.cli import serving  # noqa: PLC0415
    from ghpypi.server.auth.authorizer import AuthorizerOptions  # noqa: PLC0415

    all_stores = serving.Serving(
        stores=(str(settings.locator),),
        hosts=settings.hosts,
        token=settings.secret,
        authorizer=AuthorizerOptions(password=password),
        settings=serve_settings,
        stream=stream,
        verifier=verifier,
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
    """Serve within the `with` block, with a port that stays the same between runs if possible."""
    from ghpypi.server.app import App  # noqa: PLC0415 - slow to import
    from ghpypi.server.run import (  # noqa: PLC0415
        ListenOptions,
        address,
        listen,
        serve_in_background,
    )

    try:
        opened = listen(ListenOptions(port=port or default_port(all_stores.first.name)))
    except FailedError as error:
        if port:
            raise
        opened = listen(ListenOptions())
        settings.reporter.step(
            f"{error.message}; using another port, which uv writes to its lock file"
        )
    with serve_in_background(App(all_stores=all_stores), opened):
        yield address(opened)


@contextmanager
def _poetry_plugin() -> Iterator[Path]:
    """Provide a Poetry plugin in a temporary folder."""
    with temporary_folder("ghpypi-run-") as root:
        source = files("ghpypi") / "templates" / "run" / f"{POETRY_MODULE}.py.txt"
        (root / f"{POETRY_MODULE}.py").write_bytes(source.read_bytes())
        about = root / "ghpypi_run-0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(POETRY_METADATA, encoding="utf-8")
        (about / "entry_points.txt").write_text(POETRY_ENTRY, encoding="utf-8")
        yield root
