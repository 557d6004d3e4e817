"""Links between the pages of projects, when projects come and go in different runs."""

from itertools import permutations

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.budget import Batch
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter

LINK = b'<a href="../acme-lib/">Acme.Lib</a>'
LIB = wheel("acme_lib", "1.0", "Requires-Dist: acme-base\n")
TOOL = wheel("acme_tool", "2.0", "Requires-Dist: Acme.Lib>=1\nRequires-Dist: requests\n")
BASE = wheel("acme_base", "3.0")


def run(store: MemoryStore, site: MemorySite, options: IndexOptions | None = None) -> IndexReport:
    settings = SiteSettings(config=Config(), address="https://acme.example/pypi/")
    return build_index(store, site, settings, MemoryReporter(), options or IndexOptions())


def of(*files: Built) -> MemoryStore:
    store = MemoryStore()
    for file in files:
        publish_files(store, [file], file[0])
    return store


def whole(*files: Built) -> dict[str, bytes]:
    """Return the site of one run that reads everything."""
    site = MemorySite({})
    run(of(*files), site)
    return dict(site.pages)


@pytest.mark.parametrize("order", list(permutations([LIB, TOOL, BASE])))
def test_the_order_of_publications_does_not_matter(order: tuple[Built, ...]) -> None:
    store, site = MemoryStore(), MemorySite({})
    for file in order:
        publish_files(store, [file], file[0])
        run(store, site)

    assert dict(site.pages) == whole(LIB, TOOL, BASE)
    assert LINK in site.pages["project/acme-tool/index.html"]
    run(store, site, IndexOptions(check=True))


def test_no_page_links_to_a_project_that_is_gone() -> None:
    site = MemorySite({})
    run(of(LIB, TOOL, BASE), site)
    run(of(TOOL, BASE), site, IndexOptions(allow_shrink=True))

    assert LINK not in site.pages["project/acme-tool/index.html"]
    assert dict(site.pages) == whole(TOOL, BASE)


def test_no_page_links_to_a_project_without_files() -> None:
    name, content = LIB
    site = MemorySite({})
    run(of((name, content[:50]), TOOL), site)

    assert "project/acme-lib/index.html" not in site.pages
    assert LINK not in site.pages["project/acme-tool/index.html"]


def test_pages_of_other_projects_stay_as_they_are() -> None:
    store, site = of(TOOL, BASE), MemorySite({})
    run(store, site)
    pages = dict(site.pages)
    publish_files(store, [wheel("acme_other", "1.0")], "other")
    run(store, site)
    changed = {path for path in pages if site.pages[path] != pages[path]}

    assert not any(path.startswith("project/") for path in changed)


def test_links_are_the_same_when_projects_are_published_in_batches() -> None:
    site = MemorySite({})
    run(of(TOOL, LIB, BASE), site, IndexOptions(batch=Batch(files=1, most=1), parallel=1))

    assert dict(site.pages) == whole(TOOL, LIB, BASE)
