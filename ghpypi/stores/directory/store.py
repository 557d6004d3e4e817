"""A store whose releases are folders."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from ghpypi.core.digest import digest_file
from ghpypi.core.model import OWN, Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.release_folders import folder_name
from ghpypi.core.upload.rules import Rules
from ghpypi.errors import ConflictError, NotFoundError
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease, TagsToSearch
from ghpypi.stores.directory.folder_lock import lock
from ghpypi.stores.directory.incoming import IncomingFiles, asset_at
from ghpypi.stores.directory.links import Links
from ghpypi.stores.directory.listing import DRAFTS, PUBLISHED, FolderListing

RULES = Rules(max_size=1 << 60, max_assets=1 << 30, name=lambda name: name, releases_at_once=4)
"""A folder takes everything. Releases that are filled at once share the writes to the journal of
the file system that `fsync` waits for; with more than four, threads mostly wait for each other."""

FEW_RELEASES = 1000
"""Number of releases that are listed for an upload, instead of reading the published index."""

LOOK_SECONDS = 0.2
"""Interval of checks for uploads of other processes, in seconds."""

REMOVED = ".removed"
"""The folder name of a removed release until its files are deleted; not a valid release name."""


class DirectoryStore:
    """A `FileStore` in a folder.

    Args:
        root: The folder; created by the first upload.
        name: The name in messages; by default the path.
        sleep: Pauses for a number of seconds.
    """

    def __init__(
        self, root: Path, *, name: str = "", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._root = root
        self._name = name or str(root)
        self._sleep = sleep
        self._links = Links(root, self._name)
        self._incoming = IncomingFiles(root, self._links)
        self._listing = FolderListing(root, self._name, self._links, self._incoming)

    @property
    def name(self) -> str:
        """The name in messages."""
        return self._name

    @property
    def local(self) -> bool:
        """Whether files are on this machine: they are."""
        return True

    @property
    def origin(self) -> str:
        """A constant, so that the folder can be moved."""
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
        """List all releases, except for symbolic links to folders outside of the store.

        Raises:
            LinkError: The folder of all releases is such a link.
        """
        return self._listing.releases()

    def related(self, tags: TagsToSearch) -> list[StoredRelease] | None:
        """List the folders of a few releases, if there are many."""
        self._links.check(PUBLISHED)
        with suppress(FileNotFoundError):
            found = list(os.scandir(self._at(PUBLISHED)))
            if len(found) > FEW_RELEASES and (wanted := tags()) is not None:
                return list(self._listing.releases({*map(folder_name, wanted)}))
        return None

    def absence(self, origin: str) -> Absence | None:
        """Return `None`: the only origin is always listed."""
        del origin
        return None

    def detailed(self, asset: Asset) -> Asset:
        """Return the file as it was listed: there is no more to know."""
        return asset

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file, even if its draft has been published in the meantime.

        Raises:
            LinkError: It is a symbolic link to a path outside of the store.
        """
        with suppress(FileNotFoundError):
            return self._links.open(asset.key)
        with suppress(FileNotFoundError):
            draft = asset.key.removeprefix(f"{DRAFTS}/")
            return self._links.open(f"{PUBLISHED}/{draft}")
        raise NotFoundError(f"{self.name} has no {asset.key}")

    seekable = stream

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the existing release."""
        folder = folder_name(release.tag)
        published, draft = f"{PUBLISHED}/{folder}", f"{DRAFTS}/{folder}"
        with lock(self._root):
            if not os.path.isdir(self._at(published)):
                self._links.check(draft)
                os.makedirs(self._at(draft), exist_ok=True)
                return self._listing.release(draft)
        self._links.check(published)
        return self._listing.release(published)

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file: copy it to a temporary folder, then rename it."""
        if found := self._stored(release, asset, overwrite=overwrite):
            return found
        part = self._incoming.stage(release.tag, asset, advance)
        stored = self._move(part, release, asset, overwrite=overwrite)
        if stored is None:
            return self.put(release, asset, lambda _: None)  # another process was faster
        parent, _, folder = stored.folder.partition("/")
        if parent == PUBLISHED:  # `publish` does that for a draft
            _sync_folder(self._at(stored.folder))
            self._incoming.remove_empty(folder)
        return stored

    def current(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release or draft."""
        if release.key.startswith(f"{DRAFTS}/"):
            self._links.check(release.key)
            return self._listing.release(release.key)
        return self._listing.release(self._folder(release))

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process uploads to a release."""
        while True:
            current = self.current(release)
            if not any(asset.arriving for asset in current.assets):
                return current
            self._sleep(LOOK_SECONDS)

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public.

        The names of its files are on the disk before the name that makes them visible is. That is
        waited for outside of the lock, so that threads and processes wait together.
        """
        _sync_folder(self._at(self._folder(release)))
        with lock(self._root):
            folder = self._folder(release)
            parent, _, name = folder.partition("/")
            if parent == DRAFTS:
                self._links.check(PUBLISHED)
                os.makedirs(self._at(PUBLISHED), exist_ok=True)
                os.rename(self._at(folder), self._at(f"{PUBLISHED}/{name}"))
            published = self._listing.release(f"{PUBLISHED}/{name}")
        if parent == DRAFTS:
            _sync_folder(self._at(PUBLISHED))
        self._incoming.remove_empty(name)
        return published

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft, unless it has other files than these."""
        with lock(self._root):
            name = folder_name(draft.tag)
            published, folder = f"{PUBLISHED}/{name}", f"{DRAFTS}/{name}"
            self._links.check(folder)
            if not os.path.isdir(self._at(folder)):
                is_published = os.path.isdir(self._at(published))
                return self._listing.release(published) if is_published else None
            current = self._listing.release(folder)
            if any(self._keeps(asset, held) for asset in current.assets):
                return current
            self._incoming.remove_abandoned(draft.tag)
            self._incoming.remove_empty(name)
            shutil.rmtree(self._at(folder))
            return None

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete a file of a release, or a whole release, which disappears by one rename."""
        with lock(self._root):
            try:
                folder = self._folder(release)
            except NotFoundError:
                return False
            self._incoming.remove_abandoned(release.tag, asset.name if asset else "")
            self._incoming.remove_empty(folder_name(release.tag))
            if asset is not None:
                with suppress(FileNotFoundError):
                    os.unlink(self._at(f"{folder}/{asset.name}"))
                    return True
                return False
            removed = self._at(self._incoming.new_folder())
            os.rename(self._at(folder), f"{removed}/{REMOVED}")
        shutil.rmtree(removed, ignore_errors=True)
        return True

    def _stored(self, release: StoredRelease, asset: NewAsset, *, overwrite: bool) -> Asset | None:
        """Return the existing file of this name if it is equal; `None` if there is none."""
        with suppress(NotFoundError):  # a release that is being published has neither name
            if not os.path.lexists(self._at(f"{self._folder(release)}/{asset.name}")):
                return None
        with lock(self._root):
            folder = self._folder(release)
            place = f"{folder}/{asset.name}"
            self._links.check(place)
            there = os.path.exists(self._at(place))
            if there and self._digest(place) == asset.sha256:
                return asset_at(str(self._root), folder, asset.name, sha256=asset.sha256)
            if not overwrite and there:
                raise ConflictError(
                    f"{release.tag} in {self.name} has {asset.name} with different content"
                )
            return None

    def _move(
        self, part: str, release: StoredRelease, asset: NewAsset, *, overwrite: bool
    ) -> Asset | None:
        """Move a copied file into its release; `None` if that has a file of this name."""
        copied = self._at(part)
        with ExitStack() as failed, lock(self._root):
            failed.callback(Path(copied).unlink, missing_ok=True)
            folder = self._folder(release)
            place = self._at(f"{folder}/{asset.name}")
            if not overwrite and os.path.exists(place):
                return None
            os.replace(copied, place)
            failed.pop_all()  # another thread may make a file of the same name there
            self._incoming.remove_abandoned(release.tag, asset.name)
            return asset_at(str(self._root), folder, asset.name, sha256=asset.sha256)

    def _keeps(self, asset: Asset, held: Mapping[str, Sha256]) -> bool:
        """Return whether a draft must be kept because of an asset."""
        if not asset.complete:
            return asset.arriving
        self._links.check(asset.key)
        return asset.name not in held or held[asset.name] != self._digest(asset.key)

    def _folder(self, release: StoredRelease) -> str:
        """Return the folder of a release, which may have been published in the meantime."""
        name = folder_name(release.tag)
        for folder in (f"{PUBLISHED}/{name}", f"{DRAFTS}/{name}"):
            if os.path.isdir(self._at(folder)):
                self._links.check(folder)
                return folder
        raise NotFoundError(f"{self.name} has no release {release.tag}")

    def _digest(self, place: str) -> Sha256:
        with open(self._at(place), "rb") as file:
            return digest_file(file)

    def _at(self, place: str) -> str:
        """Return the path of what is at a path below the store."""
        return f"{self._root}/{place}"


def _sync_folder(folder: str) -> None:
    """Flush a folder's entries to disk; not possible on Windows, which cannot open folders."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
