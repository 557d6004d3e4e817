"""Edits of `[yanked]`, `[removed]` and `[projects]` that keep comments and order.

Projects and versions may be written in any spelling: `Acme_Lib` and `acme-lib`, `1.0` and `1.0.0`.
An edit changes the key that is there, and adds a normalized one only if there is none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from ghpypi.core.config.toml_edit import read, remove_key, set_key, set_texts
from ghpypi.core.model import Status, StatusMarker
from ghpypi.core.names import same_version
from ghpypi.core.parsing import parse_version

YANKED, REMOVED, PROJECTS = "yanked", "removed", "projects"


def yank(text: str, name: NormalizedName, keys: Iterable[str], reason: str) -> str:
    """Yank versions or files of a project (PEP 592).

    Args:
        text: The configuration.
        name: The project.
        keys: Versions, or names of files.
        reason: Why; replaces the reason of an earlier yank.
    """
    return _set_reasons(text, YANKED, name, keys, reason)


def unyank(text: str, name: NormalizedName, takes: Callable[[str], bool]) -> str:
    """Remove yanks of a project.

    Args:
        text: The configuration.
        name: The project.
        takes: Returns whether a version or filename in the configuration is meant.
    """
    for project, keys in list(_projects(text, YANKED, name)):
        for key in filter(takes, keys):
            text = _remove(text, (YANKED, project, key))
    return text


def record_removed(text: str, name: NormalizedName, versions: Iterable[str], reason: str) -> str:
    """Record that versions of a project are deleted on purpose."""
    return _set_reasons(text, REMOVED, name, versions, reason)


def set_status(text: str, name: NormalizedName, status: Status) -> str:
    """Set the status of a project (PEP 792); `active` removes it.

    Args:
        text: The configuration.
        name: The project.
        status: The new status; an empty reason removes the previous one.
    """
    project = next((project for project, _ in _projects(text, PROJECTS, name)), str(name))
    place = (PROJECTS, project)
    if status.marker is StatusMarker.ACTIVE:
        for key in ("status", "reason"):
            text = _remove(text, (*place, key))
        return text
    text = set_key(text, (*place, "status"), status.marker.value)
    if status.reason:
        return set_key(text, (*place, "reason"), status.reason)
    return remove_key(text, (*place, "reason"))


def _set_reasons(
    text: str, table: str, name: NormalizedName, keys: Iterable[str], reason: str
) -> str:
    known = list(_projects(text, table, name))
    changed: dict[str, dict[str, str]] = {}
    for key in keys:
        there = ((project, each) for project, found in known for each in found if _same(each, key))
        project, spelled = next(there, (known[-1][0] if known else str(name), key))
        changed.setdefault(project, {})[spelled] = reason
    for project, reasons in changed.items():
        text = set_texts(text, (table, project), reasons)
    return text


def _projects(
    text: str, table: str, name: NormalizedName
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the keys of a project in a table as written, with the table of each."""
    found = read(text, (table,))
    for key, values in found.items() if isinstance(found, dict) else ():
        if canonicalize_name(key) == name and isinstance(values, dict):
            yield key, values


def _remove(text: str, path: tuple[str, ...]) -> str:
    """Remove a key, and the table of the project if it was the last one in it."""
    text = remove_key(text, path)
    return remove_key(text, path[:-1]) if read(text, path[:-1]) == {} else text


def _same(one: str, other: str) -> bool:
    return one == other or (is_version(one) and same_version(one, other))


def is_version(key: str) -> bool:
    """Return whether a key of `[yanked]` is a version, and not the name of a file."""
    try:
        parse_version(key)
    except InvalidVersion:
        return False
    return True
