"""How those who write to one folder stay out of each other's way."""

from pathlib import Path

from filelock import FileLock

PART = ".part"
"""How the name of what is not whole yet ends; it begins with a dot, too."""

LOCK = ".ghpypi.lock"
"""The file whose lock a writer holds."""


def lock(root: Path) -> FileLock:
    """Give the lock of a folder; the folder is made if it is not there."""
    root.mkdir(parents=True, exist_ok=True)
    return FileLock(root / LOCK)
