"""The way into a store, as an upload through the server takes it.

Files of one version arrive as requests of their own, some at the same time. What has to be known
of the others, so that none harms another, is shared among them here.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import BinaryIO

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.progress import BYTES
from ghpypi.core.upload.checks import Rules
from ghpypi.errors import NotFoundError
from ghpypi.ports import Absence, Advance, FileStore, NewAsset, NewRelease


@dataclass(slots=True)
class SharedDraft:
    """What uploads to one release know of each other.

    Attributes:
        release: The draft that they fill, once one of them has made it.
        tag: The tag of the release, once an upload was planned; empty before.
        arriving: The files that are being stored right now.
    """

    release: StoredRelease | None = None
    tag: str = ""
    arriving: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)


class TrackedStore:
    """A store, as one upload among others sees it.

    Args:
        store: The store itself.
        shared: What is shared with the others.
        beside: What is to lie beside the file, by the file's name; it goes in before the file, so
            that it is there when the release is published.
    """

    def __init__(
        self, store: FileStore, shared: SharedDraft, beside: dict[str, NewAsset] | None = None
    ) -> None:
        self._store = store
        self._shared = shared
        self._beside = beside or {}
        self.assets: dict[str, Asset] = {}
        self.drafts: set[str] = set()

    @property
    def name(self) -> str:
        """What the store is called."""
        return self._store.name

    @property
    def origin(self) -> str:
        """What its releases have as their origin."""
        return self._store.origin

    @property
    def rules(self) -> Rules:
        """What it takes."""
        return self._store.rules

    @property
    def freezes(self) -> bool:
        """Whether a published release takes no more files."""
        return self._store.freezes

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, and remember the tags of drafts."""
        for release in self._store.releases():
            if release.draft:
                self.drafts.add(release.tag)
            yield release

    def absence(self, origin: str) -> Absence | None:
        """Ask the store."""
        return self._store.absence(origin)

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        return self._store.stream(asset)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        return self._store.seekable(asset)

    def draft(self, release: NewRelease) -> StoredRelease:
        """Make a draft, or go on with the one that another upload made meanwhile."""
        with self._shared.lock:
            if self._shared.release is None:
                self._shared.release = self._store.draft(release)
            return self._shared.release

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file, after what lies beside it."""
        try:
            if beside := self._beside.get(asset.name):
                self._store.put(release, beside, lambda _: None)
            stored = self._store.put(release, asset, advance, overwrite=overwrite)
        except NotFoundError:
            with self._shared.lock:
                self._shared.release = None
            raise
        self.assets[asset.name] = stored
        return stored

    def current(self, release: StoredRelease) -> StoredRelease:
        """Read a release."""
        return self._store.current(release)

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process is sending a file into a release."""
        return self._store.settled(release)

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public."""
        return self._store.publish(release)

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft that holds no other files than these."""
        return self._store.discard(draft, held)


class WarningCollector:
    """Listens to the work on an upload, and keeps the warnings for its answer."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def step(self, text: str) -> None:
        """Pass over what is being done."""

    def note(self, text: str) -> None:
        """Ignore why the work waits: the client is answered when it is done."""

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self.warnings.append(text)

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Show nothing."""
        del label, total, unit
        return nullcontext(lambda _: None)

    def close(self) -> None:
        """Nothing is left to end."""
