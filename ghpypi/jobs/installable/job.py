"""Waiting for the run, the catalog that it publishes, and the pages."""

from collections.abc import Sequence

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.placement import Placement, PublishedFile, place
from ghpypi.core.quantities import duration, first_of
from ghpypi.core.simple.upstream import UnreadablePageError, read_page, read_status
from ghpypi.core.site.paths import project_paths
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.jobs.installable.view import IndexView, WaitLimit
from ghpypi.ports import Advance, IndexRun, ProjectPage, Reporter
from ghpypi.workers import unless_interrupted

CATALOG_SECONDS = 30.0
"""Time between two checks of the catalog during the run: another run may publish the files."""

STALE_SECONDS = 90.0
"""How long after a run GitHub's API may still return the previous catalog."""

_ANY_URL = "https://index.invalid/simple/name/"
"""The base of relative links in a stored page; they are not followed."""

_JSON = "application/json"


def wait_until_installable(
    files: Sequence[PublishedFile],
    view: IndexView,
    reporter: Reporter,
    limit: WaitLimit,
    *,
    run: IndexRun | None = None,
) -> str:
    """Wait until an index lists files.

    Args:
        files: The files; without any, the run is waited for.
        view: The index.
        reporter: Receives the state of the wait.
        limit: The time limit.
        run: The run that rebuilds the index; `None` if the index has been rebuilt.

    Returns:
        The index to install from, as text for users.

    Raises:
        FailedError: The run failed, or the index excludes files.
        TryLaterError: The time limit is exceeded.
    """
    wait = _Wait(files, view, reporter, limit)
    with unless_interrupted(wait.left(run)), reporter.progress(wait.label) as advance:
        wait.advance = advance
        if not files:
            return wait.for_run(run)
        placement = wait.for_catalog(run)
        return wait.for_pages(placement)


