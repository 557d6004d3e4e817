"""A backend of `keyring` that provides a GitHub token to pip, uv, twine, Poetry and PDM.

It applies only to servers that the user specified with `ghpypi login --server` or `ghpypi client
--write --url`. All other lookups go to the next backend. It runs inside other programs, so it must
be fast to import and never raise an exception.
"""

import os

from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential
from keyring.errors import PasswordDeleteError, PasswordSetError

USER = "__token__"
"""A placeholder: servers accept any user name, but some programs need one."""


class ReadOnlyKeyringError(NotImplementedError, PasswordSetError, PasswordDeleteError):
    """This backend stores no passwords; keyring continues with the next backend."""


class GhpypiKeyring(KeyringBackend):
    """Returns a GitHub token for allowed servers; stores nothing."""

    # Before the system's keyring, which may be slow and prompt for a password.
    priority = 9

    def get_password(self, service: str, username: str | None) -> str | None:
        """Return the token for a server, for any user name."""
        try:
            return _token_for(service)
        except Exception:  # noqa: BLE001 - an invalid setting must not break another program
            return None

    def get_credential(self, service: str, username: str | None) -> SimpleCredential | None:
        """Return the token for a server, with a placeholder as the user name."""
        token = self.get_password(service, username)
        return None if token is None else SimpleCredential(username or USER, token)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Raise an error, so that keyring uses the next backend."""
        raise ReadOnlyKeyringError("use 'ghpypi login' to store a token")

    def delete_password(self, service: str, username: str) -> None:
        """Raise an error, so that keyring uses the next backend."""
        raise ReadOnlyKeyringError("use 'ghpypi logout' to delete the token")


def _token_for(service: str) -> str | None:
    # Most lookups are for other servers, and only cost reading a small file.
    from ghpypi.cli.stored_credentials import SERVICE, StoredCredentials  # noqa: PLC0415

    if service == SERVICE:
        return None
    api = StoredCredentials.of(os.environ).api_for(service)
    if api is None:
        return None
    from ghpypi.cli.hosts import default_hosts  # noqa: PLC0415
    from ghpypi.cli.token import locate_token  # noqa: PLC0415
    from ghpypi.core.locator import Hosts  # noqa: PLC0415

    hosts = Hosts.parse(api)
    # Variables such as GHPYPI_TOKEN count only for the default GitHub server.
    named = hosts.api == default_hosts(None, os.environ).api
    found = locate_token(None, None, os.environ, hosts, named=named)
    return found.secret.reveal() if found else None
