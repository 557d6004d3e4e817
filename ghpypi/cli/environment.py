"""The environment of the process while it renders untrusted templates."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ghpypi.core.secret_variables import is_secret_variable

if TYPE_CHECKING:
    from ghpypi.rendering import ProcessRenderer


@contextmanager
def renderer_without_secrets() -> Iterator["ProcessRenderer"]:
    """Render in child processes that have no secrets in their environment."""
    # Slow to import, and not every command that may build an index does.
    from ghpypi.rendering import ProcessRenderer  # noqa: PLC0415

    with without_secrets(), ProcessRenderer() as renderer:
        yield renderer


@contextmanager
def without_secrets() -> Iterator[None]:
    """Remove all tokens and passwords from the environment within the `with` block.

    Templates run in a sandbox. If one escapes from it, or a child process is compromised, it must
    not find secrets in the environment: authors of templates do not always have access to the
    secrets of the workflow or server that renders them.
    """
    taken = {name: os.environ.pop(name) for name in [*os.environ] if is_secret_variable(name)}
    try:
        yield
    finally:
        os.environ.update(taken)
