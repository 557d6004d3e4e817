"""The tables about the life of versions and projects: `[yanked]`, `[removed]` and `[projects]`.

[yanked]
acme-lib = { "1.0.1" = "broken sdist" }

[removed]
acme-lib = { "0.9" = "has a password in it" }

[projects.acme-old]
status = "deprecated"
reason = "use acme-new"
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.config.table import Table
from ghpypi.core.model import Status, StatusMarker, Yank

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The record that a version was deleted on purpose."""

    reason: str = ""


def read_yanked(table: Table) -> dict[NormalizedName, dict[Version, Yank]]:
    """Read `[yanked]` (PEP 592)."""
    return _by_version(table, lambda reason: Yank(reason=reason), "yanked")


def read_removed(table: Table) -> dict[NormalizedName, dict[Version, Removal]]:
    """Read `[removed]`."""
    return _by_version(table, lambda reason: Removal(reason=reason), "removed")


def read_statuses(table: Table) -> dict[NormalizedName, Status]:
    """Read `[projects]` (PEP 792)."""
    result = {}
    for key in table.keys():  # noqa: SIM118
        name, project = table.project(key), table.table(key)
        if name in result:
            table.fault(key, f"is the project {name}, which has a table already")
        marker = project.choice("status", tuple(StatusMarker), StatusMarker.ACTIVE)
        result[name] = Status(marker=StatusMarker(marker), reason=project.line("reason"))
        project.refuse_the_rest()
    return result


def _by_version(
    table: Table, make: Callable[[str], T], what: str
) -> dict[NormalizedName, dict[Version, T]]:
    """Read a table of projects, each of which is a table of versions and reasons."""
    result: dict[NormalizedName, dict[Version, T]] = {}
    for key in table.keys():  # noqa: SIM118 - this is no mapping
        name, versions = table.project(key), table.table(key)
        known = result.setdefault(name, {})
        for text in versions.keys():  # noqa: SIM118
            version = versions.version(text)
            value = make(versions.line(text))
            if version in known:
                versions.fault(text, f"is version {version} of {name}, which is {what} already")
            elif version:
                known[version] = value
    return result
