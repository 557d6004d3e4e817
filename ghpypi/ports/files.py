"""Stores of distribution files: reading releases, and writing to them."""

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.upload.rules import Rules
from ghpypi.ports.reporting import Advance


class NewRelease(NamedTuple):
    """A release to create.

    Attributes:
        tag: The tag.
        title: The title.
        notes: The release notes.
        prerelease: Whether it is marked as a prerelease.
    """

    tag: str
    title: str
    notes: str
    prerelease: bool


class NewAsset(NamedTuple):
    """A file to store.

    Attributes:
        name: The name of the asset.
        size: Size in bytes.
        sha256: The digest.
        open: Opens the file at its start; may be called again for another attempt.
    """

    name: str
    size: int
    sha256: Sha256
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, name: str, content: bytes) -> "NewAsset":
        """Create from bytes in memory."""
        return cls(
            name=name,
            size=len(content),
            sha256=digest_of(content),
            open=lambda: io.BytesIO(content),
        )


class Absence(NamedTuple):
    """Why the releases of an origin are not listed.

    Attributes:
        reason: The reason.
        hint: What to do; may be empty.
    """

    reason: str
    hint: str = ""


class FileSource(Protocol):
    """Read access to releases and their files."""

    @property
    def name(self) -> str:
        """The name of the store, as on the command line."""
        ...

    @property
    def local(self) -> bool:
        """Whether files are on this machine: reading one is work, not waiting for a network.

        Such files are read one after the other, without copies: threads of one process would take
        turns, and the turns cost several times what reading a small file does.
        """
        ...

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases in any order, including drafts that the token may read."""
        ...

    def absence(self, origin: str) -> Absence | None:
        """Return why the releases of an origin are not listed; `None` if they are.

        Args:
            origin: The origin of files in an index, such as `OWNER/REPO`.
        """
        ...

    def detailed(self, asset: Asset) -> Asset:
        """Return a listed file with what only a request for this file shows.

        Args:
            asset: The file. Its digest and its time of upload may be known better than a listing
                has them, if the store has recorded them.
        """
        ...

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file as a stream from its start.

        Raises:
            NotFoundError: The file was deleted.
        """
        ...

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file for random access.

        Raises:
            NotFoundError: The file was deleted.
        """
        ...


TagsToSearch = Callable[[], Collection[str] | None]
"""Returns the tags to search for; `None` if it is not known which ones matter."""


class FileStore(FileSource, Protocol):
    """A source with write access."""

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Find the releases of some tags, drafts included, where that is less than listing all.

        Args:
            tags: Called if the store is so large that searching is worth it.

        Returns:
            These releases, and perhaps others; `None` if `releases` must be used.
        """
        ...

    @property
    def origin(self) -> str:
        """The origin of releases that are created here."""
        ...

    @property
    def rules(self) -> Rules:
        """The limits of the store."""
        ...

    @property
    def freezes(self) -> bool:
        """Whether published releases are immutable; true if unknown."""
        ...

    def draft(self, release: NewRelease) -> StoredRelease:
        """Create a draft, or return the existing release of the tag.

        Concurrent processes get the same release, as far as the store can ensure that.

        Raises:
            ConflictError: The tag can no longer be used.
            RefusedError: The store accepts no release, or none with this tag.
        """
        ...

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file completely and verified, or not at all.

        If the same file already exists, nothing is done. If another process is uploading it, this
        waits; the remains of an interrupted upload are removed first.

        Args:
            release: The release.
            asset: The file.
            advance: Called with the number of bytes of each step.
            overwrite: Replace another file of this name. Only for derived files, such as metadata
                files: published distributions never change.

        Raises:
            ConflictError: Another file has the name, and `overwrite` is not set.
            NotFoundError: The release was deleted.
            RefusedError: The release accepts no more files.
            FailedError: The upload was damaged.
        """
        ...

    def current(self, release: StoredRelease) -> StoredRelease:
        """Return the current state of a release.

        Raises:
            NotFoundError: The release was deleted.
        """
        ...

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process uploads to a release; return its state.

        Raises:
            NotFoundError: The release was deleted.
            TryLaterError: The maximum time to wait is exceeded.
        """
        ...

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Publish a draft, and return the published release of its tag.

        If another process has published another release of the same tag, that one is returned. A
        published release is not changed.

        Raises:
            ConflictError: The tag can no longer be used.
            NotFoundError: The release was deleted.
            RefusedError: The tag is invalid.
        """
        ...

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft, unless it has other files than these.

        Args:
            draft: The draft.
            held: Names and digests of the files that may be deleted.

        Returns:
            The current release, if it was not deleted: it was published, has another file, or
            another process is uploading one; `None` otherwise.
        """
        ...

    def remove(self, release: StoredRelease, asset: Asset | None = None) -> bool:
        """Delete a file of a release, or a release with all its files and its tag.

        Args:
            release: The release.
            asset: The file; `None` for the whole release.

        Returns:
            Whether it was there: removing what is gone is success.

        Raises:
            RefusedError: The release is immutable.
        """
        ...
