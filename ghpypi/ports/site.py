"""The site, where generated pages are published."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from ghpypi.core.site.paths import Page
from ghpypi.errors import DamagedError


class SiteFile(NamedTuple):
    """A file of any size beside the pages, which is published as a stream.

    Attributes:
        path: The path below the root of the site.
        size: Size in bytes.
        open: Opens it at its start, complete and verified.
        may_differ: Whether a published file at this path may have other content, and is compared.
            Otherwise the path follows from the content, and a file that is there is not opened.
    """

    path: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]
    may_differ: bool = False

    def read(self) -> bytes:
        """Read the whole file: only for small ones, which may differ.

        Raises:
            NotFoundError, DamagedError, TryLaterError: It cannot be read.
        """
        with self.open() as file:
            content = file.read()
        self.require_size(len(content))
        return content

    def require_size(self, size: int) -> None:
        """Check the number of bytes that were read.

        Raises:
            DamagedError: It is another number.
        """
        if size != self.size:
            raise DamagedError(f"{self.path} has {size} bytes instead of {self.size}")


class SiteChange(NamedTuple):
    """Pages to write and to remove.

    Attributes:
        pages: Returns the pages to publish; unchanged ones are not written.
        files: Returns the files to publish, which are written before the pages that link to them;
            those that are there already are not written. A site that can be seen while it is
            written may keep them if publishing fails.
        removed: Paths to remove, unless they are among the pages.
        owned: The paths that may be replaced or removed, because earlier runs wrote them. Files at
            other paths must not be changed.
        added: Returns the paths of pages that are not in `owned`.
        former: Returns former contents of large pages of which few lines change, once the pages
            were made: a site that transfers differences can transfer less.
        message: A description of the change, for a commit message.
        keep_history: Earlier states of the site must stay available, also where old ones are
            dropped otherwise.
    """

    pages: Callable[[], Iterable[Page]]
    removed: Iterable[str] = ()
    owned: Container[str] = ()
    added: Callable[[], Iterable[str]] = tuple
    former: Callable[[], Iterable[bytes]] = tuple
    message: str = "Update the index"
    keep_history: bool = False
    files: Callable[[], Iterable[SiteFile]] = tuple


class Comparison(NamedTuple):
    """The effect of a change on a site.

    Attributes:
        written: The pages and files that are missing or different.
        removed: The pages that would be removed.
        occupied: Conflicting files that ghpypi did not write; they prevent publishing.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    occupied: tuple[str, ...]


class Published(NamedTuple):
    """The outcome of publishing.

    Attributes:
        written: The number of new or changed pages.
        removed: The number of removed pages.
        revision: The revision of the site, such as a commit; may be empty.
        files: The number of files that were copied to the site.
    """

    written: int
    removed: int
    revision: str = ""
    files: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return bool(self.written or self.removed or self.files)


class SiteLimits(NamedTuple):
    """What a site accepts.

    Attributes:
        page: Size of a page or file at most, in bytes; `None` for no limit.
        site: Size of all of them together at most, in bytes; `None` for no limit.
        source: Who sets the limits, for messages.
        near: Returns a sentence about another limit that is near, such as that of the repository;
            mostly empty. It may send a request.
    """

    page: int | None = None
    site: int | None = None
    source: str = ""
    near: Callable[[], str] = str


class StateDifference(NamedTuple):
    """How the files of an earlier state of a site differ from those that are published.

    Attributes:
        changed: Paths of the earlier state that are published with another content, or not at all.
        added: Paths that are published, and that the earlier state does not have.
    """

    changed: tuple[str, ...]
    added: tuple[str, ...]


class EarlierState(Protocol):
    """The files of a site as an earlier commit has them."""

    @property
    def revision(self) -> str:
        """The full ID of the commit."""
        ...

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read files that it has."""
        ...

    def difference(self) -> StateDifference:
        """Compare it with what is published, without reading files."""
        ...


class Site(Protocol):
    """The published pages. The catalog identifies the state of the site."""

    @property
    def name(self) -> str:
        """The name for messages."""
        ...

    @property
    def limits(self) -> SiteLimits:
        """What it accepts."""
        ...

    @property
    def reads_cheaply(self) -> bool:
        """Whether reading one page takes less time than making it: no quota and no fetch."""
        ...

    def catalog(self) -> bytes | None:
        """Read the published catalog; `None` if nothing has been published."""
        ...

    def mark(self) -> str:
        """Identify the published catalog, without reading it if possible; empty without one."""
        ...

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read existing published pages; during publishing, those that are replaced."""
        ...

    def paths(self) -> Collection[str]:
        """List every file that is published, those of others included."""
        ...

    def foreign_changes(self) -> Collection[str] | None:
        """Return the paths that other programs changed since the last publication.

        Returns:
            The paths, as far as the site can tell without reading pages; `None` if others changed
            it, and it is not known what.
        """
        ...

    def earlier(self, revision: str) -> AbstractContextManager[EarlierState]:
        """Open an earlier state of the site. What is published is the same within the context.

        Args:
            revision: The ID of a commit, or its beginning, in lower case.

        Raises:
            UsageError: The site has no history, or several commits have an ID that begins so.
            NotFoundError: The history of the site has no such commit.
        """
        ...

    def compare(self, change: SiteChange) -> Comparison:
        """Return what publishing a change would do, without writing."""
        ...

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages atomically, so that readers never see partial pages.

        Args:
            change: The change.
            base: The catalog that the change was computed from.

        Raises:
            OutdatedError: Another catalog has been published; nothing was written.
            OccupiedError: Files that ghpypi did not write are in conflict; nothing was written.
        """
        ...