class _Wait:
    """One wait, from the run to the pages."""

    def __init__(
        self,
        files: Sequence[PublishedFile],
        view: IndexView,
        reporter: Reporter,
        limit: WaitLimit,
    ) -> None:
        self._files = files
        self._view = view
        self._reporter = reporter
        self._limit = limit
        self._public = bool(view.address)
        self.advance: Advance = _ignore
        self._run: IndexRun | None = None
        self._reported = ""

    def left(self, run: IndexRun | None) -> str:
        """Return the message for an interruption of the wait."""
        url = f" at {run.url}" if run else ""
        return f"{self._stored_where}; the index of {self._view.name} is being rebuilt{url}"

    def for_run(self, run: IndexRun | None) -> str:
        """Wait until the run has ended; return the name of the index."""
        self._run = run
        while self._run and self._run.number is not None and not self._run.conclusion:
            self._check_run()
            if not self._run.conclusion:
                self._pause(self._under_way())
        self._require_success()
        return self._view.name

    def for_catalog(self, run: IndexRun | None) -> Placement:
        """Wait until the published catalog has the files."""
        self._run = run
        look_at, succeeded_at = CATALOG_SECONDS, -1.0
        while True:
            self._check_run()
            ended = self._run is None or self._run.number is None or bool(self._run.conclusion)
            if ended or self._limit.elapsed >= look_at:
                look_at = self._limit.elapsed + CATALOG_SECONDS
                placement = self._place()
                if placement.complete:
                    return placement
                if succeeded_at < 0 and (self._run is None or self._run.succeeded):
                    succeeded_at = self._limit.elapsed
                if ended:
                    self._check_possible(placement, succeeded_at)
            self._pause(self._missing() if ended else self._under_way())

    def for_pages(self, placement: Placement) -> str:
        """Wait until the pages list the files; return the index to install from."""
        left = dict(placement.pages)
        while True:
            state = ""
            for (folder, project), files in list(left.items()):
                page = self._page(folder, project)
                if all(_is_shown(file, page) for file in files):
                    del left[folder, project]
                else:
                    state = state or self._unlisted(self._url(folder, project), page)
            if not left:
                return self._install_place(placement)
            self._pause(state)

    def _page(self, folder: str, project: NormalizedName) -> ProjectPage:
        """Read a page as installers do, or the stored one if pages are not public."""
        if self._public:
            page = self._view.pages.read(self._url(folder, project))
            if not page.closed:
                return page
            self._public = False
            self._reporter.note(f"{self._view.address} is not public; checking the stored pages")
        return self._stored(folder, project)

    def _stored(self, folder: str, project: NormalizedName) -> ProjectPage:
        """Read a stored page in its JSON form."""
        path = project_paths(project, self._folder(folder))[1]
        text = self._view.site.read([path]).get(path)
        if text is None:
            return ProjectPage()
        try:
            rows = read_page(text, content_type=_JSON, url=_ANY_URL)
        except UnreadablePageError as error:
            raise FailedError(f"{path} of {self._view.site.name} is damaged: {error}") from error
        return ProjectPage.of(rows, read_status(text, content_type=_JSON, url=_ANY_URL))

    def _unlisted(self, url: str, page: ProjectPage) -> str:
        if not self._public:
            return self._missing()
        yet = "does not show the change yet" if self._is_change else "does not list it yet"
        return f"{url} {page.problem or yet}; caches keep pages for 10 minutes"

    def _missing(self) -> str:
        where = f"; its run is at {self._run.url}" if self._run else ""
        it = "the change" if self._is_change else "it"
        return f"{self._view.site.name} does not have {it} yet{where}"

    def _under_way(self) -> str:
        state = self._run.state.replace("_", " ") if self._run else ""
        return (
            f"the run of the index is {state or 'under way'}: {self._run.url if self._run else ''}"
        )

    def _is_current(self, placement: Placement) -> bool:
        """Return whether the stored pages reflect the configuration.

        The catalog has the files of all indexes, and neither yanks nor statuses, so it does not
        show a change of the configuration.
        """
        if self._view.wanted is None and not self._is_change:
            return True
        return all(
            _is_shown(file, self._stored(folder, project))
            for (folder, project), files in placement.pages.items()
            for file in files
        )

    def _check_run(self) -> None:
        builder = self._view.builder
        if self._run and builder and not self._run.conclusion:
            self._run = builder.current(self._run)

    def _place(self) -> Placement:
        text = self._view.site.catalog()
        if text is None:
            return self._nothing_placed
        catalog = Catalog.parse(text, source=self._view.site.name, read=self._view.site.read)
        indexes = Indexes.of(self._view.config, self._view.store, catalog.lines.values())
        placement = place(self._files, catalog, indexes, self._view.wanted)
        if placement.complete and not self._is_current(placement):
            return self._nothing_placed
        return placement

    def _check_possible(self, placement: Placement, succeeded_at: float) -> None:
        """Stop if waiting cannot succeed.

        Args:
            placement: The indexes of the files.
            succeeded_at: When the run was found to have succeeded, in seconds since the start of
                the wait; negative if it has not.

        Raises:
            FailedError: The run failed, or the index excludes files.
        """
        self._require_success()
        if succeeded_at < 0 or self._limit.elapsed - succeeded_at < STALE_SECONDS:
            return
        see = f"see {self._run.url}" if self._run else ""
        if placement.left_out:
            raise FailedError(
                f"the index of {self._view.name} excludes published files",
                faults=[f"{name}: {reason}" for name, reason in placement.left_out.items()],
                hint=see,
            )
        raise FailedError(
            f"the index of {self._view.name} was rebuilt, but does not include "
            f"{', '.join(placement.missing)}",
            hint=f"check 'repositories' in its configuration; {see}".rstrip("; "),
        )

    def _require_success(self) -> None:
        if self._run and self._run.failed:
            raise FailedError(
                f"{self._unfinished}: the run of the index of {self._view.name} "
                f"ended with '{self._run.conclusion}'",
                hint=f"see {self._run.url}, and re-run it there",
            )

    def _pause(self, state: str) -> None:
        """Report the state, and wait until the next check.

        Raises:
            TryLaterError: The time limit is exceeded.
        """
        if state != self._reported:
            self._reported = state
            self._reporter.note(f"{self.label}: {state}")
        self.advance(0)  # in a log, this prints the elapsed time now and then
        if not self._limit.pause():
            see = f"see {self._run.url}, then " if self._run else ""
            raise TryLaterError(
                f"{self._unfinished} yet after {duration(self._limit.elapsed)}: {state}",
                hint=f"{self._stored_where} and will not be sent again: {see}run the same "
                "command again, or increase --wait-timeout",
            )

    def _url(self, folder: str, project: NormalizedName) -> str:
        page = project_paths(project, self._folder(folder))[0].removesuffix("index.html")
        return f"{self._view.address}{page}"

    def _folder(self, index: str) -> str:
        return self._view.config.index.paths.folder(index)

    def _install_place(self, placement: Placement) -> str:
        folder = next(iter(placement.pages))[0]
        if not self._public:
            return f"the index of {self._view.name}"
        return f"{self._view.address}{self._folder(folder)}"

    @property
    def _nothing_placed(self) -> Placement:
        return Placement(missing=tuple(file.filename for file in self._files))

    @property
    def label(self) -> str:
        """The label of the progress display."""
        return f"waiting for {self._subject}"

    @property
    def _subject(self) -> str:
        return first_of([file.filename for file in self._files], 1) or "the configuration"

    @property
    def _is_change(self) -> bool:
        return not self._files or any(file.is_change for file in self._files)

    @property
    def _unfinished(self) -> str:
        if self._is_change:
            return f"the index does not show the change of {self._subject}"
        return f"{self._subject} cannot be installed"

    @property
    def _stored_where(self) -> str:
        return "the change is committed" if self._is_change else "the files are published"


def _is_shown(file: PublishedFile, page: ProjectPage) -> bool:
    return file.is_shown(page.digests, page.yanked, page.status)


def _ignore(size: int) -> None:
    del size
