"""The site: where the generated pages are published."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ghpypi.core.site.tree import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """Pages to write and to remove.

    Attributes:
        pages: What has to be published; pages that are published already are left alone.
        removed: Paths to be removed, unless they are among the pages.
        owned: The paths that may be replaced or removed, because earlier runs wrote them. A file
            at any other path belongs to someone else.
        added: The paths that pages may be written to and `owned` lacks.
        message: What happened, for a log that keeps such things.
    """

    pages: Callable[[], Iterable[Page]]
    removed: Iterable[str] = ()
    owned: Container[str] = ()
    added: Callable[[], Iterable[str]] = tuple
    message: str = "Update the index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a change would do to a site.

    Attributes:
        written: The pages that are missing or different.
        removed: The pages that would be removed.
        occupied: The files of others in the way; nothing can be published before they are gone.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    occupied: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What writing came to.

    Attributes:
        written: How many pages were new or different.
        removed: How many went.
        revision: What the site calls this state, such as a commit; may be empty.
    """

    written: int
    removed: int
    revision: str = ""

    @property
    def changed(self) -> bool:
        """Tell whether anything had to be done."""
        return bool(self.written or self.removed)


class Site(Protocol):
    """Where the generated pages go. The catalog among them is what tells its states apart."""

    @property
    def name(self) -> str:
        """Say what it is, for people."""
        ...

    def catalog(self) -> bytes | None:
        """Read the published catalog; `None` if nothing was ever published."""
        ...

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages, where there are any: while publishing, of what is written over."""
        ...

    def paths(self) -> Collection[str]:
        """List every file that is published, those of others included."""
        ...

    def compare(self, change: SiteChange) -> Comparison:
        """Find out what publishing a change would do, and write nothing."""
        ...

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages, so that no reader ever sees half of one.

        Args:
            change: What has to be different afterwards.
            base: The catalog that the change was computed from.

        Raises:
            OutdatedError: Another catalog is published by now; nothing was written.
            OccupiedError: Files of others are in the way; nothing was written.
        """
        ...
