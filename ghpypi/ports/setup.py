"""The steps that set up a store."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What somebody who looked has seen; all right, if it says nothing.

    Attributes:
        missing: What it is still to be, such as "created" or "switched on".
        left: What is otherwise than it might be, and is not ours to change.
    """

    missing: str = ""
    left: str = ""


class SetupStep(Protocol):
    """One thing that a store has to have, to be or to allow."""

    @property
    def title(self) -> str:
        """Name it in a word or two."""
        ...

    @property
    def page(self) -> str:
        """Give the address where it can be done by hand; may be empty."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Name the titles of steps that have to be all right before."""
        ...

    def look(self) -> Finding:
        """See how things are, and change nothing.

        Raises:
            GhpypiError: It cannot be done, and why.
        """
        ...

    def mend(self) -> str:
        """Do what is missing; return why it was left after all, if it was.

        Raises:
            GhpypiError: It cannot be done, and why.
        """
        ...
