"""Reading new and changed projects: the metadata of their files, and their upstream indexes."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from zlib import compress

from ghpypi.core.catalog.catalog import UNREAD, Catalog
from ghpypi.core.catalog.changes import Change, ChangedProject
from ghpypi.core.catalog.entry import Entry, Refused, Shown
from ghpypi.core.catalog.shown_version import shown_file, shown_of
from ghpypi.core.catalog.stock import Found
from ghpypi.core.catalog.upload_times import with_published_times
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import File, Project, UpstreamFile, release_name
from ghpypi.core.names import Filename, Sha256, same_version
from ghpypi.core.quantities import count_of
from ghpypi.core.simple.upstream import higher_version
from ghpypi.core.site.about import About
from ghpypi.core.site.tree import SiteSettings
from ghpypi.core.variant_metadata import Document
from ghpypi.errors import FailedError, NotFoundError, TryLaterError
from ghpypi.jobs.index.attestations import (
    AttestationFinder,
    Attested,
    dropped_pages,
    remembered,
)
from ghpypi.jobs.index.files import FileReader, FileVerdict
from ghpypi.ports import FileSource, Renderer, Reporter, Upstream
from ghpypi.workers import AbandonedError, result_unless, workers

AHEAD = 4
"""Number of projects per thread that are read ahead and held in memory."""


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


class _Description(NamedTuple):
    """The description of a project.

    Attributes:
        shown: The facts in lists of projects.
        about: The content of its page, as compressed JSON; `None` if no file was read for it.
        unread: The file with the description, if it could not be read.
    """

    shown: Shown
    about: bytes | None = None
    unread: tuple[Refused, ...] = ()


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
class Reader:
    """Reads several projects concurrently.

    Files of a remote store are read by threads, which wait for the network; those of a local one in
    the thread of the caller, because threads that do work wait for each other.

    Attributes:
        source: The store.
        upstream: Reads upstream indexes.
        settings: The configuration.
        renderer: Renders descriptions.
        reporter: Receives warnings.
        parallel: Number of concurrent threads.
        files: Reads their files.
        attestations: Looks up attestations of files without provenance; `None` for not to.
    """

    source: FileSource
    upstream: Upstream
    settings: SiteSettings
    renderer: Renderer
    reporter: Reporter
    parallel: int
    files: FileReader
    attestations: AttestationFinder | None = None

    def read(
        self,
        projects: Iterable[ChangedProject],
        indexes: Indexes,
        *,
        published: Catalog,
        refresh: bool = False,
    ) -> Iterator[ReadProject]:
        """Read a batch of the changed projects, and return them in order.

        Args:
            projects: All changed projects.
            indexes: For the upstream indexes of each.
            published: The published catalog; files keep their upload times in it.
            refresh: Also return published projects of which no file is read in this batch.
        """
        budget = self.files.budget
        budget.begin()
        changed = list(projects)
        wanted = sum(each.files for each in changed)
        if wanted:
            self.reporter.step(f"reading the metadata of {count_of(wanted, 'file')}")
        with (
            self.reporter.progress("reading", wanted or None, unit="file") as advance,
            workers(self.parallel, "file", abandoned=budget.stop.overdue) as pool,
            workers(self.parallel, "project", abandoned=budget.stop.overdue) as finishing,
        ):

            def judge(change: Change, file: tuple[Filename, Found]) -> FileVerdict:
                verdict = self.files.judge(change, file)
                advance(not verdict.postponed)
                return verdict

            def judge_all(change: Change) -> list[FileVerdict] | None:
                if self.source.local:
                    return [judge(change, file) for file in change.wanted]
                files = [pool.submit(judge, change, file) for file in change.wanted]
                return self._verdicts(change, files)

            def read_project(
                change: Change, verdicts: list[FileVerdict] | None = None
            ) -> ReadProject | None:
                verdicts = judge_all(change) if verdicts is None else verdicts
                if verdicts is None:
                    return None
                waits = bool(verdicts) and all(each.postponed for each in verdicts)
                if waits and not (refresh and change.before):
                    return None
                former = _former(change, published)
                attest = partial(self._attested, change, former, pool, refresh=refresh)
                return self._read_project(change, indexes, verdicts, former, attest)

            def begin(change: Change) -> Future[ReadProject | None]:
                judged = judge_all(change) if self.source.local else None
                return finishing.submit(read_project, change, judged)

            for found in self._ahead(map(begin, self._due(changed))):
                wanted -= found.read
                yield found
            budget.settle(wanted)

    def _due(self, changed: Iterable[ChangedProject]) -> Iterator[Change]:
        """Leave new projects for the next batch once this one is full."""
        for each in changed:
            if each.published or not self.files.budget.postpone(each.files):
                yield each.change()

    def _verdicts(
        self, change: Change, files: Sequence[Future[FileVerdict]]
    ) -> list[FileVerdict] | None:
        """Wait for the files of a project.

        Files that take too long when the run ends are left for the next one. `None` if one of them
        cannot be, because it replaces a published file: the project stays as it is.
        """
        found = []
        for (_, wanted), future in zip(change.wanted, files, strict=True):
            try:
                verdict = result_unless(self.files.budget.stop.overdue, future)
            except AbandonedError:
                left = self.files.postponed(change, wanted)
                if left is None:
                    return None
                verdict = left
            found.append(verdict)
        return found

    def _ahead(self, begun: Iterator[Future[ReadProject | None]]) -> Iterator[ReadProject]:
        """Yield projects in order, with a limited number of them pending."""
        pending: deque[Future[ReadProject | None]] = deque()
        for each in begun:
            pending.append(each)
            if len(pending) > self.parallel * AHEAD and (found := self._result(pending.popleft())):
                yield found
        while pending:
            if found := self._result(pending.popleft()):
                yield found

    def _result(self, project: Future[ReadProject | None]) -> ReadProject | None:
        """Wait for a project; one that takes too long when the run ends stays as it is."""
        try:
            return result_unless(partial(self.files.budget.stop.overdue, stages=2), project)
        except AbandonedError:
            return None

    def about(self, found: Found, sha256: Sha256) -> bytes | None:
        """Read the content of a project page again, from the file of its shown version."""
        with suppress(NotFoundError, TryLaterError):
            metadata = self.files.metadata(found, sha256)
            return self._packed(metadata) if metadata else None
        return None

    def _attested(
        self,
        change: Change,
        former: Iterable[File],
        pool: ThreadPoolExecutor,
        files: Iterable[File],
        *,
        refresh: bool,
    ) -> Attested:
        if self.attestations is None:
            return Attested(remembered(former, files), [], {})
        # A full run looks up all files again.
        known = remembered(former, files) if change.before else files
        made = self.attestations.complete(change, known, pool, refresh=refresh)
        return made._replace(files=remembered(former, made.files))

    def _read_project(
        self,
        change: Change,
        indexes: Indexes,
        verdicts: Sequence[FileVerdict],
        published: Iterable[File],
        attest: Callable[[Iterable[File]], Attested],
    ) -> ReadProject:
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
        shown, about, unread = self._show(change, project, read)
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
        )
        read_files = sum(not verdict.postponed for verdict in verdicts)
        dropped = dropped_pages(change, project.files)
        return ReadProject(entry, about, there.unread, read_files, attested.pages, dropped)

    def _show(self, change: Change, project: Project, read: dict[str, Metadata]) -> _Description:
        """Return the shown version of a project and its `about.json`, from the metadata."""
        file = shown_file(project, self.settings.config.yanked.get(project.name, {}))
        if file is None:
            return _Description(Shown())
        before = change.before.shown if change.before else Shown()
        metadata = read.get(file.stamp)
        if metadata is None and same_version(before.version, file.version):
            return _Description(before)
        if metadata is None and (found := change.find(file)):
            try:
                metadata = self.files.metadata(found, file.sha256)
            except (NotFoundError, TryLaterError) as error:
                # The former version stays, so that the next run sees that it is outdated.
                return _Description(before, None, (found.unread(str(error)),))
        if metadata is None:
            return _Description(Shown(version=file.version, uploaded_at=file.uploaded_at))
        try:
            return _Description(shown_of(project, file, metadata), self._about(metadata))
        except Exception as error:  # noqa: BLE001 - one description must not end the run for all
            what = f"{type(error).__name__}: {error}"
            self.reporter.warn(f"{file.filename}: cannot show its description ({what[:200]})")
            return _Description(Shown(version=file.version, uploaded_at=file.uploaded_at))

    def _about(self, metadata: Metadata) -> bytes | None:
        return self._packed(metadata) if self.settings.config.site.pages else None

    def _packed(self, metadata: Metadata) -> bytes:
        def render(description: str, content_type: str) -> str:
            rendered = self.renderer.render(description, content_type)
            if rendered.problem:
                self.reporter.warn(
                    f"the description of {metadata.name} {metadata.version} is shown as plain "
                    f"text: {rendered.problem}"
                )
            return rendered.html

        return compress(About.of(metadata, render).dump())

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
                later = higher_version(project, found[base]) if base == check else later
        return _UpstreamFiles({x: found[x] for x in bases if x in found}, later, unread)


def _former(change: Change, published: Catalog) -> tuple[File, ...]:
    """Return the published files of a project, also where a full run ignores its entry."""
    if change.before:
        return change.before.project.files
    line = published.lines.get(change.name)
    return line.entry().project.files if line else ()


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
