"""Values that a server reads from stores: published state, and permissions of callers."""

from enum import Enum
from typing import NamedTuple

from ghpypi.core.config.config import Config


class Snapshot(NamedTuple):
    """The published state of a store.

    Attributes:
        mark: Identifies the state; opaque to other code.
        catalog: The published catalog; `None` if there is none yet.
        config: The configuration.
    """

    mark: str
    catalog: bytes | None
    config: Config


class Refusal(Enum):
    """The reason for a denied permission."""

    NONE = "none"
    BAD_TOKEN = "bad token"  # noqa: S105 - no password
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"


class Rights(NamedTuple):
    """The permissions of a token for a repository.

    Attributes:
        read: Whether it may read.
        write: Whether it may write; `None` if unknown before an attempt.
        public: Whether everyone may read.
        refusal: Why it may not read.
        message: The message for the caller in this case.
    """

    read: bool = False
    write: bool | None = False
    public: bool = False
    refusal: Refusal = Refusal.NONE
    message: str = ""


class Range(NamedTuple):
    """A byte range of a file (RFC 9110, section 14.1.2).

    Attributes:
        first: The first byte.
        last: The last byte, inclusive.
    """

    first: int
    last: int

    @classmethod
    def parse(cls, header: str, size: int) -> "Range | None":
        """Parse a Range header with one range; `None` for anything else, that is, the whole file.

        Raises:
            ValueError: The range is not satisfiable (HTTP 416).
        """
        unit, _, text = header.partition("=")
        first, dash, last = text.partition("-")
        known = unit.strip() == "bytes" and dash and "," not in text
        if not known or not (first + last).strip().isdigit():
            return None
        if not first:
            start, end = max(0, size - int(last)), size - 1
        else:
            start, end = int(first), min(int(last) if last else size - 1, size - 1)
        if start > end or (not first and not int(last)):
            raise ValueError(f"range {text} is not satisfiable for {size} bytes")
        return cls(first=start, last=end)
