"""The index job after a yank or a change of a status: it concerns the projects named, and no other.

Pages of other projects are edited by hand in between: a page that is rendered again would be as it
was before.
"""

from cProfile import Profile

import pytest

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

PROJECTS = ("acme-lib", "acme-web", "zope")
OTHERS = ("simple/zope/index.json", "project/zope/index.html", "project/zope/1.0/index.html")

YANKED = '[yanked]\nacme-lib = { "2.0" = "slow" }\n'
REASON = '[yanked]\nacme-lib = { "2.0" = "slow:" }\n'
ONE_FILE = '[yanked]\nacme-lib = { "acme_lib-2.0-py3-none-any.whl" = "slow" }\n'
ARCHIVED = '[projects.acme-lib]\nstatus = "archived"\nreason = "old"\n'
QUARANTINED = '[projects.acme-lib]\nstatus = "quarantined"\n'
ACTIVE = '[projects.acme-lib]\nstatus = "active"\nreason = "new"\n'
CHANGES = [
    ("", YANKED), (YANKED, ""), (YANKED, REASON), (YANKED, ONE_FILE), ("", ARCHIVED),
    (ARCHIVED, ""), (ARCHIVED, QUARANTINED), (QUARANTINED, ""), (YANKED, ARCHIVED), ("", ACTIVE),
]  # fmt: skip


def run(store: MemoryStore, site: MemorySite, toml: str = "") -> None:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/")
    build_index(store, site, settings, MemoryReporter(), IndexOptions())


def store_of(*projects: str) -> MemoryStore:
    store = MemoryStore()
    for name in projects:
        for version in ("1.0", "2.0"):
            files = [wheel(name.replace("-", "_"), version)]
            publish_files(store, files, f"{name}-{version}")
    return store


def whole(store: MemoryStore, toml: str) -> dict[str, bytes]:
    """Publish everything at once."""
    site = MemorySite({})
    run(store, site, toml)
    return site.pages


@pytest.mark.parametrize(("former", "toml"), CHANGES)
def test_the_site_is_that_of_a_first_run(former: str, toml: str) -> None:
    store = store_of(*PROJECTS)
    site = MemorySite(whole(store, former))
    run(store, site, toml)

    assert site.pages == whole(store, toml)


@pytest.mark.parametrize(("former", "toml"), CHANGES)
def test_no_page_of_another_project_is_rendered(former: str, toml: str) -> None:
    store = store_of(*PROJECTS)
    site = MemorySite(whole(store, former) | dict.fromkeys(OTHERS, b"edited"))
    run(store, site, toml)

    assert {site.pages[path] for path in OTHERS} == {b"edited"}


def test_no_line_of_another_project_is_read() -> None:
    assert lines_read("acme-lib", "acme-web", "zope") == lines_read("acme-lib")


def lines_read(*projects: str) -> int:
    """Count the lines of the catalog that are parsed after a yank."""
    store, calls = store_of(*projects), Profile()
    site = MemorySite(whole(store, ""))
    calls.runcall(run, store, site, YANKED)
    return sum(x.callcount for x in calls.getstats() if x.code is Entry.parse.__code__)


def test_a_yank_shows_before_new_files_of_its_project_are_read() -> None:
    store = store_of("acme-lib")
    site = MemorySite(whole(store, ""))
    publish_files(store, [wheel("acme_lib", "3.0")], "acme-lib-3.0")
    settings = SiteSettings(config=Config.parse(YANKED), address="https://acme.example/")
    nothing = IndexOptions(max_seconds=0)
    build_index(store, site, settings, MemoryReporter(), nothing)

    assert b"slow" in site.pages["simple/acme-lib/index.html"]
    assert b"3.0" not in site.pages["simple/acme-lib/index.html"]
