"""The differences between two catalogs, as filenames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.model import File, release_name
from ghpypi.core.quantities import count_of

MESSAGE_LINES = 100
"""Maximum number of filenames in a commit message."""

_MARKS = "yanks and statuses"


class Differences(NamedTuple):
    """Sorted filenames.

    Attributes:
        added: New files.
        changed: Files whose content, URL or metadata differ.
        removed: Files that are no longer in the index.
        lost: The removed files, with their projects.
        replaced: The changed files whose digest differs.
        marks: Sentences about new, changed and removed yanks and statuses.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    lost: tuple[tuple[NormalizedName, File], ...] = ()
    replaced: tuple["ReplacedFile", ...] = ()
    marks: tuple[str, ...] = ()

    @classmethod
    def between(
        cls,
        before: Catalog,
        after: Catalog,
        names: Iterable[NormalizedName],
        read: Mapping[NormalizedName, Entry],
    ) -> "Differences":
        """Compare two catalogs for some projects.

        Args:
            before: The published catalog.
            after: The new catalog.
            names: The projects.
            read: Entries of the new catalog that are in memory.
        """
        added: list[str] = []
        changed: list[str] = []
        removed: list[str] = []
        lost: list[tuple[NormalizedName, File]] = []
        replaced: list[ReplacedFile] = []
        for name in names:
            old = _files(_entry(before, name))
            new = _files(read.get(name) or _entry(after, name))
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
                    replaced += _replaced(there, here)
        return cls(
            added=tuple(sorted(added)),
            changed=tuple(sorted(changed)),
            removed=tuple(sorted(removed)),
            lost=tuple(lost),
            replaced=tuple(sorted(replaced, key=lambda x: (x.after.filename, x.where))),
            marks=tuple(_changed_marks(before.marks, after.marks)),
        )

    @classmethod
    def of_batches(cls, batches: Sequence["Differences"]) -> "Differences":
        """Return the differences of the batches of one run together."""
        added = _sorted_names(x.added for x in batches)
        changed = {name for x in batches for name in x.changed}
        return cls(
            added=added,
            changed=tuple(sorted(changed.difference(added))),
            removed=_sorted_names(x.removed for x in batches),
            lost=tuple(each for x in batches for each in x.lost),
            replaced=tuple(each for x in batches for each in x.replaced),
            marks=tuple(each for x in batches for each in x.marks),
        )

    def lines(self) -> list[str]:
        """Return a line for each filename."""
        return [
            *(f"added: {name}" for name in self.added),
            *(f"changed: {name}" for name in self.changed),
            *(f"removed: {name}" for name in self.removed),
            *self.marks,
        ]

    def message(self) -> str:
        """Return the differences as a commit message."""
        parts = (("add", self.added), ("change", self.changed), ("remove", self.removed))
        counts = [f"{verb} {count_of(len(names), 'file')}" for verb, names in parts if names]
        if self.marks:
            counts.append(f"change {count_of(len(self.marks), 'yank or status', _MARKS)}")
        subject = ", ".join(counts).capitalize() or "Render the pages again"
        return "\n".join([subject, "", *self.lines()[:MESSAGE_LINES]]).strip() + "\n"


class ReplacedFile(NamedTuple):
    """A file whose content is another one than before.

    Attributes:
        before: The file as it was published.
        after: The file as it is now.
    """

    before: File
    after: File

    @property
    def where(self) -> str:
        """Store and release, for messages."""
        return release_name(self.after.origin, self.after.tag)


def _sorted_names(batches: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Merge names without a set: of a first index, they are the names of all files."""
    ordered = sorted(chain.from_iterable(batches))
    return tuple(name for name, _ in groupby(ordered))


def _replaced(there: Sequence[File], here: Sequence[File]) -> Iterator[ReplacedFile]:
    """Compare the digests of files with one name, of the same releases as far as possible."""
    now = {(file.origin, file.tag): file for file in here}
    for file in there:
        new = now.get((file.origin, file.tag), here[0] if len(here) == 1 else None)
        if new and file.sha256 and new.sha256 and file.sha256 != new.sha256:
            yield ReplacedFile(file, new)


def _changed_marks(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for subject in sorted(before.keys() | after.keys()):
        old, new = before.get(subject), after.get(subject)
        if new is not None and new != old:
            yield f"{subject} is {new}"
        elif new is None:
            yield f"{subject} is no longer {str(old).partition(':')[0]}"


def marked_projects(
    before: Mapping[str, str], after: Mapping[str, str]
) -> frozenset[NormalizedName]:
    """Return the projects whose yanks or statuses changed.

    Args:
        before: The published ones (`Config.marks`).
        after: The new ones.
    """
    changed = {subject for subject, _ in before.items() ^ after.items()}
    return frozenset(NormalizedName(subject.partition(" ")[0]) for subject in changed)


def _entry(catalog: Catalog, name: NormalizedName) -> Entry | None:
    line = catalog.lines.get(name)
    return line.entry() if line else None


def _files(entry: Entry | None) -> dict[str, list[File]]:
    """Return the files by name; several variants may have the same name."""
    found: dict[str, list[File]] = {}
    for file in entry.project.files if entry else ():
        found.setdefault(file.filename, []).append(file._replace(downloads=0))
    return found
