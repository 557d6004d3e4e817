"""Pages that commits of others changed."""

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemoryStore
from tests.emulator.schema import check_all
from tests.stores.github.scene import Scene
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

WHEEL = wheel("acme_lib", "1.0")
PAGE = "simple/acme-lib/index.html"
FOLDERS = ["", "pypi/"]


def index(scene: Scene, folder: str = "", reporter: MemoryReporter | None = None) -> IndexReport:
    """Publish an index of one wheel to the branch."""
    store = MemoryStore()
    publish_files(store, [WHEEL], "v1")
    path = f'path = "{folder.rstrip("/")}"' if folder else ""
    config = Config.parse(f"[site]\n{path}")
    settings = SiteSettings(config=config, address="https://acme.example/")
    site = scene.connect().site("gh-pages", folder)
    return build_index(store, site, settings, reporter or MemoryReporter(), IndexOptions())


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("content", [b"hacked", None], ids=["edited", "removed"])
def test_a_page_that_others_changed_is_restored_by_the_next_run(
    scene: Scene, folder: str, content: bytes | None
) -> None:
    index(scene, folder)
    before = scene.repository.files("gh-pages")
    scene.repository.commit_files({folder + PAGE: content}, branch="gh-pages")
    scene.repository.commit_files({"docs/a.html": b"docs"}, branch="gh-pages")
    reporter = MemoryReporter()
    scene.github.keep_answers()
    report = index(scene, folder, reporter)

    assert report.published
    assert (report.published.written, report.published.removed) == (1, 0)
    assert scene.repository.files("gh-pages") == before | {"docs/a.html": b"docs"}
    assert any(f"was changed by others ({PAGE})" in step for step in reporter.steps)
    assert check_all(scene.github.requests) > 0
    assert index(scene, folder).published == report.published.__class__(written=0, removed=0)


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_of_another_site_are_no_reason_to_compare_pages(scene: Scene, folder: str) -> None:
    index(scene, folder)
    scene.repository.commit_files({"docs/a.html": b"docs"}, branch="gh-pages")
    reporter = MemoryReporter()
    index(scene, folder, reporter)

    assert not any("comparing all pages" in step for step in reporter.steps)
    assert scene.repository.files("gh-pages")["docs/a.html"] == b"docs"


def test_a_branch_that_only_ghpypi_changed_takes_one_request(scene: Scene) -> None:
    index(scene)
    scene.github.clear_log()

    assert scene.connect().site("gh-pages").foreign_changes() == ()
    asked = [x.path for x in scene.github.requests_to("api") if "/commits" in x.path]
    assert asked == ["/repos/acme/pypi/commits"]


def test_a_history_without_a_commit_of_ghpypi_compares_all_pages(scene: Scene) -> None:
    index(scene)
    files = scene.repository.files("gh-pages")
    scene.repository.git.set_ref("refs/heads/gh-pages", None)
    scene.repository.commit_files({**files, PAGE: b"hacked"}, branch="gh-pages")

    assert scene.connect().site("gh-pages").foreign_changes() is None
    index(scene)
    assert scene.repository.files("gh-pages") == files
