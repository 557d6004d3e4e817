"""Pages of versions: written once, kept as they are, and removed with their versions."""

from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.version_paths import version_page_project
from ghpypi.errors import OccupiedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Site
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

OLD, NEW = "project/acme-lib/1.0/index.html", "project/acme-lib/2.0/index.html"
OTHER = "project/other/1.0/index.html"


def run(store: MemoryStore, site: Site, toml: str = "", options: IndexOptions | None = None) -> int:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/")
    report = build_index(store, site, settings, MemoryReporter(), options or IndexOptions())
    return report.published.written if report.published else 0


def store_of(*versions: str) -> MemoryStore:
    store = MemoryStore()
    for version in versions:
        publish_files(store, [wheel(version=version)], f"acme-lib-{version}")
    publish_files(store, [wheel("other")], "other-1.0")
    return store


def version_pages(site: MemorySite) -> list[str]:
    return sorted(path for path in site.pages if version_page_project(path))


def test_a_new_version_leaves_the_pages_of_older_ones_as_they_are() -> None:
    store, site = store_of("1.0"), MemorySite({})
    run(store, site)
    rendered = site.pages[OLD]
    publish_files(store, [wheel(version="2.0")], "acme-lib-2.0")
    site.pages[OLD] = b"as it was published"
    run(store, site)

    assert version_pages(site) == [OLD, NEW, OTHER]
    assert b"acme-lib==1.0" in rendered
    assert site.pages[OLD] == b"as it was published"


def test_a_file_more_of_an_old_version_changes_its_page() -> None:
    store, site = store_of("1.0", "2.0"), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    publish_files(store, [wheel(version="1.0+cu128")], "acme-lib-1.0-cu128")
    run(store, site)

    assert b"cu128" in site.pages[OLD]
    assert site.pages[NEW] == before[NEW]


def test_the_page_of_a_deleted_version_is_removed() -> None:
    store, site = store_of("1.0", "2.0"), MemorySite({})
    run(store, site)
    for release in [x for x in store.releases() if x.tag in {"acme-lib-1.0", "other-1.0"}]:
        store.remove(release)
    run(store, site, options=IndexOptions(allow_shrink=True))

    assert version_pages(site) == [NEW]


@pytest.mark.parametrize(
    ("toml", "kept"),
    [
        ("[site]\nversion-pages = 1", [NEW, OTHER]),
        ("[site]\nversion-pages = 0", []),
        ("[site]\npages = false", []),
        ('[projects.acme-lib]\nstatus = "quarantined"', [OTHER]),
    ],
)
def test_a_change_of_the_configuration_removes_pages_and_brings_them_back(
    toml: str, kept: list[str]
) -> None:
    store, site = store_of("1.0", "2.0"), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    run(store, site, toml)
    assert version_pages(site) == kept

    run(store, site)
    assert site.pages == before


def test_a_full_run_restores_pages_and_changes_nothing_else() -> None:
    store, site = store_of("1.0", "2.0"), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    del site.pages[OLD]
    site.pages["project/acme-lib/0.1/index.html"] = b"of an interrupted run"

    assert run(store, site, options=IndexOptions(full=True)) == 1
    assert site.pages == before


def test_a_page_of_someone_else_is_not_replaced(tmp_path: Path) -> None:
    page = tmp_path / OLD
    page.parent.mkdir(parents=True)
    page.write_text("theirs")

    with pytest.raises(OccupiedError, match=r"1\.0/index\.html|project/acme-lib"):
        run(store_of("1.0"), DirectorySite(tmp_path))
    assert page.read_text() == "theirs"


def test_a_page_of_someone_else_is_not_replaced_when_its_project_is_new(tmp_path: Path) -> None:
    store = MemoryStore()
    publish_files(store, [wheel("other")], "other-1.0")
    run(store, DirectorySite(tmp_path))
    page = tmp_path / OLD
    page.parent.mkdir(parents=True)
    page.write_text("theirs")

    with pytest.raises(OccupiedError):
        run(store_of("1.0"), DirectorySite(tmp_path))
    assert page.read_text() == "theirs"
