"""The limits of stores."""

from collections.abc import Callable
from typing import NamedTuple

from ghpypi.core.upload.tags import is_tag


class Rules(NamedTuple):
    """The limits of a store.

    Attributes:
        max_size: Maximum size of an asset in bytes, inclusive.
        max_assets: Maximum number of assets of a release.
        name: Returns the name that the store gives to an asset.
        is_tag: Returns whether a tag is valid.
        releases_at_once: Number of releases to fill at the same time.
    """

    max_size: int
    max_assets: int
    name: Callable[[str], str]
    is_tag: Callable[[str], bool] = is_tag
    releases_at_once: int = 1
