"""Reading the custom templates of a site."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from ghpypi.core.config.config import Config
from ghpypi.errors import RefusedError, UsageError
from ghpypi.ports import Backend
from ghpypi.stores.directory.links import read_linked_folder

SUFFIXES = (".html", ".css")
"""Extensions of template files."""


def read_templates(root: Path, config: Config) -> dict[str, str]:
    """Read the templates of a site whose configuration is a file on this machine.

    Args:
        root: The folder that the configuration is in.
        config: The configuration.

    Raises:
        UsageError: The folder does not exist, it or a file in it is a link to a path outside of
            the root, or a file is not UTF-8.
    """
    if not config.site.templates:
        return {}
    read = partial(read_linked_folder, root, config.site.templates, SUFFIXES)
    return _decoded(read, str(root / config.site.templates))


def templates_of(backend: Backend, config: Config) -> dict[str, str]:
    """Read the templates of a site whose configuration is kept by its store.

    Args:
        backend: The store.
        config: The configuration.

    Raises:
        UsageError: There is no such folder, or it cannot be read.
    """
    if not config.site.templates:
        return {}
    read = partial(backend.read_folder, config.site.templates, SUFFIXES)
    return _decoded(read, f"{config.site.templates} in {backend.locator.value}")


def _decoded(read: Callable[[], Mapping[str, bytes] | None], place: str) -> dict[str, str]:
    try:
        found = read()
    except RefusedError as error:
        raise UsageError(f"site.templates: {error.message}", hint=error.hint) from error
    if found is None:
        raise UsageError(f"site.templates: folder {place} not found")
    try:
        return {name: text.decode() for name, text in found.items()}
    except UnicodeDecodeError as error:
        raise UsageError(f"site.templates: a file in {place} is not UTF-8: {error}") from error
