"""Wait until files that were just published can be installed.

    the run that rebuilds the index ─► the catalog it publishes ─► the pages that installers read

Where the pages are not public, the pages that are stored count: `ghpypi serve` and `ghpypi run`
read the same state.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from ghpypi.core.catalog import Catalog
from ghpypi.core.config import Config
from ghpypi.core.indexes import Indexes
from ghpypi.core.parsing import parse_json
from ghpypi.core.placement import Placement, PublishedFile, place
from ghpypi.core.quantities import duration
from ghpypi.core.tree import index_folder, project_paths
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.ports import Advance, IndexBuilder, IndexRun, PageReader, ProjectPage, Reporter, Site
from ghpypi.workers import unless_interrupted

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 10.0
"""Between two looks; they become rarer, because GitHub counts the requests of an hour."""

STALE_SECONDS = 90.0
"""For so long after a run, GitHub's API may answer with the catalog from before it."""

_GROWTH = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """An index, and the ways to look at it.

    Attributes:
        name: The store it belongs to, for people.
        site: Its pages as they are stored.
        config: Its configuration.
        store: The store that is indexed where the configuration names no repositories.
        address: Where its pages are on the web, ending in `/`; empty if they are not public.
        pages: Reads them there.
        builder: Follows the run that rebuilds it.
        wanted: The named index of it that has to have the files; `None` for any.
    """

    name: str
    site: Site
    config: Config
    store: str
    address: str
    pages: PageReader
    builder: IndexBuilder | None = None
    wanted: str | None = None


@dataclass(kw_only=True)
class Patience:
    """How long to wait.

    Attributes:
        timeout: Seconds in all.
        now: Monotonic clock, in seconds.
        sleep: Waits, in seconds.
    """

    timeout: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _begun: float = field(init=False)
    _pause: float = field(init=False, default=FIRST_SECONDS)

    def __post_init__(self) -> None:
        self._begun = self.now()

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self.now() - self._begun

    def pause(self) -> bool:
        """Wait until it is time for the next look; tell whether there is time for one."""
        left = self.timeout - self.elapsed
        if left <= 0:
            return False
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * _GROWTH, LONGEST_SECONDS)
        return True


def wait_until_installable(
    files: Sequence[PublishedFile],
    view: IndexView,
    reporter: Reporter,
    patience: Patience,
    *,
    run: IndexRun | None = None,
) -> str:
    """Wait until an index lists files.

    Args:
        files: The files.
        view: The index.
        reporter: Says what is waited for.
        patience: How long.
        run: The run that rebuilds the index; `None` if it was rebuilt already.

    Returns:
        Where they can be installed from, for people.

    Raises:
        FailedError: The run failed, or the index leaves files out.
        TryLaterError: The time is up.
    """
    wait = _Wait(files, view, reporter, patience)
    with unless_interrupted(wait.left(run)), reporter.progress(wait.label) as advance:
        wait.advance = advance
        placement = wait.for_catalog(run)
        return wait.for_pages(placement)


