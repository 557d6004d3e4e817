"""A store on the server: its reader, its catalog in memory, and refreshing of the catalog."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from ghpypi.core.secret import Secret
from ghpypi.core.serving import Snapshot
from ghpypi.errors import BadTokenError, ConfigError, FailedError, GhpypiError, TryLaterError
from ghpypi.ports import (
    AccessPolicy,
    Capabilities,
    ProvenanceVerifier,
    StoreReader,
    UploadTarget,
    read_pages,
)
from ghpypi.server.catalog_view import CatalogView

MISSED_SECONDS = 2.0
"""Minimum time between two refreshes because of a missing project or file."""

FAILED_REFRESH_SECONDS = 15.0
"""The same, if the last refresh failed."""

WAIT_SECONDS = 5.0
"""Maximum time that a request for a missing project waits for a refresh."""

REJECTED_TOKEN_SECONDS = 900.0
"""How long the server's own token is not used after GitHub rejected it; GitHub blocks an address
that repeats bad credentials."""

ANONYMOUS_SECONDS = 240.0
"""Minimum time between two refreshes without a token, for which GitHub allows 60 requests per
hour."""

_log = logging.getLogger("ghpypi")


class Passwords(NamedTuple):
    """The passwords of a store that is not on GitHub.

    Attributes:
        read: The password for reading; `None` if everyone may read. `write` is accepted as well.
        write: The password for uploads; `None` if there are no uploads.
    """

    read: Secret | None = None
    write: Secret | None = None


@dataclass(kw_only=True)
class ServedStore:
    """A store on the server.

    Attributes:
        name: `OWNER/REPO`, or the name of the directory.
        key: Identifies the store when settings are read again.
        capabilities: What it can do; without them, there is no access.
        reader: Reads the store.
        catalog_view: Its catalog and pages.
        token: The server's own token for it; `None` to use callers' tokens only.
        upload_target: Where uploads go; `None` if it accepts none.
        passwords: The passwords, if it is not on GitHub.
        verifier: Verifies the provenance of files, and files without it are not offered; `None`
            to offer all.
        files_url: The URL that published pages in another place have for its files; empty if there
            is none.
        refresh_seconds: Seconds between two refreshes of the catalog.
        notice: A message for the operator when the server starts; mostly empty.
        last_error: The error of the last refresh; empty if it succeeded.
    """

    name: str
    key: str = ""
    capabilities: Capabilities = field(default_factory=Capabilities)
    reader: StoreReader
    catalog_view: CatalogView
    token: Secret | None = field(default=None, repr=False)
    upload_target: UploadTarget | None = None
    passwords: Passwords = field(default_factory=Passwords)
    verifier: ProvenanceVerifier | None = None
    files_url: str = ""
    refresh_seconds: float = 30.0
    now: Callable[[], float] = time.monotonic
    notice: str = ""
    last_error: str = ""
    loaded: bool = False
    _known: Snapshot | None = field(default=None, repr=False)
    _last_refresh: float = float("-inf")
    _token_rejected_until: float = float("-inf")
    _running: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def has_rights(self) -> bool:
        """Whether the permissions of callers' tokens decide about access."""
        return self.capabilities.access is AccessPolicy.RIGHTS

    @property
    def age(self) -> float:
        """Seconds since the last refresh started."""
        return self.now() - self._last_refresh

    def page(self, path: str, token: Secret | None) -> bytes | None:
        """Return a published page; `None` if it does not exist. Blocks."""
        return self.reader.page(path, self.token or token, self._known)

    def refresh_if_due(self, token: Secret | None) -> None:
        """Start a refresh in the background if it is due."""
        # Without a token, GitHub allows 60 requests per hour.
        anonymous = self.has_rights and self.token is None and token is None
        refresh_seconds = (
            max(self.refresh_seconds, ANONYMOUS_SECONDS) if anonymous else self.refresh_seconds
        )
        if self.age > refresh_seconds and self._running is None:
            self._begin(token)

    async def ensure_loaded(self, token: Secret | None) -> None:
        """Wait for the first catalog.

        Raises:
            GhpypiError: The catalog cannot be read.
        """
        if not self.loaded:
            await self.refresh(token)

    async def refresh_after_miss(self, token: Secret | None) -> None:
        """Refresh the catalog after a project or file was not found; rate-limited."""
        if self.age > (FAILED_REFRESH_SECONDS if self.last_error else MISSED_SECONDS):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.try_refresh(token), WAIT_SECONDS)

    async def try_refresh(self, token: Secret | None) -> None:
        """Refresh the catalog; store an error in `last_error` instead of raising it."""
        try:
            await self.refresh(token)
        except GhpypiError as error:
            self.last_error = str(error)

    async def refresh(self, token: Secret | None) -> None:
        """Refresh the catalog now; concurrent calls share one refresh.

        Raises:
            GhpypiError: The catalog cannot be read; the previous one stays in use.
        """
        task = self._running or self._begin(token)
        await asyncio.shield(task)

    def _begin(self, token: Secret | None) -> "asyncio.Task[None]":
        task = asyncio.create_task(asyncio.to_thread(self.load, token))
        self._running = task
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running = None
        if not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, GhpypiError) and str(error) != self.last_error:
                self._log_error(error)
            self.last_error = str(error)

    def _log_error(self, error: GhpypiError) -> None:
        hint = f" ({error.hint})" if error.hint else ""
        if isinstance(error, ConfigError):
            _log.error("%s%s", error, hint)  # only a change of settings helps
        elif not self.loaded and (self.token or not self.has_rights):
            # The name may be mistyped. Without a token of the server, it may be the caller's fault.
            _log.warning("%s cannot be read: %s%s", self.name, error, hint)

    def load(self, token: Secret | None) -> None:
        """Load the catalog if it has changed, preferably with the server's own token. Blocks.

        Raises:
            GhpypiError: The catalog cannot be read.
        """
        self._last_refresh = self.now()
        self._load(token)
        if self.catalog_view.incomplete:  # an index run was publishing
            self._load(token)
        self.loaded, self.last_error = True, ""

    def _load(self, token: Secret | None) -> None:
        own = self.token if self.now() >= self._token_rejected_until else None
        if self.token and own is None and token is None:
            raise BadTokenError(
                "GitHub rejected the server's own token; it is tried again after 15 minutes"
            )
        known = None if self.catalog_view.incomplete else self._known
        used = own or token
        try:
            snapshot = self.reader.snapshot(used, known)
        except BadTokenError:
            if own is None:
                raise
            self._token_rejected_until = self.now() + REJECTED_TOKEN_SECONDS
            if token is None:
                raise
            used = token
            snapshot = self.reader.snapshot(used, known)
        if snapshot is not None:
            self._take(snapshot, used)

    def _take(self, snapshot: Snapshot, token: Secret | None) -> None:
        """Replace the served catalog.

        Args:
            snapshot: The published state.
            token: The token that it was read with, and that its files are read with.

        Without a catalog, the names of the store's projects are unknown. Nothing is served then,
        because redirects to the upstream index would allow dependency confusion.

        Raises:
            TryLaterError: There is no catalog, or it is damaged.
        """
        if snapshot.catalog is None:
            raise TryLaterError(
                f"{self.name} has no published index",
                hint="publish one with 'ghpypi index'; see also index.branch and site.path",
            )
        try:
            self.catalog_view.take(snapshot, partial(read_pages, self.reader, token, snapshot))
        except FailedError as error:
            raise TryLaterError(
                f"the published index of {self.name} cannot be read: {error.message}",
                hint=error.hint,
            ) from error
        self._known = replace_catalog(snapshot)


def replace_catalog(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot without the content of the catalog, to save memory: its mark suffices."""
    return Snapshot(mark=snapshot.mark, catalog=None, config=snapshot.config)
