"""Index runs while the index is held: the pages of an earlier commit are published as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.availability import unavailable_files
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import MESSAGE_LINES, Differences
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.hold import END_HINT, SHOWN_DIGITS, Hold
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.quantities import count_of
from ghpypi.core.site.history import hold_message
from ghpypi.core.site.ownership import Everything, Shape, owned_by
from ghpypi.core.site.paths import Page
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import (
    ConflictError,
    DifferenceError,
    NotFoundError,
    OccupiedError,
    OutdatedError,
    UsageError,
)
from ghpypi.jobs.index.attempts import Attempts
from ghpypi.jobs.index.building import read_catalog
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import EarlierState, FileSource, Published, Reporter, Site, SiteChange
from ghpypi.stored_files import counted

AT_ONCE = 1000
"""Number of pages that are fetched at a time."""


class EarlierIndex(NamedTuple):
    """An earlier state of an index, compared with the published one.

    Attributes:
        revision: The full ID of its commit.
        catalog: Its catalog.
        differences: What publishing it changes.
        reverse: The differences the other way, whose `lost` are the files that are published again.
    """

    revision: str
    catalog: Catalog
    differences: Differences
    reverse: Differences


def read_earlier(
    source: FileSource, site: Site, settings: SiteSettings, reporter: Reporter, revision: str
) -> EarlierIndex:
    """Read an earlier state of an index, and check that it can be published.

    Args:
        source: The releases.
        site: The site.
        settings: The configuration of the pages.
        reporter: Receives steps and progress.
        revision: The ID of the commit, or its beginning, in lower case.

    Raises:
        UsageError: The site has no history, or the ID is ambiguous.
        NotFoundError: There is no such commit, or it has no index.
        ConflictError: Files of the earlier index were deleted or replaced since then.
        FailedError: The earlier catalog is damaged, or in a format that is not supported any more.
    """
    with site.earlier(revision) as state:
        return _Held(source, site, settings, reporter, state).earlier


def publish_held(  # noqa: PLR0913, PLR0917 - as for `build_index`
    source: FileSource,
    site: Site,
    settings: SiteSettings,
    reporter: Reporter,
    options: IndexOptions,
    hold: Hold,
) -> IndexReport:
    """Publish the earlier state of an index that its configuration names.

    Only its own files are changed; others on the branch stay, and so do the recorded downloads.

    Args:
        source: The releases.
        site: The site.
        settings: The configuration of the pages.
        reporter: Receives steps and progress.
        options: The settings of the run.
        hold: The state.

    Raises:
        UsageError: The site has no history.
        NotFoundError: There is no such commit any more, or it has no index.
        ConflictError: Files of the earlier index were deleted or replaced since then.
        OccupiedError: Files that ghpypi did not write would be overwritten.
        DifferenceError: With `check`, the site has other pages.
        OutdatedError: Other runs publish all the time.
    """
    attempts = Attempts(site.name, reporter)
    while True:
        try:
            with site.earlier(hold.commit) as state:
                return _Held(source, site, settings, reporter, state).publish(options, hold)
        except OutdatedError:
            attempts.start_over()
        except (UsageError, NotFoundError) as error:
            error.message = f"the index is {hold.state}, but {error.message}"
            error.hint = f"{error.hint}; {END_HINT}".removeprefix("; ")
            raise


class _Held:
    """An earlier state, and what is published now."""

    def __init__(
        self,
        source: FileSource,
        site: Site,
        settings: SiteSettings,
        reporter: Reporter,
        state: EarlierState,
    ) -> None:
        self._site = site
        self._settings = settings
        self._reporter = reporter
        self._state = state
        # A catalog that cannot be read must not prevent going back to one that can.
        self._base = read_catalog(site.catalog(), settings, IndexOptions(full=True), site)
        self._text, catalog = self._read_catalog()
        self._require_files(catalog, source)
        names = _changed_projects(self._base.catalog, catalog)
        self.earlier = EarlierIndex(
            revision=state.revision,
            catalog=catalog,
            differences=Differences.between(self._base.catalog, catalog, names, {}),
            reverse=Differences.between(catalog, self._base.catalog, names, {}),
        )

    def _read_catalog(self) -> tuple[bytes, Catalog]:
        text = self._state.read([CATALOG_PATH]).get(CATALOG_PATH)
        place = f"commit {self._state.revision[:SHOWN_DIGITS]} of {self._site.name}"
        if text is None:
            raise NotFoundError(
                f"{place} has no index: there is no {CATALOG_PATH}",
                hint="choose a commit of an index run: 'ghpypi history NAME' lists them",
            )
        catalog = Catalog.parse(
            text, source=place, read=self._state.read, server=self._settings.server
        )
        # The recorded downloads stay, so the catalog must own their file.
        recorded = DOWNLOADS_PATH in self._base.catalog.owns
        if recorded and catalog.in_parts and DOWNLOADS_PATH not in catalog.owns:
            catalog = replace(catalog, owns=(*catalog.owns, DOWNLOADS_PATH))
            text = catalog.dump()
        return text, catalog

    def _require_files(self, catalog: Catalog, source: FileSource) -> None:
        reporter = self._reporter
        reporter.step(f"listing {source.name}")
        with reporter.progress("listing", unit="file") as advance:
            problems = list(unavailable_files(catalog, counted(source.releases(), advance)))
        if problems:
            raise ConflictError(
                f"{count_of(len(problems), 'file')} of the index at "
                f"{self._state.revision[:SHOWN_DIGITS]} cannot be installed any more; "
                "nothing was published",
                faults=problems[:MESSAGE_LINES],
                hint=f"choose a later commit; if the index is held there already, {END_HINT}",
            )

    def publish(self, options: IndexOptions, hold: Hold) -> IndexReport:
        """Publish the earlier state, as far as what is published differs."""
        changed, removed = self._paths()
        change = SiteChange(
            pages=lambda: self._pages(changed),
            removed=removed,
            owned=Everything() if options.adopt else self._base.owned,
            added=lambda: (path for path in changed if path not in self._base.owned),
            message=hold_message(hold, self.earlier.differences),
            keep_history=True,
        )
        outdated = bool(changed or removed)
        published: Published | None = Published(written=0, removed=0)
        if options.check or options.dry_run:
            published = None
            self._compare(change, check=options.check)
        elif outdated:
            self._reporter.step(f"writing {self._site.name}")
            published = self._site.publish(change, base=self._base.text)
        lines = [line for line in self.earlier.catalog.lines.values() if line.files]
        return IndexReport(
            projects=len(lines),
            files=sum(line.files for line in lines),
            indexes=self.earlier.catalog.indexes,
            differences=self.earlier.differences,
            published=published,
            outdated=outdated,
            hold=hold,
        )

    def _paths(self) -> tuple[list[str], list[str]]:
        """Return the paths to write, the catalog last, and those to remove."""
        owned = owned_by(self.earlier.catalog, Shape.of(self._settings.config))
        kept = {DOWNLOADS_PATH} if DOWNLOADS_PATH in self._base.owned else set[str]()
        found = self._state.difference()
        changed = [path for path in found.changed if path in owned and path not in kept]
        removed = [path for path in found.added if path in self._base.owned and path not in kept]
        parts = [path for path in changed if path != CATALOG_PATH]
        return [*parts, *([CATALOG_PATH] if self._text != self._base.text else [])], removed

    def _pages(self, paths: Sequence[str]) -> Iterator[Page]:
        """Yield the pages of the earlier state; on some sites, the catalog marks completion."""
        for start in range(0, len(paths), AT_ONCE):
            some = [path for path in paths[start : start + AT_ONCE] if path != CATALOG_PATH]
            yield from self._state.read(some).items()
        if CATALOG_PATH in paths:
            yield CATALOG_PATH, self._text

    def _compare(self, change: SiteChange, *, check: bool) -> None:
        found = self._site.compare(change)
        if found.occupied:
            raise OccupiedError(self._site.name, found.occupied)
        paths = [*found.written, *found.removed]
        if check and paths:
            raise DifferenceError(
                f"{self._site.name} is not the index at {self._state.revision[:SHOWN_DIGITS]}, "
                "at which the configuration holds it",
                faults=(self.earlier.differences.lines() or paths)[:MESSAGE_LINES],
                hint="run 'ghpypi index'",
            )


def _changed_projects(before: Catalog, after: Catalog) -> list[NormalizedName]:
    return [
        name
        for name in sorted(before.lines.keys() | after.lines.keys())
        if _digest(before, name) != _digest(after, name)
    ]


def _digest(catalog: Catalog, name: NormalizedName) -> str:
    line = catalog.lines.get(name)
    return line.digest if line else ""
