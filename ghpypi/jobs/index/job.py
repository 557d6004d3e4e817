"""The steps of an index run."""

from contextlib import nullcontext
from dataclasses import replace

from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.stock import Stock, take_stock
from ghpypi.core.catalog.upload_times import published_time
from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import user_templates
from ghpypi.errors import (
    OutdatedError,
    PartMismatchError,
    RefusedError,
    TryLaterError,
)
from ghpypi.jobs.index.attempts import Attempts
from ghpypi.jobs.index.building import Base, Build, build_catalog, read_catalog
from ghpypi.jobs.index.collection import without_collection
from ghpypi.jobs.index.defaults import InProcess, NoUpstream
from ghpypi.jobs.index.download_history import new_history
from ghpypi.jobs.index.dry_run import dry_run
from ghpypi.jobs.index.held import publish_held
from ghpypi.jobs.index.loss import AcceptedLoss, loss_error, refuse_unread, unexpected, warn_of_loss
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.jobs.index.reading import Reader
from ghpypi.jobs.index.replaced import refuse_replaced
from ghpypi.jobs.index.reports import report_of
from ghpypi.jobs.index.run_reader import make_reader
from ghpypi.jobs.index.size_limits import SizeCheck
from ghpypi.ports import FileSource, Published, Renderer, Reporter, Site, Upstream
from ghpypi.processes import Processes
from ghpypi.stored_files import counted

MOST_PATHS = 3
"""Maximum number of changed pages that a message names."""


def build_index(  # noqa: PLR0913, PLR0917 - a source, a site, and the world between them
    source: FileSource,
    site: Site,
    settings: SiteSettings,
    reporter: Reporter,
    options: IndexOptions,
    upstream: Upstream | None = None,
    renderer: Renderer | None = None,
    processes: Processes | None = None,
) -> IndexReport:
    """Bring the site up to date with the source.

    Args:
        source: The releases to index.
        site: Where the pages are published.
        settings: The configuration and templates of the pages.
        reporter: Receives steps, progress and warnings.
        options: The settings of the run.
        upstream: Reads upstream indexes, if the configuration has any.
        renderer: Renders descriptions and templates; by default in this process, which malicious
            input can crash.
        processes: Share the work if there is much of it; by default as many as there are
            processors.

    Raises:
        FailedError: The templates of the site are for another version.
        RefusedError: The index would be empty or lose files, without `allow_shrink`
            or `accept_removed`.
        OccupiedError: Files that ghpypi did not write would be overwritten.
        DifferenceError: With `check`, the site is out of date.
        ConflictError: The index is held at an earlier state, whose files are not there any more.
        TryLaterError: A rate limit, an outage, or too many concurrent runs.
    """
    if hold := settings.config.hold:
        report = publish_held(source, site, settings, reporter, options, hold)
        return replace(report, site=site.name, address=settings.index_address)
    user_templates(settings.templates)  # errors in them are reported before anything is written
    renderer = renderer or InProcess()
    settings = replace(settings, run_template=renderer.template)
    upstream = upstream or NoUpstream()
    with nullcontext(processes) if processes else Processes() as shared:
        reader = make_reader(source, site, settings, reporter, options, upstream, renderer, shared)
        report = _Run(reader, site, options).run()
    return replace(report, site=site.name, address=settings.index_address)


