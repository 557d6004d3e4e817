"""Releases in a dictionary."""

import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from threading import Lock
from typing import BinaryIO

from ghpypi.core.digest import digest_of
from ghpypi.core.model import OWN, Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.upload.planning import find_release
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import (
    ConflictError,
    FailedError,
    NotFoundError,
    RefusedError,
)
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease, TagsToSearch

ANYTHING = Rules(max_size=1 << 40, max_assets=1 << 20, name=lambda name: name)
"""The rules of a store that takes everything."""

UPLOADED_AT = "2026-01-01T00:00:00Z"
"""Memory has no clock: everything in it arrived at once."""


class MemoryStore:
    """Releases in a dictionary.

    Args:
        name: What it is called.
        rules: What it takes.
        immutable: Freeze releases when they are published, as GitHub can.
    """

    def __init__(
        self, name: str = "memory", *, rules: Rules = ANYTHING, immutable: bool = False
    ) -> None:
        self._name = name
        self._rules = rules
        self._immutable = immutable
        self._lock = Lock()
        self._releases: dict[str, StoredRelease] = {}
        self._contents: dict[str, bytes] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def local(self) -> bool:
        """Whether files are on this machine: no; it is read as a remote store is."""
        return False

    @property
    def origin(self) -> str:
        """The same constant as for a directory store."""
        return OWN

    @property
    def rules(self) -> Rules:
        """The limits of the store."""
        return self._rules

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases."""
        yield from list(self._releases.values())

    def related(self, tags: TagsToSearch) -> None:
        """List all, which costs no requests."""
        del tags

    def absence(self, origin: str) -> Absence | None:
        """Return `None`: the only origin is always listed."""
        del origin
        return None

    def detailed(self, asset: Asset) -> Asset:
        """Return the file as it was listed: there is no more to know."""
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        if asset.key not in self._contents:
            raise NotFoundError(f"{self._name} has no {asset.name}")
        return io.BytesIO(self._contents[asset.key])

    seekable = stream

    @property
    def freezes(self) -> bool:
        """Whether published releases are immutable."""
        return self._immutable

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the existing release."""
        with self._lock:
            new = StoredRelease(
                key=release.tag,
                origin=self.origin,
                tag=release.tag,
                draft=True,
                prerelease=release.prerelease,
                immutable=False,
                assets=(),
            )
            found = find_release(self._releases.values(), release.tag)
            return found or self._releases.setdefault(release.tag, new)

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file."""
        with asset.open() as file:
            content = file.read()
        digest = digest_of(content)
        if (len(content), digest) != (asset.size, asset.sha256):
            raise FailedError(f"{asset.name} changed while it was sent")
        with self._lock:
            current = self._current(release)
            present = {each.name: each for each in current.assets if each.complete}
            if asset.name in present and present[asset.name].sha256 == digest:
                return present[asset.name]
            if asset.name in present and not overwrite:
                raise ConflictError(f"{current.tag} has another {asset.name}")
            if current.immutable:
                raise RefusedError(f"{current.tag} is immutable and accepts no more files")
            stored = self._placed(
                Asset(
                    folder=f"files/{current.key}",
                    name=asset.name,
                    size=len(content),
                    version=digest,
                    uploaded=UPLOADED_AT,
                    sha256=digest,
                )
            )
            self._contents[stored.key] = content
            others = tuple(each for each in current.assets if each.name != asset.name)
            self._releases[current.key] = current._replace(assets=(*others, stored))
        advance(len(content))
        return stored

    def current(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release."""
        with self._lock:
            return self._current(release)

    settled = current

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public, unless another release of its tag is."""
        with self._lock:
            current = self._current(release)
            found = find_release(self._releases.values(), release.tag)
            if found and not found.draft:
                return found
            current = current._replace(draft=False, immutable=self._immutable)
            self._releases[current.key] = current
            return current

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft that holds no other files than these."""
        with self._lock:
            current = self._releases.get(draft.key)
            if current is None:
                return None
            others = [x for x in current.assets if held.get(x.name) != x.sha256 and x.complete]
            if others or not current.draft or any(x.arriving for x in current.assets):
                return current
            del self._releases[draft.key]
            return None

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete a file of a release, or a release."""
        with self._lock:
            current = self._releases.get(release.key)
            there = current is not None and (
                asset is None or asset.name in {each.name for each in current.assets}
            )
            if current is None or not there:
                return False
            if current.immutable:
                raise RefusedError(f"{current.tag} is immutable, so nothing of it can be deleted")
            gone = [x for x in current.assets if asset is None or x.name == asset.name]
            for each in gone:
                self._contents.pop(each.key, None)
            if asset is None:
                del self._releases[release.key]
            else:
                left = tuple(each for each in current.assets if each.name != asset.name)
                self._releases[release.key] = current._replace(assets=left)
            return True

    def _placed(self, asset: Asset) -> Asset:
        """Choose the place of a new file."""
        return asset

    def _current(self, release: StoredRelease) -> StoredRelease:
        if release.key not in self._releases:
            raise NotFoundError(f"{self._name} has no release {release.tag}")
        return self._releases[release.key]
