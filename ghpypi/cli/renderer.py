"""The renderer of commands that build an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ghpypi.child_environment import without_secrets

if TYPE_CHECKING:
    from ghpypi.rendering import ProcessRenderer


@contextmanager
def renderer_without_secrets() -> Iterator["ProcessRenderer"]:
    """Render in child processes that have no secrets in their environment."""
    # Slow to import, and not every command that may build an index does.
    from ghpypi.rendering import ProcessRenderer  # noqa: PLC0415

    with without_secrets(), ProcessRenderer() as renderer:
        yield renderer