class _Run:
    """Reads and publishes one batch after the other.

    Each batch is compared with what the batch before published.
    """

    def __init__(self, reader: Reader, site: Site, options: IndexOptions) -> None:
        self._reader = reader
        self._site = site
        self._options = options
        self._budget = reader.files.budget
        self._differences: list[Differences] = []
        self._published = Published(written=0, removed=0)
        self._attempts = Attempts(site.name, reader.reporter)
        self._sizes = SizeCheck(site.limits, site.name, reader.reporter)
        self._looked = False

    def run(self) -> IndexReport:
        """Bring the site up to date."""
        base = self._base()
        stock = self._list(base)
        while True:
            try:
                build = self._publish_batch(base, stock)
            except PartMismatchError as error:
                base = self._reread(base, error)
            except OutdatedError:
                self._attempts.start_over()
                self._looked = False
                base = self._base()
                stock = self._list(base)
            else:
                if isinstance(build, IndexReport):
                    return build
                base = build.published(self._site)
                del build  # what was read of the batch is not to be held while the next one is read
                self._options = replace(self._options, refresh=False)

    def _publish_batch(self, base: Base, stock: Stock) -> IndexReport | Build:
        """Read and publish a batch.

        Returns:
            The report, or what was published if more is to be read.

        Raises:
            OutdatedError: Another run has published in the meantime.
            PartMismatchError: Some projects of the catalog cannot be read.
        """
        reporter = self._reader.reporter
        history = new_history(self._site, base.catalog, base.owned, stock, self._options, reporter)
        build = build_catalog(self._reader, base, stock, self._options, history)
        if self._options.full:
            # It ignores the published catalog, and cannot keep files that it cannot read.
            refuse_unread(
                report_of(build, self._budget, None, outdated=True),
                self._site.name,
                build.pages.differences.lost,
            )
        if self._options.check or self._options.dry_run:
            return dry_run(build, self._site, self._options, self._reader)
        _refuse_loss(build, self._reader, self._site, self._options)
        if self._reader.settings.config.index.refuse_replaced:
            refuse_replaced(
                self._site.name, build.pages.differences.replaced, self._options.accept_replaced
            )
        build = self._with_restored_pages(build)
        if build.outdated or build.pages.full:
            self._publish(build)
        if not self._budget.postponed or self._budget.ended:
            return self._report(build)
        left = count_of(self._budget.postponed, "file")
        self._reader.reporter.step(f"published what was read; {left} to read")
        return build

    def _with_restored_pages(self, build: Build) -> Build:
        """Compare all pages if others changed some of them since the last publication.

        Otherwise a page that was edited or removed would stay so until its project changes.
        """
        if self._looked or build.base.text is None or self._options.full:
            return build
        self._looked = True
        touched = self._site.foreign_changes()
        ours = [path for path in touched or () if path in build.base.owned]
        if touched is not None and not ours:
            return build
        what = f"({first_of(sorted(ours), MOST_PATHS)})" if ours else ""
        self._reader.reporter.step(
            f"{self._site.name} was changed by others {what}".rstrip() + "; comparing all pages"
        )
        return build._replace(pages=replace(build.pages, full=True))

    def _reread(self, base: Base, mismatch: PartMismatchError) -> Base:
        """Read the catalog again after a part of it did not match.

        If that is not because another run is publishing, an earlier one was interrupted: what it
        wrote about some projects is unknown, and their files are read again.
        """
        again = self._base()
        self._looked = False
        if again.text != base.text:
            self._attempts.start_over()
            return again
        self._reader.reporter.warn(
            f"{mismatch.message}; the files of {count_of(len(mismatch.names), 'project')} are "
            "read again"
        )
        return again._replace(catalog=base.catalog.without(mismatch.names))

    def _base(self) -> Base:
        with self._reader.reporter.progress(f"reading {self._site.name}"):
            text = self._site.catalog()
        with without_collection():
            return read_catalog(text, self._reader.settings, self._options, self._site)

    def _list(self, base: Base) -> Stock:
        reporter, source = self._reader.reporter, self._reader.source
        config = self._reader.settings.config
        wanted = config.index.prereleases or any(x.prereleases for x in config.indexes.values())
        reporter.step(f"listing {source.name}")
        with reporter.progress("listing", unit="file") as advance, without_collection():
            return take_stock(
                counted(source.releases(), advance),
                prereleases=wanted,
                retention=config.retention,
                now=self._options.now(),
                uploaded_at=published_time(base.catalog.lines),
                exclude=config.index.exclude_assets,
            )

    def _publish(self, build: Build) -> None:
        """Publish a batch.

        Raises:
            OutdatedError: Another run has published in the meantime.
        """
        reporter = self._reader.reporter
        reporter.step(f"writing {self._site.name}")
        published = self._site.publish(
            build.pages.change(self._site, reporter, self._sizes), base=build.base.text
        )
        self._differences.append(build.pages.differences)
        self._published = Published(
            written=self._published.written + published.written,
            removed=self._published.removed + published.removed,
            files=self._published.files + published.files,
            revision=published.revision or self._published.revision,
        )

    def _report(self, build: Build) -> IndexReport:
        report = report_of(build, self._budget, self._published, outdated=self._published.changed)
        return replace(report, differences=Differences.of_batches(self._differences))


def _refuse_loss(build: Build, reader: Reader, site: Site, options: IndexOptions) -> None:
    if options.allow_shrink:
        return
    differences, after = build.pages.differences, build.pages.after
    config = build.pages.settings.config
    accepted = AcceptedLoss(
        tags=(*config.index.may_shrink, *options.accept_removed), versions=config.removed
    )
    lost = unexpected(differences.lost, build.stock, accepted, reader.source)
    if config.index.warn_shrink:
        lost = warn_of_loss(
            lost, stock=build.stock, after=after, source=reader.source, reporter=reader.reporter
        )
    budget = reader.files.budget
    first = build.base.text is None and (budget.ended or not budget.postponed)
    empty = first and not any(line.files for line in after.lines.values())
    if not lost and not empty:
        return
    report = report_of(build, budget, None, outdated=True)
    refuse_unread(report, site.name, lost, empty=empty)
    if lost:
        raise loss_error(site.name, lost, stock=build.stock, after=after, source=reader.source)
    if budget.postponed:
        why = "the run was interrupted" if budget.stop.requested else "the time was up"
        raise TryLaterError(
            f"{why} before a file was read for {site.name}; nothing was published",
            hint="allow the run more time with --max-time",
        )
    raise RefusedError(
        f"{site.name} would be empty: no distribution was found; nothing was published",
        faults=[f"{x.filename}: {x.reason}" for x in report.refused],
        hint="upload something first, or run 'ghpypi index --allow-shrink'",
    )
