"""Index runs while the configuration holds the index at an earlier state."""

import json
from datetime import UTC, datetime

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import (
    ConflictError,
    DifferenceError,
    NotFoundError,
    OccupiedError,
    OutdatedError,
    UsageError,
)
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource, Site
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.support.packages import Built, publish_files, sdist, sidecar_of, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import RacingSite, RemoteStore

OLD, NEW, OTHER = wheel("acme_lib", "1.0"), wheel("acme_lib", "1.1"), sdist("other", "1.0")
TAG = "acme-lib-1.0"
PAGE = "simple/acme-lib/index.json"


def run(
    source: FileSource,
    site: Site,
    toml: str = "",
    options: IndexOptions | None = None,
    *,
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    return build_index(
        source, site, settings, reporter or MemoryReporter(), options or IndexOptions()
    )


def held(commit: str, reason: str = "1.1 is bad") -> str:
    return f'[hold]\ncommit = "{commit}"\nreason = "{reason}"\n'


class Scene:
    """A store whose index was published with one version, then with two and another project."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.site = MemorySite({})
        publish_files(self.store, [OLD, sidecar_of(OLD)], TAG)
        run(self.store, self.site)
        (self.first,) = self.site.commits
        self.publish(NEW, "acme-lib-1.1")
        self.publish(OTHER, "other-1.0")
        run(self.store, self.site)

    def publish(self, file: Built, tag: str) -> None:
        publish_files(self.store, [file], tag)

    @property
    def pages(self) -> dict[str, bytes]:
        """The pages of the first state."""
        return self.site.commits[self.first]

    def hold(self, options: IndexOptions | None = None) -> IndexReport:
        return run(self.store, self.site, held(self.first), options)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_the_pages_of_the_commit_are_published(scene: Scene) -> None:
    report = scene.hold()

    assert scene.site.pages == scene.pages
    assert report.differences.removed == (NEW[0], OTHER[0])
    assert (report.projects, report.files) == (1, 1)
    assert report.hold is not None
    assert report.published is not None
    assert report.published.changed


def test_nothing_else_is_published_before_the_hold_ends(scene: Scene) -> None:
    scene.hold()
    scene.publish(sdist("acme_lib", "2.0"), "acme-lib-2.0")
    report = scene.hold(IndexOptions(full=True, refresh=True))

    assert report.published is not None
    assert not report.published.changed
    assert scene.site.pages == scene.pages

    run(scene.store, scene.site)

    files = [x["filename"] for x in json.loads(scene.site.pages[PAGE])["files"]]
    assert files == [OLD[0], NEW[0], "acme_lib-2.0.tar.gz"]
    assert run(scene.store, scene.site, options=IndexOptions(check=True)).outdated is False


def test_files_of_others_stay(scene: Scene) -> None:
    scene.site.pages |= {"CNAME": b"acme.example\n", "simple/other/notes.txt": b"theirs"}
    scene.hold()

    assert scene.site.pages == scene.pages | {
        "CNAME": b"acme.example\n",
        "simple/other/notes.txt": b"theirs",
    }


def test_a_file_of_others_at_a_path_of_the_earlier_index_is_not_replaced() -> None:
    scene = Scene()
    MemoryStoreHarness(scene.store).lose_release(next(iter(scene.store.releases())))
    run(scene.store, scene.site, options=IndexOptions(allow_shrink=True))
    publish_files(scene.store, [OLD, sidecar_of(OLD)], TAG)
    path = "project/acme-lib/notes"
    first = {**scene.pages, path: b"ours"}
    scene.site.commits[scene.first] = first
    catalog = first[CATALOG_PATH].replace(b'"owns":[', b'"owns":["project/*/notes",')
    first[CATALOG_PATH] = catalog
    scene.site.pages[path] = b"theirs"

    with pytest.raises(OccupiedError) as caught:
        scene.hold()

    assert caught.value.faults == (path,)
    with pytest.raises(OccupiedError):
        scene.hold(IndexOptions(dry_run=True))
    scene.hold(IndexOptions(adopt=True))
    assert scene.site.pages[path] == b"ours"


def test_pages_that_were_edited_are_restored(scene: Scene) -> None:
    scene.hold()
    scene.site.pages[PAGE] = b"{}"
    with pytest.raises(DifferenceError) as caught:
        scene.hold(IndexOptions(check=True))
    scene.hold()

    assert caught.value.faults == (PAGE,)
    assert scene.site.pages == scene.pages
    assert scene.hold(IndexOptions(check=True)).outdated is False


@pytest.mark.parametrize("options", [IndexOptions(dry_run=True), IndexOptions(check=True)])
def test_nothing_is_written_by_a_check(scene: Scene, options: IndexOptions) -> None:
    before = dict(scene.site.pages)
    if options.check:
        with pytest.raises(DifferenceError, match="is not the index at"):
            scene.hold(options)
    else:
        assert scene.hold(options).published is None

    assert scene.site.pages == before


def test_a_damaged_catalog_is_replaced(scene: Scene) -> None:
    damaged = scene.site.pages[CATALOG_PATH].replace(b'"rules":', b'"rulez":')
    scene.site.pages[CATALOG_PATH] = damaged
    scene.hold()

    assert scene.site.pages[CATALOG_PATH] == scene.pages[CATALOG_PATH]
    assert scene.site.pages[PAGE] == scene.pages[PAGE]


def test_the_recorded_downloads_stay() -> None:
    scene = Scene(RemoteStore("acme/pypi"))
    store = scene.store
    for key, release in store._releases.items():
        assets = tuple(asset._replace(downloads=7) for asset in release.assets)
        store._releases[key] = release._replace(assets=assets)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    refresh = IndexOptions(refresh=True, now=lambda: now)
    run(store, scene.site, options=refresh)
    recorded = scene.site.pages[DOWNLOADS_PATH]

    scene.hold()
    assert scene.site.pages[DOWNLOADS_PATH] == recorded
    report = scene.hold()
    assert report.published is not None
    assert not report.published.changed

    run(store, scene.site, options=refresh)
    assert scene.site.pages[DOWNLOADS_PATH] == recorded


def gone(scene: Scene) -> None:
    MemoryStoreHarness(scene.store).lose_release(scene.store._releases[TAG])


def replaced(scene: Scene) -> None:
    gone(scene)
    publish_files(scene.store, [(OLD[0], wheel("acme_lib", "1.0", "Summary: new")[1])], TAG)


def draft(scene: Scene) -> None:
    release = scene.store._releases[TAG]
    scene.store._releases[TAG] = release._replace(draft=True)


def without_metadata(scene: Scene) -> None:
    scene.store.remove(scene.store._releases[TAG], scene.store._releases[TAG].assets[1])


def other_metadata(scene: Scene) -> None:
    without_metadata(scene)
    publish_files(scene.store, [(sidecar_of(OLD)[0], b"Metadata-Version: 2.1\n")], TAG)


@pytest.mark.parametrize(
    ("happens", "fault"),
    [
        (gone, f"{OLD[0]} is not there any more"),
        (replaced, f"{OLD[0]} was replaced"),
        (draft, f"{OLD[0]} is not there any more"),
        (without_metadata, f"{OLD[0]}.metadata is not there any more"),
        (other_metadata, f"{OLD[0]}.metadata was replaced"),
    ],
)
def test_an_index_with_dead_links_is_not_published(
    scene: Scene, happens: object, fault: str
) -> None:
    assert callable(happens)
    happens(scene)
    before = dict(scene.site.pages)
    with pytest.raises(ConflictError) as caught:
        scene.hold()

    assert caught.value.faults == (f"release {TAG}: {fault}",)
    assert scene.site.pages == before


def test_a_commit_without_an_index_cannot_be_published(scene: Scene) -> None:
    scene.site.commits["f" * 40] = {"README.md": b"hello"}
    with pytest.raises(NotFoundError, match="has no index"):
        run(scene.store, scene.site, held("f" * 40))
    with pytest.raises(NotFoundError, match=r"the index is held at e+ .*, but") as caught:
        run(scene.store, scene.site, held("e" * 40))

    assert "ghpypi rollback --end" in caught.value.hint


def test_a_folder_has_no_earlier_states(scene: Scene, tmp_path: object) -> None:
    with pytest.raises(UsageError, match="has no history"):
        run(scene.store, DirectorySite(tmp_path), held(scene.first))  # type: ignore[arg-type]


def test_a_run_starts_over_if_another_was_faster(scene: Scene) -> None:
    reporter = MemoryReporter()
    site = RacingSite(scene.site, losses=2)
    run(scene.store, site, held(scene.first), reporter=reporter)

    assert scene.site.pages == scene.pages
    with pytest.raises(OutdatedError):
        run(scene.store, RacingSite(Scene().site, losses=99), held(scene.first))
