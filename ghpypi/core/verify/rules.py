"""The rules by which `ghpypi verify` checks a simple repository.

The levels follow from what pip 26.3 and uv 0.13.8 do with each fault, which was tried with both.
The tables are in `page_rules`, `listing_rules` and `file_rules`; `docs/how-to/verify.md` documents
them for users, and a test compares both.
"""

from enum import Enum, StrEnum


class Level(StrEnum):
    """The severity of a finding; the names are those of SARIF 2.1.0, section 3.27.10.

    Attributes:
        ERROR: An installation fails, takes the wrong file, or is not checked.
        WARNING: Some clients fail or ignore a file or value, or a fault can become an error.
        NOTE: It works, but clients need more requests or cannot use a feature.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


PIP_UV = "pip, uv"
"""What most rules affect."""


class VerifyRule(Enum):
    """A rule; the tables are subclasses.

    Attributes:
        level: The severity of a violation.
        affects: Who is affected: pip, uv, other clients, bots, or people.
        broken: What is wrong, and what follows from it.
        remedy: What to do about it; an imperative.
    """

    def __init__(self, level: Level, affects: str, broken: str, remedy: str) -> None:
        self.level = level
        self.affects = affects
        self.broken = broken
        self.remedy = remedy

    @property
    def id(self) -> str:
        """The identifier in reports, such as `page-missing`."""
        return self.name.lower().replace("_", "-")
