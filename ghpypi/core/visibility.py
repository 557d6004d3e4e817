"""How many people may read a repository, in GitHub's three steps.

Source: GitHub documentation, "About repository visibility".
"""

from enum import IntEnum


class Visibility(IntEnum):
    """Who may read a repository; a larger value means more people."""

    PRIVATE = 0
    """Those it is shared with."""

    INTERNAL = 1
    """The members of the enterprise."""

    PUBLIC = 2
    """Everyone."""

    @property
    def word(self) -> str:
        """The word that GitHub uses."""
        return self.name.lower()
