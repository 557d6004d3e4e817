"""The end of an index run that writes nothing: a comparison with the site."""

from ghpypi.core.catalog.differences import MESSAGE_LINES
from ghpypi.errors import DifferenceError, OccupiedError
from ghpypi.jobs.index.building import Build
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.jobs.index.reading import Reader
from ghpypi.jobs.index.reports import report_of
from ghpypi.jobs.index.size_limits import SizeCheck
from ghpypi.ports import Site


def dry_run(build: Build, site: Site, options: IndexOptions, reader: Reader) -> IndexReport:
    """Compare the pages of a run with the site; a check fails if they differ.

    Raises:
        OccupiedError: Files that ghpypi did not write would be overwritten.
        DifferenceError: With `check`, the site is out of date.
    """
    if not (build.outdated or options.full or options.check):
        return report_of(build, reader.files.budget, None, outdated=False)
    sizes = SizeCheck(site.limits, site.name, reader.reporter)
    found = site.compare(build.pages.change(site, reader.reporter, sizes))
    if found.occupied:
        raise OccupiedError(site.name, found.occupied)
    outdated = bool(build.outdated or found.written or found.removed)
    report = report_of(build, reader.files.budget, None, outdated=outdated)
    if not options.check or not report.outdated:
        return report
    if build.outdated:
        raise DifferenceError(
            f"{site.name} is out of date",
            faults=report.differences.lines()
            or ["the pages were rendered with other settings or another version of ghpypi"],
            hint="run 'ghpypi index'",
        )
    changed = [f"{path}: missing or changed" for path in found.written]
    extra = [f"{path}: not part of the index" for path in found.removed]
    raise DifferenceError(
        f"{site.name} has pages that were changed by other tools",
        faults=[*changed, *extra][:MESSAGE_LINES],
        hint="run 'ghpypi index --full'",
    )
