"""Whether the packages that sign, convert and verify attestations are installed; imports none."""

import importlib.util

from ghpypi.errors import UsageError

_NEEDED = ("cramjam", "pypi_attestations")


def has_library() -> bool:
    """Return whether the packages are installed."""
    return all(importlib.util.find_spec(name) is not None for name in _NEEDED)


def require_library() -> None:
    """Check that the packages are installed.

    Raises:
        UsageError: One is missing.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"attestations require {' and '.join(missing)}",
            hint="run:  pip install 'ghpypi[attest]'",
        )
