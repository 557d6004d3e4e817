"""What was read of an archive."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from ghpypi.core.distribution.limits import RATIO_FREE, RATIO_LIMIT, SHOWN
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.quantities import count_of, first_of
from ghpypi.errors import GhpypiError

Keep = Callable[[str], int]
"""Tells for the name of a member how many bytes of it are kept at most; 0 for none."""

_NAME_LENGTH = 255


class Kind(StrEnum):
    """What a member is."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    HARDLINK = "hard link"
    SPECIAL = "special file"


class Member(NamedTuple):
    """One member of an archive.

    Attributes:
        name: Its path, as it is written.
        kind: What it is.
        target: What it refers to, if it is a link.
    """

    name: str
    kind: Kind = Kind.FILE
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was read of an archive.

    Attributes:
        members: All members, in the order of the table of contents.
        texts: The contents of small files that were asked for.
        digests: The SHA-256 of all files, if they were read.
        issues: What is wrong with the archive itself.
    """

    members: tuple[Member, ...]
    texts: Mapping[str, bytes]
    digests: Mapping[str, bytes] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


class InvalidArchiveError(Exception):
    """An archive cannot be read any further.

    It is no `ValueError`, because the libraries that read archives catch those of their callers.
    """

    def __init__(self, rule: Rule, text: str) -> None:
        super().__init__(text)
        self.issue = Issue(rule, text)


def check_expansion(expanded: int, compressed: int) -> None:
    """Refuse an archive that expands to far more than its size.

    Raises:
        InvalidArchiveError: It does.
    """
    if expanded > max(RATIO_FREE, RATIO_LIMIT * compressed):
        raise InvalidArchiveError(
            Rule.TOO_LARGE,
            f"it expands to more than {count_of(RATIO_LIMIT, 'time')} its size and more than "
            f"{count_of(RATIO_FREE, 'byte')}",
        )


def reason(error: Exception) -> str:
    """Say what a library found wrong with an archive.

    What libraries raise for broken archives has no list: besides errors of their own, ValueError,
    TypeError, RecursionError and, for gzip, OSError without a number.

    Raises:
        Exception: The same error, if it is not about the archive but about reading it.
    """
    if isinstance(error, GhpypiError | MemoryError) or (isinstance(error, OSError) and error.errno):
        raise error
    return str(error) or type(error).__name__


def printable(name: str) -> str:
    """Write a name for a message: printable characters only, and not too many."""
    short = name if len(name) <= _NAME_LENGTH else f"{name[:_NAME_LENGTH]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def quoted(name: str) -> str:
    """Quote a name for a message."""
    return f"'{printable(name)}'"


def listed(names: Iterable[str]) -> str:
    """List the names of members for a message, the first few of them."""
    ordered = sorted(names)
    return first_of([quoted(name) for name in ordered], SHOWN)
