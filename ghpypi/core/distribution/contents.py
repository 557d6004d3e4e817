"""The contents of an archive."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from ghpypi.core.distribution.limits import RATIO_FREE, RATIO_LIMIT, SHOWN
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.quantities import count_of, first_of
from ghpypi.errors import GhpypiError

Keep = Callable[[str], int]
"""Returns the maximum number of bytes to read of a member, by its name; 0 for none."""

_NAME_LENGTH = 255


class Kind(StrEnum):
    """The type of a member."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    SPECIAL = "special file"


class Member(NamedTuple):
    """One member of an archive.

    Attributes:
        name: Its path, as stored.
        kind: Its type.
        target: The target, if it is a link.
    """

    name: str
    kind: Kind = Kind.FILE
    target: str = ""


class Members:
    """The members of an archive.

    Attributes:
        files: The names of plain files, as which most members need no more than their name.
        others: Folders, links and special files, and files that have the target of a link.
    """

    def __init__(self) -> None:
        self.files: list[str] = []
        self.others: list[Member] = []

    def add(self, name: str, kind: Kind, target: str = "") -> None:
        """Add a member."""
        if kind is Kind.FILE and not target:
            self.files.append(name)
        else:
            self.others.append(Member(name, kind, target))

    @property
    def names(self) -> list[str]:
        """The names of all members."""
        return [*self.files, *(each.name for each in self.others)]

    @property
    def names_without_folders(self) -> list[str]:
        """The names of all members that are not folders."""
        return [*self.files, *(x.name for x in self.others if x.kind is not Kind.FOLDER)]


class Contents(NamedTuple):
    """The contents of an archive, as far as they were read.

    Attributes:
        members: All members.
        texts: The contents of requested small files.
        digests: The SHA-256 of all files, if they were read.
        issues: The violated rules of the archive itself.
    """

    members: Members
    texts: Mapping[str, bytes]
    digests: Mapping[str, bytes] = MappingProxyType({})
    issues: tuple[Issue, ...] = ()


class InvalidArchiveError(Exception):
    """An archive cannot be read any further.

    It is not a `ValueError`, because archive libraries catch those of their callers.
    """

    def __init__(self, rule: Rule, text: str) -> None:
        super().__init__(text)
        self.issue = Issue(rule, text)


def check_expansion(expanded: int, compressed: int) -> None:
    """Check the expansion ratio of an archive.

    Raises:
        InvalidArchiveError: The archive expands to far more than its size.
    """
    if expanded > max(RATIO_FREE, RATIO_LIMIT * compressed):
        raise InvalidArchiveError(
            Rule.TOO_LARGE,
            f"it expands to more than {count_of(RATIO_LIMIT, 'time')} its size and more than "
            f"{count_of(RATIO_FREE, 'byte')}",
        )


def reason(error: Exception) -> str:
    """Return the message of an error about an archive.

    The exceptions of libraries for broken archives are not documented: besides their own,
    ValueError, TypeError, RecursionError and, for gzip, OSError without an error number.

    Raises:
        Exception: The same error, if it is about reading the file, not about the archive.
    """
    if isinstance(error, GhpypiError | MemoryError) or (isinstance(error, OSError) and error.errno):
        raise error
    return str(error) or type(error).__name__


def printable(name: str) -> str:
    """Return a name for messages: truncated, with printable characters only."""
    short = name if len(name) <= _NAME_LENGTH else f"{name[:_NAME_LENGTH]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def quoted(name: str) -> str:
    """Quote a name for messages."""
    return f"'{printable(name)}'"


def listed(names: Iterable[str]) -> str:
    """List the first few names of members for messages."""
    ordered = sorted(names)
    return first_of([quoted(name) for name in ordered], SHOWN)
