"""Stores of files: what holds releases, and what takes new ones."""

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.upload.checks import Rules
from ghpypi.ports.reporting import Advance


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """A release to be made.

    Attributes:
        tag: Its tag.
        title: Its heading for people.
        notes: Its text for people.
        prerelease: To be marked as a prerelease.
    """

    tag: str
    title: str
    notes: str
    prerelease: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """A file to be stored.

    Attributes:
        name: The name it is to have.
        size: Bytes.
        sha256: Its digest.
        open: Opens it at the start; may be called again for another attempt.
    """

    name: str
    size: int
    sha256: Sha256
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, name: str, content: bytes) -> "NewAsset":
        """Describe a small file that is in memory."""
        return cls(
            name=name,
            size=len(content),
            sha256=digest_of(content),
            open=lambda: io.BytesIO(content),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why nothing of a certain origin is listed.

    Attributes:
        reason: What is wrong with it.
        hint: What to do about it; may be empty.
    """

    reason: str
    hint: str = ""


class FileSource(Protocol):
    """Something that holds releases with files."""

    @property
    def name(self) -> str:
        """Say what it is, as on the command line."""
        ...

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, drafts included where the token may see them, in any order."""
        ...

    def absence(self, origin: str) -> Absence | None:
        """Explain why the releases of an origin are not listed; `None` if they are.

        Args:
            origin: Where files came from that an index has, such as `OWNER/REPO`.
        """
        ...

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file to be read from its start to where the caller has enough.

        Raises:
            NotFoundError: It is gone.
        """
        ...

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file to be read in places.

        Raises:
            NotFoundError: It is gone.
        """
        ...


TagsToSearch = Callable[[], Collection[str] | None]
"""Returns the tags to search for; `None` if it is not known which ones matter."""


class FileStore(FileSource, Protocol):
    """A source that also takes files."""

    def related(self, tags: TagsToSearch) -> Sequence[StoredRelease] | None:
        """Find the releases of some tags, drafts included, where that is less than listing all.

        Args:
            tags: Called if the store is so large that searching is worth it.

        Returns:
            These releases, and perhaps others; `None` where `releases` has to be used.
        """
        ...

    @property
    def origin(self) -> str:
        """What releases that are made here have as their origin."""
        ...

    @property
    def rules(self) -> Rules:
        """What it can hold."""
        ...

    @property
    def freezes(self) -> bool:
        """Whether a published release takes no more files; also true where that is not known."""
        ...

    def draft(self, release: NewRelease) -> StoredRelease:
        """Make an unpublished release, or return the one that is there under this tag.

        Processes that call it at the same time get the same release, as far as the store can tell.

        Raises:
            ConflictError: The tag cannot be used any more.
            RefusedError: The store takes no release, or none of this tag.
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
        """Store a file, whole and verified, or not at all.

        The same file being there already is success. Where another process is sending it, this
        waits; what an interrupted attempt left behind under the name is removed first.

        Args:
            release: Where it belongs.
            asset: The file.
            advance: Called with each further number of bytes.
            overwrite: Put it in the place of another file of its name. Only for what is made from
                other files, such as metadata files: a published distribution never changes.

        Raises:
            ConflictError: Another file has the name, and is not to be replaced.
            NotFoundError: The release is gone.
            RefusedError: The release takes no files any more.
            FailedError: What arrived is not what was sent.
        """
        ...

    def current(self, release: StoredRelease) -> StoredRelease:
        """Read a release as it is now.

        Raises:
            NotFoundError: It is gone.
        """
        ...

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process is sending a file into a release; return it as it is then.

        Raises:
            NotFoundError: The release is gone.
            TryLaterError: The store ran out of patience.
        """
        ...

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public, and return the published release of its tag.

        That is another release where another process published one of the same tag before. A
        published release stays as it is.

        Raises:
            ConflictError: The tag cannot be used any more.
            NotFoundError: The release is gone.
            RefusedError: No release can have this tag.
        """
        ...

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft that holds no other files than these.

        Args:
            draft: The draft.
            held: Names and digests of the files that may go with it.

        Returns:
            The release as it is, if it stays: it was published, holds another file, or another
            process is sending one.
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
