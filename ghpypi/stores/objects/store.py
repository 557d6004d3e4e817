"""A store whose releases are folders of a bucket."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from typing import BinaryIO

from ghpypi.core.config.site import FILES
from ghpypi.core.model import OWN, Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.release_folders import folder_name
from ghpypi.core.served_paths import split_sibling
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import ConflictError, NotFoundError, TryLaterError
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease, TagsToSearch
from ghpypi.stored_files import stored_digest
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import (
    DRAFT,
    MARKER,
    UPLOADED,
    file_headers,
    page_headers,
    time_text,
)
from ghpypi.stores.objects.large_uploads import LargeUploads
from ghpypi.stores.objects.object_file import ObjectFile
from ghpypi.stores.objects.releases import (
    all_releases,
    asset_of,
    recorded_digest,
    release_of,
    upload_key,
)
from ghpypi.stores.objects.sending import SINGLE_LIMIT, attempts, whole
from ghpypi.stores.objects.values import StoredObject, Tag

RULES = Rules(max_size=5 << 40, max_assets=1 << 30, name=lambda name: name, releases_at_once=8)
"""An object of S3 has 5 TiB at most. The requests of several releases wait at the same time."""

LOOK_SECONDS = 0.5
"""Interval of checks for uploads of other processes, in seconds."""

MAX_SEARCH = 20
"""Number of tags up to which their folders are listed one by one."""


def _now() -> datetime:
    return datetime.now(UTC)


class BucketStore:
    """A `FileStore` in a bucket.

    Args:
        client: The bucket and prefix.
        max_wait: Maximum time to wait for uploads of others, in seconds.
        sleep: Pauses for a number of seconds.
        now: The current time.
    """

    def __init__(
        self,
        client: BucketClient,
        *,
        max_wait: float = 600.0,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._client = client
        self._max_wait = max_wait
        self._sleep = sleep
        self._now = now
        self._large = LargeUploads(client, now)

    @property
    def name(self) -> str:
        """The bucket and prefix."""
        return self._client.name

    @property
    def local(self) -> bool:
        """Whether files are on this machine: they are not."""
        return False

    @property
    def origin(self) -> str:
        """A constant, so that the files can be moved."""
        return OWN

    @property
    def rules(self) -> Rules:
        """The limits of the store."""
        return RULES

    @property
    def freezes(self) -> bool:
        """Whether published releases are immutable: they are not."""
        return False

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, with one request for each 1,000 objects."""
        yield from all_releases(self._client.objects(FILES), self._now())

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """List the folders of a few releases instead of all."""
        wanted = tags()
        if wanted is None or len(wanted) > MAX_SEARCH:
            return None
        found = (self._find(folder_name(tag)) for tag in wanted)
        return [release for release in found if release]

    def absence(self, origin: str) -> Absence | None:
        """Return `None`: the only origin is always listed."""
        del origin
        return None

    def detailed(self, asset: Asset) -> Asset:
        """Add the digest and the time of upload, if ghpypi uploaded the file."""
        found = self._client.find(asset.key) if self._client.has_attributes else None
        if found is None:
            return asset
        return asset._replace(
            sha256=recorded_digest(found.attributes) or asset.sha256,
            uploaded=found.attributes.get(UPLOADED) or asset.uploaded,
        )

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        return closing(self._client.open(asset.key))

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file, of which ranges are requested."""
        return ObjectFile(self._client, asset.key, asset.size).opened()

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the existing release."""
        folder = folder_name(release.tag)
        marker = f"{FILES}/{folder}/{MARKER}"
        trying = attempts(self.name, marker, self._sleep)
        while True:
            next(trying)
            if found := self._find(folder):
                return found
            if self._client.create(marker, DRAFT, page_headers(MARKER)):
                return release_of(folder, (), self._now(), draft=True)

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file, under a name that no other process can take."""
        key = f"{FILES}/{folder_name(release.tag)}/{asset.name}"
        headers = file_headers(asset.name, asset.sha256, time_text(self._now()))
        # Nothing is written where another process was faster, or this one: the response of a
        # request was lost.
        trying = attempts(self.name, key, self._sleep)
        while True:
            next(trying)
            current = self.settled(release, asset.name)
            if found := self._stored(current, asset, overwrite=overwrite):
                return found
            tag = self._send(key, asset, headers, advance, overwrite=overwrite)
            if tag:
                break
        if any(each.name == asset.name for each in current.assets):
            self._client.delete([upload_key(key)])  # of an interrupted upload
        written = StoredObject(key, asset.size, tag, self._now(), headers)
        if not self._client.has_attributes:
            written = self._client.find(key) or written
        return asset_of(written)._replace(sha256=asset.sha256)

    def current(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release."""
        return self._existing(folder_name(release.tag), release.tag)

    def settled(self, release: StoredRelease, name: str = "") -> StoredRelease:
        """Wait until no other process uploads to a release.

        Args:
            release: The release.
            name: The name of a file, to wait for this one only.
        """
        waited = 0.0
        while True:
            current = self.current(release)
            if not any(each.arriving and name in {"", each.name} for each in current.assets):
                return current
            if waited >= self._max_wait:
                raise TryLaterError(
                    f"another process is uploading to {release.tag} in {self.name}",
                    hint="run the same command again later",
                )
            self._sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public: one write, after which the listing has all of its files."""
        current = self.current(release)
        if current.draft:
            folder = folder_name(current.tag)
            self._client.write(f"{FILES}/{folder}/{MARKER}", b"", page_headers(MARKER))
        return current._replace(draft=False)

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft, unless it has other files than these."""
        folder = folder_name(draft.tag)
        current = self._find(folder)
        if current is None or not current.draft:
            return current
        if any(self._keeps(asset, held) for asset in current.assets):
            return current
        self._client.delete(each.key for each in self._objects(folder) if not _is_marker(each))
        left = self._find(folder)
        if left and left.assets:
            return left  # a file has arrived in the meantime
        self._client.delete([f"{FILES}/{folder}/{MARKER}"])
        return None

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete a file of a release, or a whole release.

        A release that an interruption leaves has its distributions until all else but its state is
        gone, so that it is found again.
        """
        folder = folder_name(release.tag)
        objects = self._objects(folder)
        marker = f"{FILES}/{folder}/{MARKER}"
        keys = [each.key for each in objects if each.key != marker]
        has_marker = len(keys) < len(objects)
        if not objects:
            return False
        if asset is None:
            self._client.delete(sorted(keys, key=lambda each: (not split_sibling(each)[1], each)))
            self._client.delete([marker])
            return True
        key = f"{FILES}/{folder}/{asset.name}"
        gone = [each for each in (key, upload_key(key)) if each in keys]
        if len(gone) == len(keys) and not has_marker:
            self._client.write(marker, b"", page_headers(MARKER))  # a folder exists by its objects
        self._client.delete(gone)
        return bool(gone)

    def _send(
        self,
        key: str,
        asset: NewAsset,
        headers: Mapping[str, str],
        advance: Advance,
        *,
        overwrite: bool,
    ) -> Tag | None:
        """Write a file; `None` if there is one of its name."""
        if asset.size > SINGLE_LIMIT:
            return self._large.send(key, asset, headers, advance)
        write = self._client.write if overwrite else self._client.create
        tag = write(key, whole(asset), headers)
        if tag:
            advance(asset.size)
        return tag

    def _stored(self, current: StoredRelease, asset: NewAsset, *, overwrite: bool) -> Asset | None:
        """Return the existing file of this name if it is equal; `None` if there is none."""
        for each in current.assets:
            if each.name == asset.name and each.complete:
                found = self._with_digest(each)
                if found.sha256 == asset.sha256:
                    return found
                if not overwrite:
                    raise ConflictError(
                        f"{current.tag} in {self.name} has {asset.name} with different content"
                    )
        return None

    def _with_digest(self, asset: Asset) -> Asset:
        found = self.detailed(asset)
        return found._replace(sha256=stored_digest(self, found))

    def _keeps(self, asset: Asset, held: Mapping[str, Sha256]) -> bool:
        """Return whether a draft must be kept because of an asset."""
        if not asset.complete:
            return asset.arriving
        return asset.name not in held or held[asset.name] != self._with_digest(asset).sha256

    def _objects(self, folder: str) -> Collection[StoredObject]:
        return list(self._client.objects(f"{FILES}/{folder}"))

    def _find(self, folder: str) -> StoredRelease | None:
        return next(all_releases(self._objects(folder), self._now()), None)

    def _existing(self, folder: str, tag: str) -> StoredRelease:
        found = self._find(folder)
        if found is None:
            raise NotFoundError(f"{self.name} has no release {tag}")
        return found


def _is_marker(stored: StoredObject) -> bool:
    return stored.key.endswith(f"/{MARKER}")
