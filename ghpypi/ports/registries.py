"""Private registries of an organization, which Dependabot reads from all of its repositories."""

from typing import NamedTuple, Protocol

from ghpypi.core.secret import Secret


class Registry(NamedTuple):
    """A registry.

    Attributes:
        url: The URL of the index.
        username: The user; empty without a password.
        secret: The password; `None` if everyone may read the index.
        visibility: The repositories that may use it: `all` or `private`.
    """

    url: str
    username: str = ""
    secret: Secret | None = None
    visibility: str = "all"


class RegistryList(Protocol):
    """The private registries of an organization."""

    def register(self, wanted: Registry, *, dry_run: bool = False) -> str:
        """Add a registry, or update the one with the same URL.

        A secret cannot be compared, so it is always sent again.

        Returns:
            `added`, `updated` or `unchanged`.

        Raises:
            NotAllowedError: The token may not manage them.
            NotFoundError: There is no such organization, or the token may not see it.
        """
        ...
