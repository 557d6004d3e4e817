"""What GitHub accepts, and what a repository has of it.

Sources: GitHub documentation, "About large files on GitHub" and "GitHub Pages limits".
"""

from ghpypi.core.quantities import NEAR_LIMIT, human_size
from ghpypi.ports import SiteLimits
from ghpypi.stores.github.repositories import Repository

LIMITS = SiteLimits(page=100 << 20, site=10**9, source="GitHub")
"""A push with a larger file is rejected, and Pages publishes no larger site."""

MOST_SIZE = 10**9
"""The size of a repository that GitHub recommends at most, in bytes, without release assets."""

NEAR_SIZE = MOST_SIZE * NEAR_LIMIT
"""The size at which a warning is given, in bytes."""


def near_limit(repository: Repository, history: int) -> str:
    """Return a sentence about the size of a repository; empty if it is not near the limit.

    Args:
        repository: The repository.
        history: Number of commits of the branch of its site at most; 0 for no limit.
    """
    if repository.size < NEAR_SIZE:
        return ""
    hint = "; keep its branch short with 'history = 50' in [index]" if not history else ""
    return (
        f"{repository.name} has {human_size(repository.size)} without its release assets; "
        f"GitHub recommends less than {human_size(MOST_SIZE)}{hint}"
    )
