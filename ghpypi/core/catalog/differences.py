"""What one catalog has that another has not, in filenames."""

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog, Line
from ghpypi.core.model import File
from ghpypi.core.quantities import count_of

MESSAGE_LINES = 100
"""Filenames in a message at most; beyond that nobody reads them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Filenames, sorted.

    Attributes:
        added: They were not offered before.
        changed: Their content, address or metadata differ.
        removed: They are not offered any more.
        lost: The files that these were, each with its project.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    lost: tuple[tuple[NormalizedName, File], ...] = ()

    @classmethod
    def between(
        cls, before: Catalog, after: Catalog, names: Iterable[NormalizedName]
    ) -> "Differences":
        """Compare two catalogs in the projects named."""
        added: list[str] = []
        changed: list[str] = []
        removed: list[str] = []
        lost: list[tuple[NormalizedName, File]] = []
        for name in names:
            old, new = _files(before.lines.get(name)), _files(after.lines.get(name))
            for filename in old.keys() | new.keys():
                there, here = old.get(filename, []), new.get(filename, [])
                if len(here) > len(there):
                    added.append(filename)
                elif len(here) < len(there):
                    removed.append(filename)
                    places = {(file.origin, file.tag) for file in here}
                    gone = [file for file in there if (file.origin, file.tag) not in places]
                    lost += [(name, file) for file in gone or there[len(here) :]]
                elif here != there:
                    changed.append(filename)
        return cls(
            added=tuple(sorted(added)),
            changed=tuple(sorted(changed)),
            removed=tuple(sorted(removed)),
            lost=tuple(lost),
        )

    def lines(self) -> list[str]:
        """Tell them, a filename a line."""
        return [
            *(f"added: {name}" for name in self.added),
            *(f"changed: {name}" for name in self.changed),
            *(f"removed: {name}" for name in self.removed),
        ]

    def message(self) -> str:
        """Tell them as the message of a commit."""
        parts = (("add", self.added), ("change", self.changed), ("remove", self.removed))
        told = [f"{verb} {count_of(len(names), 'file')}" for verb, names in parts if names]
        subject = ", ".join(told).capitalize() or "Render the pages again"
        return "\n".join([subject, "", *self.lines()[:MESSAGE_LINES]]).strip() + "\n"


def _files(line: Line | None) -> dict[str, list[File]]:
    """Give the files by name; one name may stand for files of several variants."""
    found: dict[str, list[File]] = {}
    for file in line.entry().project.files if line else ():
        found.setdefault(file.filename, []).append(file._replace(downloads=0))
    return found
