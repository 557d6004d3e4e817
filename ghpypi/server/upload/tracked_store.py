"""A store as an upload through the server uses it.

The files of a version arrive as separate requests, which may run concurrently. They share the state
that keeps them from creating two drafts.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import BinaryIO

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.progress import BYTES
from ghpypi.core.release_parts import first_tag
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import NotFoundError
from ghpypi.ports import Absence, Advance, FileStore, NewAsset, NewRelease, TagsToSearch


@dataclass(slots=True)
class SharedDraft:
    """State shared by all uploads to one release.

    Attributes:
        release: The draft, once an upload has created it.
        tag: The tag of the release; empty before the first upload is planned.
        parts: The drafts in which a full release continues, by tag.
        arriving: The names of files that are being stored.
    """

    release: StoredRelease | None = None
    tag: str = ""
    parts: dict[str, StoredRelease] = field(default_factory=dict)
    arriving: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def planned(self, tag: str, draft: StoredRelease | None) -> None:
        """Record the release of an upload.

        Args:
            tag: Its tag.
            draft: The draft that the store has; `None` if it has none.
        """
        with self.lock:
            if first_tag(tag) == tag:
                self.tag = tag
                self.release = self.release or draft
            elif draft:
                self.parts.setdefault(tag, draft)

    def drafted(self) -> list[tuple[str, StoredRelease | None]]:
        """Return the tags of the releases to publish, each with its draft if it is known."""
        with self.lock:
            first = [(self.tag, self.release)] if self.tag and self.release else []
            return [*first, *sorted(self.parts.items())]

    def forget(self) -> None:
        """Forget the drafts, which are published."""
        with self.lock:
            self.release = None
            self.parts.clear()


class TrackedStore:
    """A `FileStore` for one of several concurrent uploads to a release.

    Args:
        store: The wrapped store.
        shared: The state shared with the other uploads.
    """

    def __init__(self, store: FileStore, shared: SharedDraft) -> None:
        self._store = store
        self._shared = shared
        self.assets: dict[str, Asset] = {}
        self.drafts: set[str] = set()

    @property
    def name(self) -> str:
        """The name of the store."""
        return self._store.name

    @property
    def local(self) -> bool:
        """Whether files are on this machine."""
        return self._store.local

    @property
    def origin(self) -> str:
        """The `File.origin` of its files."""
        return self._store.origin

    @property
    def rules(self) -> Rules:
        """The limits of the store."""
        return self._store.rules

    @property
    def freezes(self) -> bool:
        """Whether published releases are immutable."""
        return self._store.freezes

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, and record the tags of drafts."""
        for release in self._store.releases():
            self._see(release)
            yield release

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Search the store, and record the tags of drafts."""
        found = self._store.related(tags)
        for release in found or ():
            self._see(release)
        return found

    def _see(self, release: StoredRelease) -> None:
        if release.draft:
            self.drafts.add(release.tag)

    def absence(self, origin: str) -> Absence | None:
        """Return why a repository cannot be read; see `FileStore.absence`."""
        return self._store.absence(origin)

    def detailed(self, asset: Asset) -> Asset:
        """Ask the store for what it has recorded of a file."""
        return self._store.detailed(asset)

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        return self._store.stream(asset)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        return self._store.seekable(asset)

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the one that a concurrent upload created."""
        with self._shared.lock:
            if first_tag(release.tag) != release.tag:
                if release.tag not in self._shared.parts:
                    self._shared.parts[release.tag] = self._store.draft(release)
                return self._shared.parts[release.tag]
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
        """Store a file."""
        try:
            stored = self._store.put(release, asset, advance, overwrite=overwrite)
        except NotFoundError:
            with self._shared.lock:
                if self._shared.parts.pop(release.tag, None) is None:
                    self._shared.release = None
            raise
        self.assets[asset.name] = stored
        return stored

    def current(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release."""
        return self._store.current(release)

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process uploads to a release; return its state."""
        return self._store.settled(release)

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete a file, or a release."""
        return self._store.remove(release, asset)

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Publish a draft."""
        return self._store.publish(release)

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft, unless it has other files than these."""
        return self._store.discard(draft, held)


class WarningCollector:
    """A `Reporter` that collects warnings for the response."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def step(self, text: str) -> None:
        """Ignore steps."""

    def note(self, text: str) -> None:
        """Ignore notes."""

    def warn(self, text: str) -> None:
        """Collect a warning."""
        self.warnings.append(text)

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Return a function that ignores progress."""
        del label, total, unit
        return nullcontext(lambda _: None)

    def close(self) -> None:
        """Do nothing."""
