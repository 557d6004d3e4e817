"""The files of a large folder, in little memory.

A folder may have a million files, and an index run needs no more than the names and the stamps of
those that have not changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from ghpypi.core.model import Asset


class FolderFiles(Sequence[Asset]):
    """The complete files of a folder, as one text with the stamp of each in a line.

    An asset is made from its stamp each time it is asked for.

    Args:
        stamps: The stamps of files whose version is the time of the upload in nanoseconds, without
            an identifier; see `Asset.stamp`. Their names have no line breaks.
    """

    __slots__ = ("_text",)

    def __init__(self, stamps: Iterable[str]) -> None:
        self._text = "\n".join(stamps)

    def __len__(self) -> int:
        return self._text.count("\n") + 1 if self._text else 0

    def __iter__(self) -> Iterator[Asset]:
        return map(_from_stamp, self.stamps)

    @overload
    def __getitem__(self, index: int) -> Asset: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Asset]: ...
    def __getitem__(self, index: int | slice) -> Asset | Sequence[Asset]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        """Compare with any sequence of assets."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def stamps(self) -> list[str]:
        """The stamps of all files."""
        return self._text.split("\n") if self._text else []

    @property
    def names(self) -> Iterator[str]:
        """The names of all files."""
        return (each.rpartition("/")[2].rsplit(" ", 2)[0] for each in self.stamps)


def _from_stamp(stamp: str) -> Asset:
    folder, _, rest = stamp.rpartition("/")
    name, size, version = rest.rsplit(" ", 2)
    uploaded = int(version)
    return Asset(folder, name, int(size), uploaded, uploaded)


def stamps_of(assets: Sequence[Asset]) -> list[str]:
    """Return the stamps of files."""
    return assets.stamps if isinstance(assets, FolderFiles) else [x.stamp for x in assets]


def are_complete(assets: Sequence[Asset]) -> bool:
    """Return whether no file is an upload that is running or was interrupted."""
    return isinstance(assets, FolderFiles) or all(x.complete for x in assets)


def names_of(assets: Sequence[Asset]) -> Iterator[str]:
    """Return the names of files."""
    return assets.names if isinstance(assets, FolderFiles) else (x.name for x in assets)
