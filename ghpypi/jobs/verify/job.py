"""The steps of `ghpypi verify`: the list of projects, then pages and files in batches."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName

from ghpypi.core.quantities import count_of
from ghpypi.core.verify.finding import VerifyFinding, ordered
from ghpypi.core.verify.page import ListedProject
from ghpypi.core.verify.report import VerifyCounts, VerifyReport
from ghpypi.core.verify.sampling import Sampling, spread
from ghpypi.jobs.verify.files import FileChecker
from ghpypi.jobs.verify.projects import CheckedPage, ProjectChecker
from ghpypi.jobs.verify.root import CheckedRoot, RootChecker
from ghpypi.ports import IndexFetcher, ProvenanceVerifier, Reporter
from ghpypi.workers import in_order

MOST_FINDINGS = 10_000
"""Maximum number of findings that are kept; an index of many files may have one for each."""

BATCH = 50
"""Projects whose pages are in memory at a time."""

WORKERS = 8
"""Requests at a time: enough to hide latency, and what a browser sends to one host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What to check.

    Attributes:
        now: The current time, for upload times in the future.
        projects: The projects to check; empty for those in the list.
        sampling: How many of them and of their files.
        workers: The number of threads.
        verifier: Verifies the provenance of each file, which then must have some; `None` for no
            check.
    """

    now: datetime
    projects: tuple[NormalizedName, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    workers: int = WORKERS
    verifier: ProvenanceVerifier | None = None


def verify_index(
    url: str, fetcher: IndexFetcher, reporter: Reporter, options: VerifyOptions
) -> VerifyReport:
    """Check an index.

    Args:
        url: Its URL, ending in `/`, without credentials.
        fetcher: Reads pages and files.
        reporter: Receives the progress.
        options: What to check.

    Raises:
        TryLaterError: The index cannot be read at all.
    """
    checker = RootChecker(url, fetcher, named=bool(options.projects))
    root = checker.check()
    collected = _Collected(root.findings)
    projects = _projects(root, options)
    collected.counts += VerifyCounts(projects=len(root.projects) or len(projects))
    if projects:
        collected.add(checker.probe(projects[0].name))
        work = _Work(url=url, fetcher=fetcher, root=root, options=options)
        label = f"verifying {count_of(len(projects), 'project')}"
        with reporter.progress(label, len(projects), unit="project") as advance:
            for start in range(0, len(projects), BATCH):
                batch = projects[start : start + BATCH]
                collected.add_all(work.check(batch))
                advance(len(batch))
        if work.sound:
            collected.add(checker.probe_slash(work.sound))
    return VerifyReport(
        url=url,
        findings=ordered(collected.findings),
        counts=collected.counts,
        omitted=collected.omitted,
        complete=options.sampling.complete and not options.projects,
    )


@dataclass(slots=True)
class _Collected:
    """Findings, up to a limit, and counts."""

    findings: list[VerifyFinding]
    counts: VerifyCounts = field(default_factory=VerifyCounts)
    omitted: int = 0

    def add(self, found: Iterable[VerifyFinding]) -> None:
        """Keep findings, as long as there are not too many."""
        for finding in found:
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(finding)
            else:
                self.omitted += 1

    def add_all(self, results: Iterable[tuple[Iterable[VerifyFinding], VerifyCounts]]) -> None:
        """Keep the results of several checks."""
        for found, counts in results:
            self.add(found)
            self.counts += counts


def _projects(root: CheckedRoot, options: VerifyOptions) -> list[ListedProject]:
    if root.other_place:
        return []
    if options.projects:
        return [root.projects.get(name, ListedProject(name=name)) for name in options.projects]
    names = sorted(root.projects)
    return [root.projects[name] for name in spread(names, options.sampling.projects)]


@dataclass(slots=True, kw_only=True)
class _Work:
    """Checks pages, then their files.

    Attributes:
        url: The URL of the index.
        fetcher: Reads pages and files.
        root: The list of projects.
        options: What to check.
        sound: The first project whose page could be read; empty as long as there is none.
    """

    url: str
    fetcher: IndexFetcher
    root: CheckedRoot
    options: VerifyOptions
    sound: str = ""

    def check(
        self, projects: Sequence[ListedProject]
    ) -> Iterator[tuple[Iterable[VerifyFinding], VerifyCounts]]:
        """Check some projects."""
        options, sampling = self.options, self.options.sampling
        checker = ProjectChecker(self.url, self.fetcher, self.root, options.now, sampling)
        pages: list[CheckedPage] = []
        for page in in_order(checker.check, projects, options.workers, "verify"):
            yield page.findings, VerifyCounts(pages=1, listed=page.listed)
            pages.append(page)
            self.sound = self.sound or (page.page.project if page.page else "")
        files = FileChecker(self.fetcher, sampling, options.verifier)
        wanted = [(page, file) for page in pages for file in page.files]
        yield from in_order(lambda each: files.check(*each), wanted, options.workers, "verify")
