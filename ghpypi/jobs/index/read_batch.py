"""What was read in a batch, as far as it is needed until it is published."""

from collections.abc import Iterable

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry, Line
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.provenance_pages import is_open
from ghpypi.core.quantities import count_of
from ghpypi.jobs.index.entries import ReadProject
from ghpypi.ports import Reporter


class ReadBatch:
    """Collects projects that were read.

    The files of a project stay in memory only if its line in the catalog changes: after a change of
    the configuration, all projects are read again, and most have the lines that they had.

    Args:
        before: The published catalog.
        known: The same, or an empty one if its lines are not to be used.
        rules: Decide which indexes contain a project.

    Attributes:
        lines: The lines of the projects.
        changed: The entries of those whose line differs from the published one.
        abouts: The compressed `about.json` of those that have one.
        provenance: The compressed pages with provenance that were made, by their paths.
        dropped: The paths of published pages with provenance that are not needed any more.
        variant_paths: The paths of files about variants.
        all_looked_up: Whether attestations were looked up of all files without provenance.
    """

    def __init__(self, before: Catalog, known: Catalog, rules: Indexes) -> None:
        self.lines: dict[NormalizedName, Line] = {}
        self.changed: dict[NormalizedName, Entry] = {}
        self.abouts: dict[NormalizedName, bytes] = {}
        self.provenance: dict[str, bytes] = {}
        self.dropped: set[str] = set()
        self.variant_paths: list[str] = []
        self.all_looked_up = True
        self._before = before
        self._known = known
        self._rules = rules
        self._unread: dict[str, list[str]] = {}

    def add(self, projects: Iterable[ReadProject], *, counts: bool) -> None:
        """Add projects.

        Args:
            projects: The projects, which are read meanwhile.
            counts: Take the download counts of files from the published catalog.
        """
        for each in projects:
            name, entry = each.entry.project.name, each.entry
            published = self._before.lines.get(name)
            if counts and published:
                entry = entry.counted_as(published.entry())
            line = _line(entry, self._rules)
            if published is None or published.text != line.text:
                self.changed[name] = entry
            elif name in self._known.lines:
                line = published
            self.lines[name] = line
            if each.about:
                self.abouts[name] = each.about
            self.provenance.update(each.provenance)
            self.dropped.update(each.dropped)
            self.variant_paths += [path for path, _ in VariantFiles(entry=entry).pages()]
            self.all_looked_up &= not any(is_open(file) for file in entry.project.files)
            for base, error in each.unread.items():
                self._unread.setdefault(base, []).append(f"{name}: {error}")

    def warn_unread(self, reporter: Reporter) -> None:
        """Warn once about each upstream index that could not be read."""
        for base, errors in sorted(self._unread.items()):
            reporter.warn(
                f"cannot read {base} for {count_of(len(errors), 'project')}; "
                f"keeping its files from the last run ({errors[0]})"
            )


def _line(entry: Entry, rules: Indexes) -> Line:
    membership = rules.membership(entry.project)
    flawed = membership.flawed or bool(entry.refused or entry.remarks or entry.variants)
    undigested = any(not file.sha256 for file in entry.project.files)
    return entry.line(membership._replace(flawed=flawed or undigested))
