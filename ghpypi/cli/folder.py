"""The folder of a directory store."""

from pathlib import Path

from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator
from ghpypi.errors import UsageError
from ghpypi.stores.directory import DirectorySite
from ghpypi.stores.directory.links import Links


def folder_of(locator: Locator) -> Path:
    """Name the folder of a directory store; it may not be there yet.

    Raises:
        UsageError: Something else is there.
    """
    path = Path(locator.value).expanduser()
    if path.exists() and not path.is_dir():
        raise UsageError(f"the store {path} is no folder")
    return path


def folder_site(root: Path, config: Config, *, name: str = "") -> DirectorySite:
    """Open the site of a directory store.

    Args:
        root: The folder of the store.
        config: Says where in it the site is.
        name: What messages call it; by default its path.

    Raises:
        LinkError: It is outside of the store, through a link.
    """
    place = Links(root, name or str(root)).checked(root / config.site.path)
    return DirectorySite(place, name=name)


def is_same_store(one: Locator, other: Locator, *, usual: str) -> bool:
    """Compare two stores; a folder is the same by whatever path it is named.

    Args:
        one: A store.
        other: Another.
        usual: The host of repositories that are named without one.
    """
    if (one.kind, other.kind) == ("directory", "directory"):
        return _resolved(one) == _resolved(other)
    return _repository(one, usual) == _repository(other, usual)


def _repository(locator: Locator, usual: str) -> tuple[str, str, str]:
    return locator.kind, locator.host or usual, locator.value.lower()


def _resolved(locator: Locator) -> Path:
    return Path(locator.value).expanduser().resolve()
