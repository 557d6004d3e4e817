"""`ghpypi serve`: a private index for a team."""

import importlib.util
import os
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path

import click

from ghpypi.child_environment import without_secrets
from ghpypi.cli.choice import naming_host
from ghpypi.cli.command import Command
from ghpypi.cli.options import DurationType, reserved_option, shared_options_without_json
from ghpypi.cli.provenance_options import (
    UNVERIFIED,
    publisher_option,
    require_option,
    required_verifier,
)
from ghpypi.cli.serve_network import Network, network_options
from ghpypi.cli.serve_uploads import Uploads, upload_options
from ghpypi.cli.settings import Settings
from ghpypi.cli.signals import without_signal_handling
from ghpypi.core.config.minimum_age import InvalidAgeError, MinimumAge, parse_age
from ghpypi.core.config.server import EVERYTHING, ServeSettings
from ghpypi.core.provenance import ExpectedPublisher
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError
from ghpypi.ports import Reporter

NEEDED = (
    "starlette",
    "uvicorn",
    "cryptography",
    "python_multipart",
    "jwt",
    "prometheus_client",
)

SESSION_SECRET = "GHPYPI_SERVE_SESSION_SECRET"  # noqa: S105 - the name of a variable
SHORTEST_SECRET = 32
"""Minimum length of the session secret: 128 random bits in hexadecimal."""

FEWEST_CHARACTERS = 8
"""Minimum number of different characters in it; 32 random hexadecimal digits have about 14."""


