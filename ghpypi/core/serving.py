"""What a server learns of stores, and what stores say of those who ask."""

from dataclasses import dataclass
from enum import Enum

from ghpypi.core.config.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a store says of itself at one time.

    Attributes:
        mark: Tells this state from others; only the store understands it.
        catalog: The published catalog; `None` if there is none yet.
        config: The configuration.
    """

    mark: str
    catalog: bytes | None
    config: Config


class Refusal(Enum):
    """Why somebody may not do something."""

    NONE = "none"
    BAD_TOKEN = "bad token"  # noqa: S105 - no password
    FORBIDDEN = "forbidden"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a token opens.

    Attributes:
        read: It may read.
        write: It may write; `None` if only trying tells.
        public: Everybody may read.
        refusal: Why it may not read.
        message: What to tell its owner then.
    """

    read: bool = False
    write: bool | None = False
    public: bool = False
    refusal: Refusal = Refusal.NONE
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A part of a file, as RFC 9110 (section 14.1.2) names it.

    Attributes:
        first: Where it begins.
        last: Where it ends, inclusive.
    """

    first: int
    last: int

    @classmethod
    def parse(cls, header: str, size: int) -> "Range | None":
        """Read a header that asks for one part; anything else is the whole file.

        Raises:
            ValueError: The file has no such part (HTTP 416).
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
            raise ValueError(f"of {size} bytes there are none at {text}")
        return cls(first=start, last=end)
