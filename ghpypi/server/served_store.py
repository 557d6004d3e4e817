"""A store as it is served: its catalog in memory, how to read it, and how fresh the catalog is."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from ghpypi.core.secret import Secret
from ghpypi.core.serving import Snapshot
from ghpypi.errors import BadTokenError, FailedError, GhpypiError, TryLaterError
from ghpypi.ports import StoreReader, UploadTarget
from ghpypi.server.catalog_view import CatalogView

MISSED_SECONDS = 2.0
"""Not oftener than this a catalog is looked for because a name is missing."""

TROUBLED_SECONDS = 15.0
"""The same, when the last look failed."""

WAIT_SECONDS = 5.0
"""Whoever asks for what is missing waits no longer for a new catalog."""

SHUNNED_SECONDS = 900.0
"""Not oftener than this a token of ours is tried that GitHub did not know: it blocks who does."""

NOBODY_SECONDS = 240.0
"""Not oftener than this GitHub is asked as nobody in particular."""


class AccessPolicy(Enum):
    """Who decides what a caller may do with a store."""

    CLOSED = "closed"
    """Nobody may do anything."""

    RIGHTS = "rights"
    """Each caller's token has rights, which the reader of the store knows."""

    PASSWORDS = "passwords"
    """The server has passwords for the store; without one to read, everyone may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a kind of store can do. What is not declared it cannot, and access is closed.

    Attributes:
        access: Who decides what a caller may do.
        has_urls: Clients can fetch files from URLs that the reader knows.
        freezes: A release may take no more files once it is published.
    """

    access: AccessPolicy = AccessPolicy.CLOSED
    has_urls: bool = False
    freezes: bool = False


CAPABILITIES = {
    "github": Capabilities(access=AccessPolicy.RIGHTS, has_urls=True, freezes=True),
    "directory": Capabilities(access=AccessPolicy.PASSWORDS),
    "memory": Capabilities(access=AccessPolicy.PASSWORDS),
}
"""The capabilities of each kind of store; any other kind has none."""

_CLOSED = Capabilities()


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of a store that GitHub does not decide about.

    Attributes:
        read: Needed to read; `None` if everyone may. The password for writing will do as well.
        write: Needed to upload; `None` if nobody may.
    """

    read: Secret | None = None
    write: Secret | None = None


@dataclass(kw_only=True)
class ServedStore:
    """One store.

    Attributes:
        name: `OWNER/REPO`, or what the folder is called.
        kind: One of `CAPABILITIES`.
        place: What no other store of this kind has in common with it: the repository, or where the
            folder is.
        reader: Knows it.
        catalog_view: Its catalog and pages.
        token: The server's own; `None` if only callers' tokens open it.
        upload_target: The way in; `None` if it takes no uploads.
        passwords: Of a store that is not on GitHub.
        every: Seconds after which a catalog is looked at again.
        trouble: Why the last look failed; empty if it did not.
    """

    name: str
    kind: str
    place: str = ""
    reader: StoreReader
    catalog_view: CatalogView
    token: Secret | None = field(default=None, repr=False)
    upload_target: UploadTarget | None = None
    passwords: Passwords = field(default_factory=Passwords)
    every: float = 30.0
    now: Callable[[], float] = time.monotonic
    trouble: str = ""
    loaded: bool = False
    _known: Snapshot | None = field(default=None, repr=False)
    _looked: float = float("-inf")
    _shunned_until: float = float("-inf")
    _running: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of store can do."""
        return CAPABILITIES.get(self.kind, _CLOSED)

    @property
    def has_rights(self) -> bool:
        """Whether each caller's token has rights of its own."""
        return self.capabilities.access is AccessPolicy.RIGHTS

    @property
    def age(self) -> float:
        """Seconds since the store was looked at."""
        return self.now() - self._looked

    def page(self, path: str, token: Secret | None) -> bytes | None:
        """Read a published page for people; blocks."""
        return self.reader.page(path, self.token or token, self._known)

    def keep_fresh(self, token: Secret | None) -> None:
        """Begin to look for a new catalog if it is time; whoever asks now gets what is there."""
        # Without a token GitHub answers sixty times an hour.
        nobody = self.has_rights and self.token is None and token is None
        every = max(self.every, NOBODY_SECONDS) if nobody else self.every
        if self.age > every and self._running is None:
            self._begin(token)

    async def ready(self, token: Secret | None) -> None:
        """Wait for the first catalog.

        Raises:
            GhpypiError: There is none to be had.
        """
        if not self.loaded:
            await self.refresh(token)

    async def missed(self, token: Secret | None) -> None:
        """Look for a new catalog because something was not found; not too often."""
        if self.age > (TROUBLED_SECONDS if self.trouble else MISSED_SECONDS):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.quietly(token), WAIT_SECONDS)

    async def quietly(self, token: Secret | None) -> None:
        """Look for a new catalog; what fails is remembered, and the last one goes on."""
        try:
            await self.refresh(token)
        except GhpypiError as error:
            self.trouble = str(error)

    async def refresh(self, token: Secret | None) -> None:
        """Look for a new catalog now; those who want that at the same time look together.

        Raises:
            GhpypiError: There is none to be had; the last one goes on being served.
        """
        task = self._running or self._begin(token)
        await asyncio.shield(task)

    def _begin(self, token: Secret | None) -> "asyncio.Task[None]":
        task = asyncio.create_task(asyncio.to_thread(self.look, token))
        self._running = task
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self.trouble = str(error)

    def look(self, token: Secret | None) -> None:
        """Look for a new catalog, with the server's own token if it has a good one; go on with it.

        Raises:
            GhpypiError: There is none to be had.
        """
        self._looked = self.now()
        own = self.token if self.now() >= self._shunned_until else None
        if self.token and own is None and token is None:
            raise BadTokenError("the token of this server is bad, and is not tried all the time")
        try:
            snapshot = self.reader.snapshot(own or token, self._known)
        except BadTokenError:
            if own is None:
                raise
            self._shunned_until = self.now() + SHUNNED_SECONDS
            if token is None:
                raise
            snapshot = self.reader.snapshot(token, self._known)
        if snapshot is not None:
            self._take(snapshot)
        self.loaded, self.trouble = True, ""

    def _take(self, snapshot: Snapshot) -> None:
        """Serve another catalog.

        Without a catalog it is not known which names are ours. Nothing is served then, because
        the public index may have packages of these names, too.

        Raises:
            TryLaterError: There is no catalog that can be read.
        """
        if snapshot.catalog is None:
            raise TryLaterError(
                f"{self.name} has no published index",
                hint="publish one with 'ghpypi index'; see also index.branch and site.path",
            )
        try:
            self.catalog_view.take(snapshot)
        except FailedError as error:
            raise TryLaterError(
                f"the published index of {self.name} cannot be read: {error.message}",
                hint=error.hint,
            ) from error
        self._known = replace_catalog(snapshot)


def replace_catalog(snapshot: Snapshot) -> Snapshot:
    """Forget the bytes of a catalog once it was read: its mark is enough to see that it changed."""
    return Snapshot(mark=snapshot.mark, catalog=None, config=snapshot.config)
