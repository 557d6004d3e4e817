"""The dependencies of a project, grouped by extra, with links to projects of the index.

Requirements are split without `packaging`: invalid ones are shown unchanged, and its parser would
take longer than rendering the rest of a page.
"""

import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.names import normalize

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(.*)", re.DOTALL)
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_ONLY_EXTRA = re.compile(
    r"""^\s*extra\s*==\s*["'][^"']+["']\s*(?:$|and\s+)"""  # alone, or before another condition
    r"""|\s*and\s+extra\s*==\s*["'][^"']+["']\s*$"""  # or behind one
)


class Dependency(NamedTuple):
    """A requirement.

    Attributes:
        name: The name of the required project.
        rest: Versions and extras.
        marker: The environment marker; may be empty.
        ours: The normalized name if the project is in this index; otherwise empty.
    """

    name: str
    rest: str
    marker: str
    ours: str


def dependencies(
    requires_dist: Iterable[str], ours: Container[str]
) -> tuple[tuple[str, tuple[Dependency, ...]], ...]:
    """Group requirements by extra; those without an extra come first, with an empty name."""
    groups: dict[str, list[Dependency]] = {}
    for text in requires_dist:
        wanted, _, marker = text.partition(";")
        extras = _EXTRA.findall(marker) if "extra" in marker else []
        if len(extras) == 1:
            marker = _ONLY_EXTRA.sub("", marker)
        found = _dependency(wanted, marker.strip(), ours)
        for extra in extras or [""]:
            groups.setdefault(extra, []).append(found)
    return tuple((extra, tuple(groups[extra])) for extra in sorted(groups))


def required_projects(requires_dist: Iterable[str]) -> frozenset[NormalizedName]:
    """Return the normalized names of all required projects."""
    matches = (_NAME.fullmatch(text.partition(";")[0]) for text in requires_dist)
    return frozenset(normalize(match[1]) for match in matches if match)


def _dependency(wanted: str, marker: str, ours: Container[str]) -> Dependency:
    match = _NAME.fullmatch(wanted)
    if match is None:
        return Dependency(wanted, "", marker, "")
    name, rest = match.groups()
    normal = normalize(name)
    return Dependency(name, rest.strip().strip("()"), marker, normal if normal in ours else "")
