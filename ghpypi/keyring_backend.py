"""A backend of `keyring`, from which pip, uv, twine, Poetry and PDM have a GitHub token.

It answers for the servers that the user named with `ghpypi login --server` or `ghpypi client
--write --url`, and for no other: everything else that is looked for in the keyring goes on to the
backends behind it. It runs inside other people's programs: it is quick to import and never fails.
"""

import os

from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential
from keyring.errors import PasswordDeleteError, PasswordSetError

USER = "__token__"
"""Our servers take any user name, and some programs ask for one."""


class NotKeptHereError(NotImplementedError, PasswordSetError, PasswordDeleteError):
    """Passwords are not kept here; in a chain of backends the next one is asked."""


class GhpypiKeyring(KeyringBackend):
    """Gives the servers that were named a GitHub token, and keeps nothing."""

    # Before the system's keyring, which may take a second and ask for its password.
    priority = 9

    def get_password(self, service: str, username: str | None) -> str | None:
        """Find the token for a server; any user name will do."""
        try:
            return _token_for(service)
        except Exception:  # noqa: BLE001 - a broken setting of ours must not break a foreign program
            return None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Find the token for a server, and a user name to go with it."""
        token = self.get_password(service, username)
        return None if token is None else SimpleCredential(username or USER, token)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Leave it to the next backend."""
        raise NotKeptHereError("'ghpypi login' keeps tokens")

    def delete_password(self, service: str, username: str) -> None:
        """Leave it to the next backend."""
        raise NotKeptHereError("'ghpypi logout' forgets tokens")


def _token_for(service: str) -> str | None:
    # Most questions are not for us: what they cost is reading one small file.
    from ghpypi.cli.kept import SERVICE, Kept  # noqa: PLC0415

    if service == SERVICE:
        return None
    api = Kept.of(os.environ).api_for(service)
    if api is None:
        return None
    from ghpypi.cli.hosts import usual_hosts  # noqa: PLC0415
    from ghpypi.cli.token import locate_token  # noqa: PLC0415
    from ghpypi.core.locator import Hosts  # noqa: PLC0415

    hosts = Hosts.parse(api)
    # GHPYPI_TOKEN and its like are for the usual GitHub, if that is the one.
    named = hosts.api == usual_hosts(None, os.environ).api
    found = locate_token(None, None, os.environ, hosts, named=named)
    return found.secret.reveal() if found else None