class _Wait:
    """One wait, from the run to the pages."""

    def __init__(
        self,
        files: Sequence[PublishedFile],
        view: IndexView,
        reporter: Reporter,
        patience: Patience,
    ) -> None:
        self._files = files
        self._view = view
        self._reporter = reporter
        self._patience = patience
        self._public = bool(view.address)
        self.advance: Advance = _ignore
        self._run: IndexRun | None = None
        self._said = ""

    def left(self, run: IndexRun | None) -> str:
        """Say what goes on when nobody waits any more."""
        url = f" at {run.url}" if run else ""
        return f"the files are published, and the index of {self._view.name} follows{url}"

    def for_catalog(self, run: IndexRun | None) -> Placement:
        """Wait until the run has published a catalog that has the files."""
        self._run = run
        succeeded_at: float | None = None
        while True:
            self._look_at_run()
            if self._run and self._run.number is not None and not self._run.conclusion:
                state = self._run.state.replace("_", " ") or "under way"
                self._pause(f"the run of the index is {state}: {self._run.url}")
                continue
            placement = self._place()
            if placement.complete:
                return placement
            if self._run is None or self._run.succeeded:
                succeeded_at = self._patience.elapsed if succeeded_at is None else succeeded_at
            self._check_hopes(placement, succeeded_at)
            self._pause(f"{self._view.site.name} does not have it yet{self._where()}")

    def for_pages(self, placement: Placement) -> str:
        """Wait until the pages list the files; return where they can be installed from."""
        left = dict(placement.pages)
        while True:
            state = ""
            for (folder, project), files in list(left.items()):
                page = self._see(folder, project)
                if all(file.is_listed(page.digests) for file in files):
                    del left[folder, project]
                else:
                    state = state or self._unlisted(self._url(folder, project), page)
            if not left:
                return self._install_place(placement)
            self._pause(state)

    def _see(self, folder: str, project: NormalizedName) -> ProjectPage:
        """Read a page as installers get it."""
        if self._public:
            page = self._view.pages.read(self._url(folder, project))
            if not page.closed:
                return page
            self._public = False
            self._reporter.note(f"{self._view.address} is not public: looking at what is stored")
        path = project_paths(project, folder)[1]
        text = self._view.site.read([path]).get(path)
        rows = parse_json(text)["files"] if text else ()
        return ProjectPage(digests={x["filename"]: x["hashes"].get("sha256") for x in rows})

    def _unlisted(self, url: str, page: ProjectPage) -> str:
        if not self._public:
            return f"it is not on the stored page yet{self._where()}"
        return f"{url} {page.problem or 'does not list it yet'}; caches keep pages for 10 minutes"

    def _look_at_run(self) -> None:
        builder = self._view.builder
        if self._run and builder and not self._run.conclusion:
            self._run = builder.current(self._run)

    def _place(self) -> Placement:
        text = self._view.site.catalog()
        if text is None:
            return Placement(missing=tuple(file.filename for file in self._files))
        catalog = Catalog.parse(text, source=self._view.site.name)
        indexes = Indexes.of(self._view.config, self._view.store, catalog.lines.values())
        return place(self._files, catalog, indexes, self._view.wanted)

    def _check_hopes(self, placement: Placement, succeeded_at: float | None) -> None:
        """Stop where no time would help.

        Raises:
            FailedError: The run failed, or it has left files out.
        """
        if self._run and self._run.failed:
            raise FailedError(
                f"{self._subject} cannot be installed: the run of the index of {self._view.name} "
                f"ended with '{self._run.conclusion}'",
                hint=f"see {self._run.url}, and run it again there",
            )
        if succeeded_at is None:
            return
        stale = self._patience.elapsed - succeeded_at < STALE_SECONDS
        if placement.left_out and (not placement.missing or not stale):
            raise FailedError(
                f"the index of {self._view.name} leaves out what was published",
                faults=[f"{name}: {reason}" for name, reason in placement.left_out.items()],
                hint=f"see {self._run.url}" if self._run else "",
            )
        if not stale:
            raise FailedError(
                f"the index of {self._view.name} was rebuilt, and does not have "
                f"{', '.join(placement.missing)}",
                hint=f"see {self._run.url}; does its configuration name this repository?"
                if self._run
                else "does its configuration name this repository?",
            )

    def _pause(self, state: str) -> None:
        """Say what is waited for, and wait.

        Raises:
            TryLaterError: The time is up.
        """
        if state != self._said:
            self._said = state
            self._reporter.note(f"{self.label}: {state}")
        self.advance(0)  # in a log, the time that has passed is written from time to time
        if not self._patience.pause():
            see = f"see {self._run.url}, then " if self._run else ""
            raise TryLaterError(
                f"{self._subject} cannot be installed yet after "
                f"{duration(self._patience.elapsed)}: {state}",
                hint=f"it is published, and nothing has to be sent again: {see}run the same "
                "command again, or allow it to wait longer with --wait-timeout",
            )

    def _url(self, folder: str, project: NormalizedName) -> str:
        page = project_paths(project, folder)[0].removesuffix("index.html")
        return f"{self._view.address}{page}"

    def _install_place(self, placement: Placement) -> str:
        folder = next(iter(placement.pages))[0]
        if not self._public:
            return f"the index of {self._view.name}"
        return f"{self._view.address}{index_folder(folder)}"

    def _where(self) -> str:
        return f"; its run is at {self._run.url}" if self._run else ""

    @property
    def label(self) -> str:
        """Say what is waited for."""
        return f"waiting for {self._subject}"

    @property
    def _subject(self) -> str:
        first, more = self._files[0].filename, len(self._files) - 1
        return f"{first} and {more} more" if more else first


def _ignore(size: int) -> None:
    del size