@click.command("serve", cls=Command)
@click.argument("stores", nargs=-1, envvar="GHPYPI_SERVE_STORES", metavar="[STORE]...")
@click.option(
    "--settings", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with short names of stores and settings of the upstream index; reloaded on change.",
)  # fmt: skip
@click.option(
    "--anonymous-read", is_flag=True,
    help="Allow unauthenticated reads with the server's own token. Use only on a trusted network.",
)  # fmt: skip
@click.option(
    "--anonymous-repository", metavar="PATTERN", multiple=True,
    help="With --anonymous-read, also serve files of these repositories, such as 'acme/lib-*', "
    "to unauthenticated callers. Can be repeated. [default: only the stores]",
)  # fmt: skip
@click.option(
    "--auth-read-expires", metavar="DURATION", type=DurationType(), default="1h",
    show_default=True, help="How long to cache a read permission; for files, at most 1m.",
)  # fmt: skip
@click.option(
    "--auth-write-expires", metavar="DURATION", type=DurationType(), default="5m",
    show_default=True, help="How long to cache a write permission.",
)  # fmt: skip
@click.option(
    "--upload-password-file", metavar="[STORE=]FILE", multiple=True,
    help="File with the password for uploads to directory stores, or to one of them. Can be "
    "repeated. [default: GHPYPI_SERVE_UPLOAD_PASSWORD, else no uploads]",
)  # fmt: skip
@click.option(
    "--read-password-file", metavar="[STORE=]FILE", multiple=True,
    help="File with the password for reading directory stores, or one of them. Can be repeated. "
    "[default: GHPYPI_SERVE_READ_PASSWORD, else no password is needed]",
)  # fmt: skip
@click.option(
    "--stream",
    is_flag=True,
    help="Send files through the server instead of redirecting clients to GitHub.",
)
@click.option(
    "--upstream", metavar="URL",
    help="Redirect requests for unknown projects to this index, such as https://pypi.org/simple/.",
)  # fmt: skip
@click.option(
    "--upstream-merge", is_flag=True,
    help="Add the files of the upstream index to projects that exist here, except reserved ones.",
)  # fmt: skip
@click.option(
    "--min-age", metavar="DURATION",
    help="Hide upstream files that are newer than this, such as 7d.",
)  # fmt: skip
@reserved_option
@click.option(
    "--poll", metavar="DURATION", type=DurationType(shortest=1), default="30s", show_default=True,
    help="Time between two checks for a new index.",
)  # fmt: skip
@click.option(
    "--access-log/--no-access-log", default=True, show_default=True,
    help="Log each request to standard output as a line of JSON.",
)  # fmt: skip
@require_option
@publisher_option
@network_options
@upload_options
@shared_options_without_json
def serve_command(
    settings: Settings,
    stores: tuple[str, ...],
    file: Path | None,
    anonymous_read: bool,
    anonymous_repository: tuple[str, ...],
    auth_read_expires: float,
    auth_write_expires: float,
    upload_password_file: tuple[str, ...],
    read_password_file: tuple[str, ...],
    stream: bool,
    upstream: str | None,
    upstream_merge: bool,
    min_age: str | None,
    reserved: tuple[tuple[str, ...], ...],
    poll: float,
    access_log: bool,
    require_provenance: bool,
    publishers: tuple[ExpectedPublisher, ...],
    network: Network,
    uploads: Uploads,
) -> None:
    """Serve a private index with the access rights of GitHub.

    Installers use /simple/, and twine, uv and others upload to /legacy/; each store is below
    /OWNER/REPO/. Clients sign in with any user name, and a GitHub token as the password.

    Without a store as argument or in --settings, the default store is served; memory:NAME is a
    store in memory. Every option can be set in the environment as GHPYPI_SERVE_<OPTION>, and
    stores as GHPYPI_SERVE_STORES, separated by spaces. Servers with the same
    GHPYPI_SERVE_SESSION_SECRET accept each other's sessions and upload tokens.

    \b
    Examples:
      ghpypi serve acme/pypi
      ghpypi serve acme/pypi acme/tools --host 0.0.0.0 --proxy-headers 10.0.0.0/8
      ghpypi serve ./index --upstream https://pypi.org/simple/ --reserved 'acme-*'
    """  # noqa: D301 - \b makes click keep the lines
    require_extra()
    # Imported here because it is slow.
    from ghpypi.cli import serve_settings, serving  # noqa: PLC0415
    from ghpypi.cli.served_stores import open_served  # noqa: PLC0415
    from ghpypi.server.access_log import AccessLog  # noqa: PLC0415
    from ghpypi.server.app import App  # noqa: PLC0415
    from ghpypi.server.auth.authorizer import AuthorizerOptions  # noqa: PLC0415
    from ghpypi.server.run import ListenOptions, address, listen, serve  # noqa: PLC0415
    from ghpypi.server.served_store import Passwords  # noqa: PLC0415

    options = ServeSettings(
        upstream=serve_settings.checked_upstream(upstream) if upstream else "",
        reserved=tuple(chain.from_iterable(reserved)),
        merge=(EVERYTHING,) if upstream_merge else (),
        age=MinimumAge(usual=_age(min_age)),
        passwords=serve_settings.password_files(upload_password_file, read_password_file),
    )
    found = serve_settings.read_settings(file) if file else ServeSettings()
    rules = serve_settings.merge_settings(found, options)
    if (upstream_merge or min_age) and not rules.upstream:
        raise UsageError("--upstream-merge and --min-age require --upstream")
    if not stores and not found.stores:
        stores = (str(settings.locator),)
    elif host_store := (
        naming_host(stores, settings.named_store) or naming_host(found.stores.values())
    ):
        settings = replace(settings, given_store=host_store)
    stores = tuple(map(settings.named_store, stores))
    session_secret = _session_secret()
    public_url = uploads.public_url and serve_settings.checked_public_url(uploads.public_url)
    server = serving.Serving(
        stores=stores,
        hosts=settings.hosts,
        token=settings.secret,
        authorizer=AuthorizerOptions(
            read_expires=auth_read_expires,
            write_expires=auth_write_expires,
            anonymous_read=anonymous_read,
            anonymous_repositories=tuple(map(str.lower, anonymous_repository)),
        ),
        passwords=Passwords(
            read=_secret("GHPYPI_SERVE_READ_PASSWORD"),
            write=_secret("GHPYPI_SERVE_UPLOAD_PASSWORD"),
        ),
        settings=rules,
        session_secret=session_secret,
        stream=stream,
        verifier=required_verifier(publishers, required=require_provenance),
        poll=poll,
        public_url=public_url,
        parts=uploads.parts(
            settings.hosts,
            open_served((*stores, *found.stores.values())[0], settings.hosts).short_name,
            session_secret,
            settings.secret,
        ),
    )
    where = network.listen(server.public_url)
    if anonymous_repository and not anonymous_read:
        raise UsageError("--anonymous-repository requires --anonymous-read")
    if anonymous_read and settings.secret is None:
        raise UsageError("--anonymous-read requires a token of the server; set GHPYPI_TOKEN")
    all_stores = server.all_stores()
    for served_store in all_stores.all:
        if served_store.notice:
            settings.reporter.warn(served_store.notice)
    unverified = [UNVERIFIED] * bool(server.verifier and rules.upstream)
    for warning in (*unverified, *uploads.warnings()):
        settings.reporter.warn(warning)
    log = AccessLog(_write if access_log else None)
    app = App(
        all_stores=all_stores,
        log=log,
        reload=serving.watched(file, replace(server, settings=options), all_stores),
        metrics_port=network.metrics_port,
    )
    opened = [listen(where)]
    if network.metrics_port:
        opened.append(listen(ListenOptions(host=network.metrics_host, port=network.metrics_port)))
    root = address(opened[0], tls=where.tls_cert is not None)
    names = ", ".join(x.name for x in all_stores.all)
    ready = partial(_announce, settings.reporter, f"serving {names} at {root}simple/")
    with suppress(KeyboardInterrupt), without_signal_handling(), without_secrets():
        serve(app, opened, where, ready)
    settings.reporter.step("stopped")


def _announce(reporter: Reporter, text: str) -> None:
    reporter.step(text)
    reporter.close()


def require_extra() -> None:
    """Check that the dependencies of the server are installed.

    Raises:
        UsageError: A dependency is missing.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"this command requires {' and '.join(missing)}",
            hint="run:  pip install 'ghpypi[serve]'",
        )


def _write(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()


def _age(text: str | None) -> timedelta:
    try:
        return parse_age(text or "0")
    except InvalidAgeError as error:
        raise UsageError(f"--min-age: {error}") from error


def _session_secret() -> Secret | None:
    """Return the secret for sessions and upload tokens.

    Raises:
        UsageError: It is too weak: with a guessed secret, an attacker can create upload tokens.
    """
    found = _secret(SESSION_SECRET)
    if found is None:
        return None
    text = found.reveal()
    if len(text) < SHORTEST_SECRET or len(set(text)) < FEWEST_CHARACTERS:
        raise UsageError(
            f"{SESSION_SECRET} is too weak; it needs at least {SHORTEST_SECRET} random characters",
            hint="create one with: openssl rand -hex 32",
        )
    return found


def _secret(variable: str) -> Secret | None:
    text = os.environ.get(variable, "").strip()
    return Secret(text) if text else None
