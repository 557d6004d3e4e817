"""The visibility of repositories.

Source: GitHub documentation, "About repository visibility".
"""

from enum import IntEnum


class Visibility(IntEnum):
    """The visibility of a repository; a larger value means more readers."""

    PRIVATE = 0
    """Visible to users with access."""

    INTERNAL = 1
    """Visible to members of the enterprise."""

    PUBLIC = 2
    """Everyone."""

    @property
    def word(self) -> str:
        """GitHub's name of the visibility."""
        return self.name.lower()
