"""The folder of a directory store."""

from pathlib import Path

from ghpypi.core.locator import Locator
from ghpypi.errors import UsageError


def folder_of(locator: Locator) -> Path:
    """Name the folder of a directory store; it may not be there yet.

    Raises:
        UsageError: Something else is there.
    """
    path = Path(locator.value).expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError(f"the store {path} is no folder")
    return path
