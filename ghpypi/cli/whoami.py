"""`ghpypi whoami`."""

from typing import TYPE_CHECKING

import click

from ghpypi.cli.command import Command
from ghpypi.cli.login import open_api
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_json, print_table
from ghpypi.cli.settings import Settings
from ghpypi.cli.token import FoundToken
from ghpypi.errors import GhpypiError, NotAllowedError, UsageError
from ghpypi.ports import OwnRole

if TYPE_CHECKING:
    from ghpypi.stores.github.identity import Identity


_TYPES = {
    "classic": "classic token",
    "fine-grained": "fine-grained token",
    "oauth-app": "token of gh or another app",
    "github-app-user": "token of a GitHub App for its user",
    "github-app": "token of a workflow or a GitHub App",
    "other": "token",
}
"""The types of tokens, in words."""


@click.command("whoami", cls=Command)
@shared_options
def whoami_command(settings: Settings) -> None:
    """Show whose token is used, and what it may do.

    Prints the source, type and expiration of the token, and the role of its user on the store:
    read, publish or admin. The token itself is never printed.

    \b
    Examples:
      ghpypi whoami
      ghpypi whoami --store acme/pypi --json
    """  # noqa: D301 - \b makes click keep the lines
    from ghpypi.stores.github.identity import identify  # noqa: PLC0415 - slow to import

    found = settings.found
    if found is None:
        raise NotAllowedError(
            f"no token found for {settings.hosts.hostname}",
            hint="set GHPYPI_TOKEN, or sign in with 'gh auth login' or 'ghpypi login'",
        )
    identity = identify(open_api(settings, settings.hosts, found.secret), found.secret)
    own, error = _own_role(settings)
    _print(settings, found, identity, own, error)
    if error:
        raise error


def _own_role(settings: Settings) -> tuple[OwnRole | None, GhpypiError | None]:
    """Find the role on the store, if there is a store that has roles."""
    try:
        backend = settings.backend
    except UsageError:
        return None, None
    if not backend.capabilities.has_roles:
        return None, None
    try:
        return backend.own_role(), None
    except GhpypiError as error:
        return None, error


def _print(
    settings: Settings,
    found: FoundToken,
    identity: "Identity",
    own: OwnRole | None,
    error: GhpypiError | None,
) -> None:
    role = own.role if own else None
    if settings.json:
        print_json(
            {
                "login": identity.login or None,
                "host": settings.hosts.hostname,
                "type": identity.kind,
                "source": found.place,
                "scopes": None if identity.scopes is None else list(identity.scopes),
                "expires": identity.expires_at.isoformat() if identity.expires_at else None,
                "store": own.store if own else None,
                "role": role.value if role else None,
                "hint": error.hint if error else "",
            }
        )
        return
    rows: list[tuple[str, ...]] = [
        ("user", f"{identity.login or 'none'} on {settings.hosts.hostname}")
    ]
    rows += [("token", f"{_TYPES[identity.kind]}, from {found.place}")]
    if identity.scopes is not None:
        rows += [("scopes", ", ".join(identity.scopes) or "none")]
    ends = identity.expires_at.strftime("%Y-%m-%d %H:%M UTC") if identity.expires_at else ""
    rows += [("ends", ends or "never, or unknown")]
    if own:
        rows += [("store", own.store)]
        allowed = f"{role.value}: {role.meaning}" if role else "GitHub does not say"
        rows += [("role", allowed)]
    if own and identity.kind == "fine-grained":
        rows += [("", "that is the user's role; a fine-grained token may have fewer permissions")]
    print_table(rows)
