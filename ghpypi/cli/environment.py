"""The environment of this process while it renders templates, which others may have written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from ghpypi.core.secret_variables import is_secret_variable
from ghpypi.rendering import ProcessRenderer


@contextmanager
def renderer_without_secrets() -> Iterator[ProcessRenderer]:
    """Render in child processes that have no secrets in their environment."""
    with without_secrets(), ProcessRenderer() as renderer:
        yield renderer


@contextmanager
def without_secrets() -> Iterator[None]:
    """Take all tokens and passwords out of the environment for a while.

    Templates of a site run in a sandbox. Should one get out of it, or a child process be taken
    over, the environment holds nothing worth having: whoever may change a template may not
    necessarily see the secrets of the workflow or the server that renders it.
    """
    taken = {name: os.environ.pop(name) for name in [*os.environ] if is_secret_variable(name)}
    try:
        yield
    finally:
        os.environ.update(taken)
