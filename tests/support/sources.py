"""Stores and sites with something to them: counted, without digests, or late."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from threading import Lock
from typing import BinaryIO

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.errors import NotFoundError, OutdatedError
from ghpypi.ports import (
    Absence,
    Comparison,
    EarlierState,
    FileSource,
    Published,
    Site,
    SiteChange,
    SiteLimits,
)
from ghpypi.stores.memory import MemoryStore


class RemoteStore(MemoryStore):
    """A store in memory that names its files as GitHub does; its name is the repository."""

    @property
    def origin(self) -> str:
        return self.name

    def _placed(self, asset: Asset) -> Asset:
        path = f"{asset.folder.removeprefix('files/')}/{asset.name}"
        return asset._replace(
            folder=f"repos/{self.name}/releases/assets",
            identifier=str(len(self._contents) + 1),
            address=f"https://github.example/{self.name}/releases/download/{path}",
        )


class CountingSource:
    """A source that writes down what was read of it, and may keep its digests to itself."""

    def __init__(self, inner: FileSource, *, digests: bool = True) -> None:
        self._inner = inner
        self._digests = digests
        self._lock = Lock()
        self.streamed: list[str] = []
        self.sought: list[str] = []

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def local(self) -> bool:
        return self._inner.local

    @property
    def reads(self) -> list[str]:
        """Everything that was opened, sorted."""
        return sorted(self.streamed + self.sought)

    def forget(self) -> None:
        """Count from zero again."""
        self.streamed, self.sought = [], []

    def releases(self) -> Iterator[StoredRelease]:
        for release in self._inner.releases():
            if self._digests:
                yield release
            else:
                assets = tuple(asset._replace(sha256=None) for asset in release.assets)
                yield release._replace(assets=assets)

    def absence(self, origin: str) -> Absence | None:
        return self._inner.absence(origin)

    def detailed(self, asset: Asset) -> Asset:
        return self._inner.detailed(asset)

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        with self._lock:
            self.streamed.append(asset.name)
        return self._inner.stream(asset)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        with self._lock:
            self.sought.append(asset.name)
        return self._inner.seekable(asset)


class ListedSource:
    """A source that lists just these releases, and has none of their files."""

    name = "a listing"
    local = False

    def __init__(self, *releases: StoredRelease) -> None:
        self._releases = releases

    def releases(self) -> Iterator[StoredRelease]:
        yield from self._releases

    def absence(self, origin: str) -> Absence | None:
        return None

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        raise AssertionError(f"{asset.name} was read")

    seekable = stream


class Several:
    """Several stores in memory, as one source."""

    name = "several stores"
    local = False

    def __init__(self, *stores: MemoryStore) -> None:
        self._stores = stores

    def releases(self) -> Iterator[StoredRelease]:
        for store in self._stores:
            yield from store.releases()

    def absence(self, origin: str) -> Absence | None:
        return None

    def detailed(self, asset: Asset) -> Asset:
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        for store in self._stores:
            with suppress(NotFoundError):
                return store.stream(asset)
        raise NotFoundError(f"{asset.name} does not exist")

    seekable = stream


class RacingSite:
    """A site that another process changes first, so many times."""

    def __init__(self, inner: Site, *, losses: int, meanwhile: SiteChange | None = None) -> None:
        self._inner = inner
        self._losses = losses
        self._meanwhile = meanwhile

    @property
    def name(self) -> str:
        return self._inner.name

    def catalog(self) -> bytes | None:
        return self._inner.catalog()

    def mark(self) -> str:
        return self._inner.mark()

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        return self._inner.read(paths)

    @property
    def limits(self) -> SiteLimits:
        return self._inner.limits

    @property
    def reads_cheaply(self) -> bool:
        return self._inner.reads_cheaply

    def foreign_changes(self) -> Collection[str] | None:
        return self._inner.foreign_changes()

    def earlier(self, revision: str) -> AbstractContextManager[EarlierState]:
        return self._inner.earlier(revision)

    def compare(self, change: SiteChange) -> Comparison:
        return self._inner.compare(change)

    def paths(self) -> Collection[str]:
        return self._inner.paths()

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        if self._losses:
            self._losses -= 1
            if self._meanwhile:
                self._inner.publish(self._meanwhile, base=base)
            raise OutdatedError(f"{self.name} was changed in the meantime")
        return self._inner.publish(change, base=base)
