"""The end of a command whose index run could not read some files."""

from collections.abc import Mapping
from typing import Any

from ghpypi.core.quantities import count_of
from ghpypi.errors import DamagedError


def require_all_read(document: Mapping[str, Any] | None) -> None:
    """Fail with exit code 7 if files could not be read; the others are published.

    If files that could not be read are published already, they stay as they are.

    Args:
        document: The report of a local or remote run.

    Raises:
        DamagedError: Some files could not be read.
    """
    unread = document.get("unread") if document else None
    if unread:
        raise DamagedError(
            f"{count_of(len(unread), 'file')} could not be read; all others are up to date",
            hint="run 'ghpypi index' again later",
        )
