"""The tables about the life of versions and projects: `[yanked]`, `[removed]` and `[projects]`.

[yanked]
acme-lib = { "1.0.1" = "broken sdist", "acme_lib-1.1-cp312-cp312-win_amd64.whl" = "no DLL" }

[removed]
acme-lib = { "0.9" = "has a password in it" }

[projects.acme-old]
status = "deprecated"
reason = "use acme-new"
"""

from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.config.table import Table
from ghpypi.core.model import Status, StatusMarker, Yank
from ghpypi.core.names import Filename, InvalidFilenameError, is_distribution


class Removal(NamedTuple):
    """The record that a version was deleted on purpose."""

    reason: str = ""


def read_yanked(table: Table) -> dict[NormalizedName, dict[Version | str, Yank]]:
    """Read `[yanked]` (PEP 592): keys are versions, and names of single files."""
    result: dict[NormalizedName, dict[Version | str, Yank]] = {}
    for key in table.keys():  # noqa: SIM118 - this is no mapping
        name, yanks = table.project(key), table.table(key)
        known = result.setdefault(name, {})
        for text in yanks.keys():  # noqa: SIM118
            version = _filename(yanks, name, text) or yanks.version(text)
            yank = Yank(reason=yanks.line(text))
            if version in known:
                what = "" if isinstance(version, str) else f"is version {version} of {name}, which "
                yanks.fault(text, f"{what}is yanked already")
            elif version:
                known[version] = yank
    return result


def read_removed(table: Table) -> dict[NormalizedName, dict[Version, Removal]]:
    """Read `[removed]`."""
    result: dict[NormalizedName, dict[Version, Removal]] = {}
    for key in table.keys():  # noqa: SIM118
        name, versions = table.project(key), table.table(key)
        known = result.setdefault(name, {})
        for text in versions.keys():  # noqa: SIM118
            version = versions.version(text)
            removal = Removal(reason=versions.line(text))
            if version in known:
                versions.fault(text, f"is version {version} of {name}, which is removed already")
            elif version:
                known[version] = removal
    return result


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


def read_prune(table: Table) -> tuple[ProjectRule, ...]:
    """Read `exclude` of `[prune]`."""
    rules = table.rules("exclude")
    table.refuse_the_rest()
    return rules


def _filename(table: Table, project: NormalizedName, text: str) -> str:
    """Return a key that is the name of a file of the project; empty if it is a version."""
    if not is_distribution(text):
        return ""
    try:
        if Filename.parse(text).project == project:
            return text
        table.fault(text, f"is not a file of {project}")
    except InvalidFilenameError as error:
        table.fault(text, str(error))
    return text
