"""The catalog entry of a project: its files that were read, and what is known of it otherwise."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghpypi.core.catalog.catalog import UNREAD
from ghpypi.core.catalog.changes import Change
from ghpypi.core.catalog.entry import Entry, Refused
from ghpypi.core.catalog.upload_times import with_published_times
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import File, Project, UpstreamFile, release_name
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.variant_metadata import Document
from ghpypi.errors import FailedError
from ghpypi.jobs.index.attestations import Attested, dropped_pages
from ghpypi.jobs.index.descriptions import DescriptionReader
from ghpypi.jobs.index.files import FileVerdict
from ghpypi.ports import Upstream


class ReadProject(NamedTuple):
    """The result of reading a project.

    Attributes:
        entry: The entry for the catalog.
        about: The compressed `about.json`; `None` if no file was read for it.
        unread: Upstream indexes that could not be read, and why.
        read: Number of files that were not left for later.
        provenance: The compressed pages with provenance that were made, by their paths.
        dropped: The paths of published pages with provenance that are not needed any more.
    """

    entry: Entry
    about: bytes | None
    unread: dict[str, str]
    read: int
    provenance: Mapping[str, bytes]
    dropped: Collection[str]


class _UpstreamFiles(NamedTuple):
    """The files of a project in upstream indexes.

    Attributes:
        upstream: Files by upstream index, for those in `bases` of the configuration.
        later: The higher version of the public index, if it has one.
        unread: Upstream indexes that could not be read, and why.
    """

    upstream: dict[str, list[UpstreamFile]]
    later: str
    unread: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryBuilder:
    """Makes the catalog entries of projects.

    Attributes:
        upstream: Reads upstream indexes.
        settings: The configuration.
        descriptions: Describes projects by their metadata.
    """

    upstream: Upstream
    settings: SiteSettings
    descriptions: DescriptionReader

    def build(
        self,
        change: Change,
        indexes: Indexes,
        verdicts: Sequence[FileVerdict],
        published: Iterable[File],
        attest: Callable[[Iterable[File]], Attested],
    ) -> ReadProject:
        """Make the entry of a project.

        Args:
            change: The project, as it is listed.
            indexes: For its upstream indexes.
            verdicts: The results of reading its new files.
            published: Its published files, whose upload times are kept.
            attest: Looks up the attestations of files.
        """
        files = with_published_times(
            [*change.unchanged, *(x.file for x in verdicts if x.file)],
            published,
            {found.place for found in change.found},
        )
        attested = attest(files)
        refused = [*change.refused, *(x for verdict in verdicts for x in verdict.refused)]
        refused += attested.refused
        project = Project(name=change.name, files=tuple(attested.files))
        bases = indexes.selection.public_bases(project)
        there = self._read_upstream(change, project, bases)
        read = {x.file.stamp: x.metadata for x in verdicts if x.file and x.metadata}
        shown, about, unread, requires = self.descriptions.describe(change, project, read)
        refused += unread
        settled = (
            not any(verdict.postponed for verdict in verdicts)
            and all(each.stamp != UNREAD for each in refused)
            and all(base in there.upstream for base in bases)
        )
        entry = Entry(
            fingerprint=change.fingerprint if settled else UNREAD,
            project=project,
            refused=tuple(sorted(refused, key=lambda x: (x.filename, x.where))),
            remarks=_remarks(change, project, verdicts),
            variants=_variants(change, project, verdicts),
            shown=shown._replace(later=there.later),
            upstream=there.upstream,
            requires=requires,
        )
        read_files = sum(not verdict.postponed for verdict in verdicts)
        dropped = dropped_pages(change, project.files)
        return ReadProject(entry, about, there.unread, read_files, attested.pages, dropped)

    def _read_upstream(
        self, change: Change, project: Project, bases: tuple[str, ...]
    ) -> _UpstreamFiles:
        """Read the files of a project in upstream indexes; keep the known ones on failure."""
        check = self.settings.config.index.public_check if project.files else ""
        found = dict(change.before.upstream) if change.before else {}
        later = change.before.shown.later if change.before and check else ""
        unread: dict[str, str] = {}
        for base in dict.fromkeys(filter(None, [*bases, check])):
            try:
                known = bool(found.get(base))
                found[base] = self.upstream.files(base, project.name, known=known)
            except FailedError as error:
                unread[base] = str(error)
            else:
                if base == check:
                    # The parser of HTML is slow to import, and needed with an upstream only.
                    from ghpypi.core.simple.upstream import higher_version  # noqa: PLC0415

                    later = higher_version(project, found[base])
        return _UpstreamFiles({x: found[x] for x in bases if x in found}, later, unread)


def _remarks(
    change: Change, project: Project, verdicts: Iterable[FileVerdict]
) -> tuple[Refused, ...]:
    """Collect the issues of listed files: known ones, and those found in this run."""
    stamps = {file.stamp for file in project.files}
    known = [x for x in change.before.remarks if x.stamp in stamps] if change.before else []
    found = [
        Refused(
            filename=x.file.filename,
            where=release_name(x.file.origin, x.file.tag),
            reason=x.warning,
            stamp=x.file.stamp,
        )
        for x in verdicts
        if x.file and x.warning
    ]
    read = {x.stamp for x in found}
    found += [x for x in known if x.stamp not in read]
    return tuple(sorted(found, key=lambda x: (x.filename, x.where)))


def _variants(
    change: Change, project: Project, verdicts: Iterable[FileVerdict]
) -> dict[str, Document]:
    """Collect what variants need: as it is known, and as it was read."""
    found = dict(change.before.variants) if change.before else {}
    found |= {x.file.stamp: x.variants for x in verdicts if x.file and x.variants}
    stamps = {file.stamp for file in project.files}
    return {stamp: document for stamp, document in found.items() if stamp in stamps}
