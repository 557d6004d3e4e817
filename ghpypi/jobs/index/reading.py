"""Reading new and changed projects: several at a time, in batches, until the time is up."""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.changes import Change, ChangedProject
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import File
from ghpypi.core.quantities import count_of
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.attestations import AttestationFinder, Attested, remembered
from ghpypi.jobs.index.entries import EntryBuilder, ReadProject
from ghpypi.jobs.index.files import FileVerdict
from ghpypi.jobs.index.judging import FileJudge, WantedFile
from ghpypi.ports import FileSource, Reporter
from ghpypi.workers import AbandonedError, result_unless, workers

AHEAD = 4
"""Number of projects per thread that are read ahead and held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads several projects concurrently.

    Files of a remote store are read by threads, which wait for the network; those of a local one in
    child processes if there are many, and otherwise in the thread of the caller, because threads
    that do work wait for each other.

    Attributes:
        source: The store.
        settings: The configuration.
        reporter: Receives progress and warnings.
        parallel: Number of concurrent threads.
        files: Reads their files.
        entries: Makes their entries for the catalog.
        attestations: Looks up attestations of files without provenance; `None` for not to.
    """

    source: FileSource
    settings: SiteSettings
    reporter: Reporter
    parallel: int
    files: FileJudge
    entries: EntryBuilder
    attestations: AttestationFinder | None = None

    def read(
        self,
        projects: Iterable[ChangedProject],
        indexes: Indexes,
        *,
        published: Catalog,
        refresh: Container[NormalizedName] = (),
    ) -> Iterator[ReadProject]:
        """Read a batch of the changed projects, and return them in order.

        Args:
            projects: All changed projects.
            indexes: For the upstream indexes of each.
            published: The published catalog; files keep their upload times in it.
            refresh: Published projects to return even if none of their files is read in this batch.
        """
        budget = self.files.budget
        budget.begin(sum(line.files for line in published.lines.values()))
        changed = list(projects)
        wanted = sum(each.files for each in changed)
        if wanted:
            self.reporter.step(f"reading the metadata of {count_of(wanted, 'file')}")
        with (
            self.reporter.progress("reading", wanted or None, unit="file") as advance,
            workers(self.parallel, "file", abandoned=budget.stop.overdue) as pool,
            workers(self.parallel, "project", abandoned=budget.stop.overdue) as finishing,
        ):

            def judge(change: Change, file: WantedFile) -> FileVerdict:
                verdict = self.files.judge(change, file)
                advance(not verdict.postponed)
                return verdict

            def read_remote(change: Change) -> ReadProject | None:
                files = [pool.submit(judge, change, file) for file in change.wanted]
                return read_project(change, self._verdicts(change, files))

            def read_project(
                change: Change, verdicts: list[FileVerdict] | None
            ) -> ReadProject | None:
                if verdicts is None:
                    return None
                waits = bool(verdicts) and all(each.postponed for each in verdicts)
                again = change.before is not None and change.name in refresh
                if waits and not again:
                    return None
                former = _former(change, published)
                attest = partial(self._attested, change, former, pool, refresh=again)
                return self.entries.build(change, indexes, verdicts, former, attest)

            due = self._due(changed)
            begun = (
                (
                    finishing.submit(read_project, *x)
                    for x in self.files.judge_all(due, wanted, advance)
                )
                if self.source.local
                else (finishing.submit(read_remote, each) for each in due)
            )
            left = wanted
            for found in self._ahead(begun):
                left -= found.read
                yield found
            budget.settle(left)

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
        for file, future in zip(change.wanted, files, strict=True):
            try:
                verdict = result_unless(self.files.budget.stop.overdue, future)
            except AbandonedError:
                left = self.files.abandoned(change, file)
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


def _former(change: Change, published: Catalog) -> tuple[File, ...]:
    """Return the published files of a project, also where a full run ignores its entry."""
    if change.before:
        return change.before.project.files
    line = published.lines.get(change.name)
    return line.entry().project.files if line else ()
