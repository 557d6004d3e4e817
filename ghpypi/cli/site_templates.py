"""The templates of a site, read from the folder that the configuration names."""

from collections.abc import Mapping
from pathlib import Path

from ghpypi.cli.text_files import read_folder
from ghpypi.errors import UsageError
from ghpypi.stores.directory.links import LinkError, Links

SUFFIXES = (".html", ".css")
"""How the names of templates end."""


def read_templates(root: Path, folder: str) -> dict[str, str]:
    """Read the templates of a site whose configuration is on this machine.

    Args:
        root: The folder that the configuration is in.
        folder: The value of `site.templates`; empty for no templates.

    Raises:
        UsageError: There is no such folder, it or a file in it is a link that leads out of
            the root, or a file is not UTF-8.
    """
    if not folder:
        return {}
    place, links = root / folder, Links(root, str(root))
    try:
        links.checked(place)
        found = read_folder(place, SUFFIXES)
        for name in found or ():
            links.checked(place / name)
    except LinkError as error:
        raise UsageError(f"site.templates: {error.message}", hint=error.hint) from error
    return decoded_templates(found, str(place))


def decoded_templates(found: Mapping[str, bytes] | None, place: str) -> dict[str, str]:
    """Decode templates by name.

    Args:
        found: The files; `None` if there is no such folder.
        place: Where they are, for errors.

    Raises:
        UsageError: There is no such folder, or a file in it is not UTF-8.
    """
    if found is None:
        raise UsageError(f"site.templates: there is no folder {place}")
    try:
        return {name: text.decode() for name, text in found.items()}
    except UnicodeDecodeError as error:
        raise UsageError(f"site.templates: a file in {place} is no text: {error}") from error
