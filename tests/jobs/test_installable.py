"""Waiting until files that were published can be installed."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.model import OWN, StatusMarker
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.installable import IndexView, WaitLimit, wait_until_installable
from ghpypi.ports import IndexRun, ProjectPage, Reporter
from ghpypi.report import GitHubReporter
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, sdist, wheel
from tests.support.reporters import MemoryReporter

WHEEL = wheel("acme_lib", "1.0")
DIGESTS = {WHEEL[0]: digest_of(WHEEL[1])}
ADDRESS = "https://acme.example/pypi/"
URL = "https://github.example/acme/pypi/actions/runs/7"
PAGE = f"{ADDRESS}simple/acme-lib/"
QUEUED = IndexRun(url=URL, number=7, state="queued")
RUNNING = IndexRun(url=URL, number=7, state="in_progress")
DONE = IndexRun(url=URL, number=7, state="completed", conclusion="success")
FAILED = IndexRun(url=URL, number=7, state="completed", conclusion="failure")
UNKNOWN = IndexRun(url="https://github.example/acme/pypi/actions/workflows/index.yml")


def published(*files: Built) -> list[PublishedFile]:
    return [
        PublishedFile(
            filename=name,
            project=canonicalize_name(name.split("-")[0]),
            sha256=digest_of(content),
        )
        for name, content in files
    ]


@dataclass
class World:
    """An index, its run and its pages on the web, and a clock that only waiting moves.

    Attributes:
        config: The configuration.
        site: The stored pages.
        public: What the web shows, by address.
        runs: What becomes of the run, look by look; the last one stays.
        later: What happens at the n-th wait.
        address: Where the pages are.
        waits: How long each wait was, in seconds.
    """

    config: Config = field(default_factory=Config)
    site: MemorySite = field(default_factory=lambda: MemorySite({}))
    public: dict[str, ProjectPage] = field(default_factory=dict)
    runs: list[IndexRun] = field(default_factory=list)
    later: dict[int, Callable[[], None]] = field(default_factory=dict)
    address: str = ADDRESS
    waits: list[float] = field(default_factory=list)
    read_pages: list[str] = field(default_factory=list)
    notes: MemoryReporter = field(default_factory=MemoryReporter)
    reporter: Reporter | None = None
    name: str = "acme/pypi"

    def index(self, *files: Built) -> None:
        """Publish an index of these files, and of nothing else."""
        store = MemoryStore()
        publish_files(store, files)
        settings = SiteSettings(config=self.config, address=self.address, store=OWN)
        build_index(store, self.site, settings, MemoryReporter(), IndexOptions(allow_shrink=True))

    def show(self, url: str, *files: Built) -> None:
        """Have the web show a page with these files."""
        digests = {name: digest_of(content) for name, content in files}
        self.public[url] = ProjectPage(digests=dict(digests))

    def wait(
        self,
        *files: Built,
        run: IndexRun | None = QUEUED,
        wanted: str | None = None,
        timeout: float = 1200,
        changes: Sequence[PublishedFile] = (),
        run_only: bool = False,
    ) -> str:
        view = IndexView(
            name=self.name,
            site=self.site,
            config=self.config,
            store=OWN,
            address=self.address,
            pages=self,
            builder=self,
            wanted=wanted,
        )
        patience = WaitLimit(timeout=timeout, now=lambda: sum(self.waits), sleep=self._sleep)
        chosen = () if run_only else changes or published(*(files or (WHEEL,)))
        return wait_until_installable(chosen, view, self.reporter or self.notes, patience, run=run)

    def wait_for_run(self, run: IndexRun = QUEUED) -> str:
        return self.wait(run=run, run_only=True)

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.later.get(len(self.waits), lambda: None)()

    # What follows stands for GitHub and the web.

    def start(self) -> IndexRun:
        raise NotImplementedError

    def current(self, run: IndexRun) -> IndexRun:
        del run
        return self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]

    def read(self, url: str) -> ProjectPage:
        self.read_pages.append(url)
        return self.public.get(url, ProjectPage())


def test_the_run_then_the_catalog_then_the_page_are_waited_for() -> None:
    world = World(runs=[QUEUED, RUNNING, RUNNING, DONE])
    world.later = {3: lambda: world.index(WHEEL), 5: lambda: world.show(PAGE, WHEEL)}

    assert world.wait() == f"{ADDRESS}simple/"
    assert world.notes.notes == [
        f"waiting for {WHEEL[0]}: the run of the index is queued: {URL}",
        f"waiting for {WHEEL[0]}: the run of the index is in progress: {URL}",
        f"waiting for {WHEEL[0]}: {PAGE} does not list it yet; caches keep pages for 10 minutes",
    ]
    assert len(world.waits) == 5
    assert world.waits[0] == 2
    assert set(world.read_pages) == {PAGE}


def test_the_run_is_waited_for_where_no_file_is_known() -> None:
    world = World(runs=[QUEUED, RUNNING, DONE])

    assert world.wait_for_run() == "acme/pypi"
    assert len(world.waits) == 2
    assert world.notes.notes[0].startswith("waiting for the configuration: the run of the index is")
    assert world.wait_for_run(run=UNKNOWN) == "acme/pypi"

    world.runs = [FAILED]
    with pytest.raises(FailedError, match="ended with 'failure'"):
        world.wait_for_run()


@pytest.mark.parametrize("public", [True, False])
def test_the_page_is_waited_for_where_the_configuration_has_it(public: bool) -> None:
    config = Config.parse("[index]\npath = ['whl/{index}/', '{index}/simple/']")
    world = World(runs=[DONE], config=config, address=ADDRESS if public else "")
    world.index(WHEEL)
    page = PAGE.replace("simple/", "whl/")
    world.show(page, WHEEL)

    assert world.wait() == (f"{ADDRESS}whl/" if public else "the index of acme/pypi")
    assert world.read_pages == ([page] if public else [])


def test_a_log_says_every_ten_seconds_that_the_wait_goes_on() -> None:
    world = World(runs=[RUNNING])
    stream = io.StringIO()
    world.reporter = GitHubReporter(stream, clock=lambda: sum(world.waits))
    with pytest.raises(TryLaterError):
        world.wait(timeout=60)

    lines = stream.getvalue().splitlines()
    assert lines[0].startswith(f"note: waiting for {WHEEL[0]}: the run of the index is in progress")
    assert re.fullmatch(rf"note: waiting for {re.escape(WHEEL[0])}: 1\d s", lines[1])
    assert 4 <= len(lines) - 1 <= 6


def test_what_was_rebuilt_here_has_no_run() -> None:
    world = World()
    world.index(WHEEL)
    world.show(PAGE, WHEEL)

    assert world.wait(run=None) == f"{ADDRESS}simple/"
    assert world.waits == []


def test_a_page_with_another_file_of_the_name_is_an_old_one() -> None:
    world = World(runs=[DONE])
    world.index(WHEEL)
    world.show(PAGE, wheel("acme_lib", "1.0", "Summary: old"))
    world.later = {2: lambda: world.show(PAGE, WHEEL)}
    world.wait()

    assert len(world.waits) == 2


def test_a_digest_that_is_not_known_is_not_compared() -> None:
    world = World(runs=[DONE])
    world.index(WHEEL)
    world.public[PAGE] = ProjectPage(digests={WHEEL[0]: None})

    assert world.wait() == f"{ADDRESS}simple/"


def test_all_files_have_to_be_there() -> None:
    other = sdist("other", "1.0")
    world = World(runs=[DONE])
    world.index(WHEEL, other)
    world.show(PAGE, WHEEL)
    world.later = {1: lambda: world.show(f"{ADDRESS}simple/other/", other)}
    world.wait(WHEEL, other)

    assert len(world.waits) == 1
    assert world.read_pages.count(PAGE) == 1
    assert world.notes.notes[0].startswith(f"waiting for {WHEEL[0]} and 1 more: ")


def test_a_run_that_is_not_visible_is_followed_by_its_catalog() -> None:
    world = World(runs=[UNKNOWN])
    world.later = {4: lambda: world.index(WHEEL)}
    world.show(PAGE, WHEEL)

    assert world.wait(run=UNKNOWN) == f"{ADDRESS}simple/"
    (note,) = world.notes.notes
    assert note == (
        f"waiting for {WHEEL[0]}: the site in memory does not have it yet; its run is at "
        f"{UNKNOWN.url}"
    )


def test_a_run_that_becomes_visible_is_followed() -> None:
    world = World(runs=[UNKNOWN, RUNNING, FAILED])
    with pytest.raises(FailedError, match="ended with 'failure'"):
        world.wait(run=UNKNOWN)


def test_a_catalog_may_be_an_old_one_for_a_while_after_the_run() -> None:
    world = World(runs=[DONE])
    world.later = {5: lambda: world.index(WHEEL)}
    world.show(PAGE, WHEEL)

    assert world.wait() == f"{ADDRESS}simple/"


def test_an_index_that_does_not_have_the_file_is_named() -> None:
    world = World(runs=[DONE])
    with pytest.raises(FailedError) as caught:
        world.wait()

    assert caught.value.message == (
        f"the index of acme/pypi was rebuilt, but does not include {WHEEL[0]}"
    )
    assert URL in caught.value.hint
    assert 90 < sum(world.waits) < 120


def test_the_reason_for_a_left_out_file_is_given() -> None:
    world = World(runs=[DONE])
    broken = WHEEL[0], b"no archive"
    world.index(broken)
    with pytest.raises(FailedError) as caught:
        world.wait(broken)

    assert caught.value.message == "the index of acme/pypi excludes published files"
    assert caught.value.faults[0].startswith(f"{WHEEL[0]}: it is not a readable archive")
    assert 90 < sum(world.waits) < 120


def test_a_named_index_may_have_to_have_it() -> None:
    config = Config.parse('[indexes.stable]\ninclude = ["acme-*"]\n[indexes.dev]\ninclude = []')
    world = World(config=config, runs=[DONE])
    world.index(WHEEL)
    world.show(f"{ADDRESS}stable/simple/acme-lib/", WHEEL)

    assert world.wait(wanted="stable") == f"{ADDRESS}stable/simple/"
    with pytest.raises(FailedError) as caught:
        world.wait(wanted="dev")
    assert caught.value.faults == (f"{WHEEL[0]}: the configuration does not include it in 'dev'",)


def test_a_promotion_is_done_when_the_stored_page_follows_the_configuration() -> None:
    world = World(runs=[RUNNING] * 40 + [DONE], address="")
    world.index(WHEEL)
    world.config = Config.parse('[indexes.stable]\ninclude = ["acme-lib"]\n')
    world.later = {20: lambda: world.index(WHEEL)}

    assert world.wait(wanted="stable") == "the index of acme/pypi"
    assert 20 <= len(world.waits) < 30


def test_the_run_of_someone_else_may_publish_the_files() -> None:
    world = World(runs=[QUEUED], later={3: lambda: world.index(WHEEL)})
    world.show(PAGE, WHEEL)

    assert world.wait() == f"{ADDRESS}simple/"
    assert 30 <= sum(world.waits) < 40


def test_a_file_of_one_variant_is_in_its_index() -> None:
    config = Config.parse('[variants]\nfrom = "tag"\npattern = "cu\\\\d+"\n')
    world = World(config=config, runs=[DONE])
    store = MemoryStore()
    other = wheel("acme_lib", "1.0", "Summary: other")
    publish_files(store, [WHEEL], tag="v1-cu124")
    publish_files(store, [other], tag="v1-cu128")
    settings = SiteSettings(config=config, address=ADDRESS, store=OWN)
    build_index(store, world.site, settings, MemoryReporter(), IndexOptions())
    world.show(f"{ADDRESS}cu128/simple/acme-lib/", other)

    assert world.wait(other) == f"{ADDRESS}cu128/simple/"


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "startup_failure"])
def test_a_run_that_did_not_succeed_is_named(conclusion: str) -> None:
    ended = IndexRun(url=URL, number=7, state="completed", conclusion=conclusion)
    world = World(runs=[RUNNING, ended])
    with pytest.raises(FailedError) as caught:
        world.wait()

    assert caught.value.message == (
        f"{WHEEL[0]} cannot be installed: the run of the index of acme/pypi ended with "
        f"'{conclusion}'"
    )
    assert caught.value.hint == f"see {URL}, and re-run it there"


def test_a_failed_run_is_ignored_when_another_one_did_the_work() -> None:
    world = World(runs=[RUNNING, FAILED])
    world.index(WHEEL)
    world.show(PAGE, WHEEL)

    assert world.wait() == f"{ADDRESS}simple/"


@pytest.mark.parametrize(
    ("page", "state"),
    [
        (
            ProjectPage(problem="responds with HTTP 503"),
            f"{PAGE} responds with HTTP 503; caches keep",
        ),
        (ProjectPage(), f"{PAGE} does not list it yet; caches keep"),
    ],
)
def test_at_the_timeout_the_missing_files_are_listed(page: ProjectPage, state: str) -> None:
    world = World(runs=[DONE], public={PAGE: page})
    world.index(WHEEL)
    with pytest.raises(TryLaterError) as caught:
        world.wait(timeout=300)

    assert caught.value.exit_code == 7
    assert caught.value.message.startswith(
        f"{WHEEL[0]} cannot be installed yet after 5 min: {state}"
    )
    assert f"see {URL}, then run the same command again" in caught.value.hint
    assert sum(world.waits) == pytest.approx(300)
    assert max(world.waits) == 10


@pytest.mark.parametrize("closed", [True, False], ids=["with a sign-in", "without an address"])
def test_the_stored_page_counts_where_pages_are_not_public(closed: bool) -> None:
    world = World(runs=[RUNNING, DONE])
    world.index(WHEEL)
    if closed:
        world.public[PAGE] = ProjectPage(closed=True)
    else:
        world.address = ""

    assert world.wait() == "the index of acme/pypi"
    assert len(world.read_pages) == closed
    assert (f"{ADDRESS} is not public; checking the stored pages" in world.notes.notes) is closed


def test_a_stored_page_that_is_damaged_is_named() -> None:
    world = World(runs=[DONE], address="")
    world.index(WHEEL)
    world.site.pages["simple/acme-lib/index.json"] = b"[]"
    with pytest.raises(FailedError, match=r"simple/acme-lib/index\.json of the site in memory is"):
        world.wait()


def test_an_interruption_says_what_goes_on() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    world = World(runs=[QUEUED], later={2: interrupt})
    with pytest.raises(KeyboardInterrupt) as caught:
        world.wait()

    assert caught.value.__notes__ == [
        f"the files are published; the index of acme/pypi is being rebuilt at {URL}"
    ]


# Changes of what is published


def changed(**expected: Any) -> list[PublishedFile]:
    return [published(WHEEL)[0]._replace(**expected)]


@pytest.mark.parametrize(
    ("toml", "page", "expected"),
    [
        (
            '[yanked]\nacme-lib = { "1.0" = "" }',
            ProjectPage(digests=DIGESTS, yanked=frozenset([WHEEL[0]])),
            {"yanked": True},
        ),
        (
            '[projects.acme-lib]\nstatus = "archived"',
            ProjectPage(digests=DIGESTS, status="archived"),
            {"status": StatusMarker.ARCHIVED},
        ),
        (
            '[projects.acme-lib]\nstatus = "quarantined"',
            ProjectPage(status="quarantined"),
            {"status": StatusMarker.QUARANTINED},
        ),
    ],
    ids=["yanked", "archived", "quarantined"],
)
def test_a_change_is_waited_for_in_the_stored_page_and_the_public_one(
    toml: str, page: ProjectPage, expected: dict[str, Any]
) -> None:
    world = World(runs=[DONE], config=Config())
    world.index(WHEEL)
    world.show(PAGE, WHEEL)
    after = replace(world, config=Config.parse(toml), waits=world.waits)

    def build() -> None:
        after.index(WHEEL)

    world.later = {1: build, 2: lambda: world.public.update({PAGE: page})}

    assert world.wait(changes=changed(**expected)) == f"{ADDRESS}simple/"
    assert len(world.waits) == 2
    assert world.notes.notes[-1] == (
        f"waiting for {WHEEL[0]}: {PAGE} does not show the change yet; caches keep pages for 10 "
        "minutes"
    )


def test_a_change_that_does_not_come_is_reported() -> None:
    world = World(runs=[FAILED])
    world.index(WHEEL)
    with pytest.raises(FailedError) as caught:
        world.wait(changes=changed(yanked=True))

    assert caught.value.message == (
        f"the index does not show the change of {WHEEL[0]}: the run of the index of acme/pypi "
        "ended with 'failure'"
    )
