"""The protocols between parts of the server, in terms of Starlette; all others are in `ports/`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.routing import BaseRoute

from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.core.upload.attestations import Publisher
from ghpypi.server.served_store import ServedStore


class RouteProvider(Protocol):
    """A component with routes of its own below a store, such as uploads."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """The routes, relative to the store, without trailing slashes."""
        ...

    def start(self) -> None:
        """Start slow preparations in the background, before the first request."""
        ...

    async def close(self) -> None:
        """Finish all work, after the last request."""
        ...


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploader:
    """An authenticated uploader.

    Attributes:
        token: The token to open the store with.
        allows: Returns whether a file may be uploaded; by default all files.
        publisher: The identity of a trusted publisher, for provenance (PEP 740).
        forget: Called if GitHub rejects the token.
    """

    token: Secret | None = field(repr=False)
    allows: Callable[[Filename], bool] = lambda _: True
    publisher: Publisher | None = None
    forget: Callable[[], None] = _nothing


class UploadTokenReader(Protocol):
    """Accepts upload tokens of trusted publishing."""

    def uploader(self, secret: Secret, served_store: ServedStore) -> Uploader | None:
        """Return the uploader that a secret identifies; `None` if it is no upload token.

        Raises:
            NotAllowedError: The upload token is invalid, or not for this store.
        """
        ...


class DroppableConnection(Protocol):
    """A connection that the table of open connections can close."""

    def drop(self) -> None:
        """Close the connection immediately."""
        ...
