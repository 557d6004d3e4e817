"""`ghpypi login` and `ghpypi logout`: the stored token."""

import os
import sys
from typing import Any

import click

from ghpypi.cli.command import Command
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import ask, print_json, print_table
from ghpypi.cli.settings import Settings
from ghpypi.cli.stored_credentials import StoredCredentials, server_of
from ghpypi.cli.token import FoundToken, locate_token, token_of_gh
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import NotAllowedError, UsageError
from ghpypi.report import hide

_SERVER = click.option(
    "--server", "servers", multiple=True, metavar="URL",
    help="URL of a server that may receive the token through the keyring. Can be repeated.",
)  # fmt: skip


@click.command("login", cls=Command)
@_SERVER
@click.option("--gh", "from_gh", is_flag=True, help="Store the token that 'gh auth token' prints.")
@shared_options
def login_command(settings: Settings, servers: tuple[str, ...], from_gh: bool) -> None:
    """Store a GitHub token for ghpypi and installers.

    The token is read from standard input, a hidden prompt, --token-file, or gh with --gh. It is
    checked with GitHub, then stored in the system's keyring if there is one (this requires
    ghpypi[keyring]), or else in a file that only you can read.

    \b
    Examples:
      ghpypi login < token.txt
      ghpypi login --server https://packages.example.com/
    """  # noqa: D301 - \b makes click keep the lines
    trusted = [server_of(each) for each in servers]
    credentials = StoredCredentials.of(os.environ)
    secret = _read(settings, from_gh=from_gh)
    hide(secret)
    login = _check(settings, secret)
    hostname = settings.named_hosts.hostname
    place = credentials.store_token(hostname, secret)
    for server in trusted:
        credentials.trust(server, settings.named_hosts.api)
    first = locate_token(None, None, os.environ, settings.named_hosts)
    if first and first.secret != secret:
        settings.reporter.warn(
            f"{first.place} has another token, which takes precedence over the stored one"
        )
    if settings.json:
        print_json({"login": login, "host": hostname, "stored-in": place, "servers": trusted})
        return
    rows = [("signed in", f"to {hostname} as {login}"), ("stored in", place)]
    print_table([*rows, *(("given to", each) for each in trusted)])


@click.command("logout", cls=Command)
@_SERVER
@shared_options
def logout_command(settings: Settings, servers: tuple[str, ...]) -> None:
    """Remove the token that 'ghpypi login' stored.

    With --server, the token stays, but that server no longer receives it. The token remains valid:
    revoke it at GitHub if it may have leaked.

    \b
    Examples:
      ghpypi logout
      ghpypi logout --server https://packages.example.com/
    """  # noqa: D301 - \b makes click keep the lines
    credentials = StoredCredentials.of(os.environ)
    gone = [each for each in map(server_of, servers) if credentials.distrust(each)]
    places = [] if servers else credentials.delete_token(settings.named_hosts.hostname)
    if settings.json:
        print_json({"host": settings.named_hosts.hostname, "removed-from": places, "servers": gone})
        return
    rows: list[tuple[str, ...]] = [("deleted from", each) for each in places]
    rows += [("no longer sent to", each) for each in gone]
    print_table(rows or [("no token stored for", settings.named_hosts.hostname)])


def _read(settings: Settings, *, from_gh: bool) -> Secret:
    if from_gh:
        found = token_of_gh(settings.named_hosts)
        if found is None:
            raise NotAllowedError(
                f"gh is not signed in to {settings.named_hosts.hostname}",
                hint="run 'gh auth login'",
            )
        return found
    if settings.token_file or settings.token:
        given = locate_token(settings.token, settings.token_file, {}, settings.named_hosts)
        if given:
            return given.secret
    text = ask("GitHub token", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    if not str(text).strip():
        raise UsageError(
            "standard input must contain a token and nothing else",
            hint="run 'ghpypi login < FILE' or 'ghpypi login --gh'",
        )
    return FoundToken.of(str(text), "standard input").secret


def _check(settings: Settings, secret: Secret) -> str:
    # Imported here because it is slow.
    from ghpypi.stores.github.identity import check  # noqa: PLC0415

    return check(open_api(settings, settings.named_hosts, secret), secret).login


def open_api(settings: Settings, hosts: Hosts, secret: Secret | None) -> Any:
    """Return a client of the API of a GitHub server."""
    from ghpypi.stores.github.client import Client  # noqa: PLC0415
    from ghpypi.stores.github.retry import Backoff  # noqa: PLC0415

    reporter = settings.reporter
    backoff = Backoff(settings.max_wait, notify=reporter.note, show=reporter.progress)
    return Client(hosts, secret, backoff)
