"""The index job and the parts of its catalog: upgrades, interrupted runs, and changes by hand."""

from cProfile import Profile
from dataclasses import replace

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH, Entry
from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import DifferenceError, OutdatedError
from ghpypi.jobs.index.budget import Batch
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource, Site
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.catalogs import PART, former_format, published
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource, RacingSite

CHECK, FULL = IndexOptions(check=True), IndexOptions(full=True)
PROJECTS = ("acme-lib", "acme-web", "zope")


def run(
    source: FileSource,
    site: Site,
    options: IndexOptions | None = None,
    *,
    toml: str = "",
    address: str = "https://acme.example/",
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address=address)
    return build_index(
        source, site, settings, reporter or MemoryReporter(), options or IndexOptions()
    )


def store_of(*projects: str) -> MemoryStore:
    store = MemoryStore()
    for name in projects:
        add(store, name, "1.0")
    return store


def add(store: MemoryStore, name: str, version: str) -> None:
    publish_files(store, [wheel(name.replace("-", "_"), version)], f"{name}-{version}")


def whole(store: MemoryStore) -> dict[str, bytes]:
    """Publish everything at once."""
    site = MemorySite({})
    run(store, site)
    return site.pages


def in_small_parts(site: MemorySite) -> None:
    """Publish what a version with smaller parts would have published."""
    catalog = replace(published(site.pages), part_bytes=1)
    files = dict(catalog.files())
    del site.pages[PART]
    site.pages.update(files)


def test_a_catalog_of_the_former_format_is_replaced_and_no_file_is_read() -> None:
    store = store_of(*PROJECTS)
    pages = whole(store)
    site = MemorySite({x: y for x, y in pages.items() if x != PART})
    site.pages[CATALOG_PATH] = former_format(published(pages))
    source = CountingSource(store)
    report = run(source, site)

    assert source.reads == []
    assert site.pages == pages
    assert report.published
    assert (report.published.written, report.published.removed) == (2, 0)


def test_a_changed_project_is_read_after_an_upgrade() -> None:
    store = store_of(*PROJECTS)
    pages = whole(store)
    site = MemorySite({x: y for x, y in pages.items() if x != PART})
    site.pages[CATALOG_PATH] = former_format(published(pages))
    add(store, "acme-web", "1.1")
    source = CountingSource(store)
    report = run(source, site)

    assert source.reads == ["acme_web-1.1-py3-none-any.whl"]
    assert site.pages == whole(store)
    assert report.differences.added == ("acme_web-1.1-py3-none-any.whl",)


def test_parts_that_are_not_needed_any_more_are_removed() -> None:
    store = store_of(*PROJECTS)
    site = MemorySite(whole(store))
    in_small_parts(site)
    small = {path for path in site.pages if path.startswith("catalog/")}
    add(store, "zope", "1.1")
    run(store, site)

    assert small == {f"catalog/part-{name}.jsonl" for name in ("acme-l", "acme-w", "z")}
    assert site.pages == whole(store)


def test_unchanged_parts_stay_when_all_pages_are_rendered() -> None:
    store = store_of(*PROJECTS)
    site = MemorySite(whole(store))
    part = site.pages[PART]
    run(store, site, address="https://other.example/")

    assert site.pages[PART] is part


FLAT = "find-links = '{index:-}.html'\n[indexes.one]\n[indexes.two]\n"


@pytest.mark.parametrize(
    ("toml", "times"),
    [("[site]\npages = true", 1), ("[site]\npages = false", 1), (f"[index]\n{FLAT}", 2)],
    ids=["people", "installers only", "pages of all files in three indexes"],
)
def test_long_lines_are_parsed_once_for_each_kind_of_page_when_all_are_rendered(
    toml: str, times: int
) -> None:
    store, site = store_of(*PROJECTS), MemorySite({})
    run(store, site, toml=toml)
    calls = Profile()
    calls.runcall(run, store, site, toml=toml, address="https://other.example/")

    parse = Entry.parse.__code__
    counts = [each.callcount for each in calls.getstats() if each.code is parse]
    assert counts == [times * len(PROJECTS)]


def test_parts_that_an_interrupted_run_wrote_are_repaired() -> None:
    """It wrote the parts, and not `catalog.jsonl`; the other projects are not read again."""
    store = store_of(*PROJECTS)
    before = whole(store)
    add(store, "zope", "1.1")
    site = MemorySite(before | {PART: whole(store)[PART]})
    source, reporter = CountingSource(store), MemoryReporter()
    run(source, site, reporter=reporter)

    assert site.pages == whole(store)
    assert {name.partition("-")[0] for name in source.reads} == {"zope"}
    (warning,) = reporter.warnings
    assert warning == (
        "catalog/part.jsonl of https://acme.example/ does not match catalog.jsonl, which has other "
        "versions of the lines of zope; the files of 1 project are read again"
    )


def test_a_part_that_is_missing_is_written_again() -> None:
    store = store_of(*PROJECTS)
    site = MemorySite(whole(store))
    del site.pages[PART]
    add(store, "zope", "1.1")
    run(store, site)

    assert site.pages == whole(store)


@pytest.mark.parametrize("damage", [b"", b"nonsense\n"], ids=["empty", "nonsense"])
def test_a_check_finds_a_part_that_was_changed_and_full_repairs_it(damage: bytes) -> None:
    store = store_of(*PROJECTS)
    pages = whole(store)
    site = MemorySite(pages | {PART: damage})
    with pytest.raises(DifferenceError) as caught:
        run(store, site, CHECK)

    assert caught.value.faults
    run(store, site, FULL)
    assert site.pages == pages
    run(store, site, CHECK)


def test_a_part_that_another_run_wrote_meanwhile_is_no_damage() -> None:
    """The catalog is read before the other run publishes, and its parts are read after that."""
    store = store_of(*PROJECTS)
    pages = whole(store)
    add(store, "acme-web", "1.1")
    site = LateSite(pages, whole(store))
    add(store, "zope", "1.1")
    reporter = MemoryReporter()
    run(store, site, reporter=reporter)

    assert reporter.warnings == []
    assert site.pages == whole(store)


class LateSite(MemorySite):
    """A site that is published by another run after its catalog was read for the first time."""

    def __init__(self, before: dict[str, bytes], after: dict[str, bytes]) -> None:
        super().__init__(before)
        self._after: dict[str, bytes] | None = after

    def catalog(self) -> bytes | None:
        text = super().catalog()
        if self._after:
            self.pages, self._after = self._after, None
        return text


def test_a_run_in_batches_holds_what_it_published_once() -> None:
    store, site = store_of(*PROJECTS), MemorySite({})
    report = run(store, site, IndexOptions(batch=Batch(files=1), parallel=1))

    assert site.pages == whole(store)
    assert len(report.differences.added) == 3


def test_a_run_in_batches_that_is_overtaken_starts_over() -> None:
    store, inner = store_of(*PROJECTS), MemorySite({})
    site = RacingSite(inner, losses=1)
    report = run(store, site, IndexOptions(batch=Batch(files=1), parallel=1))

    assert inner.pages == whole(store)
    assert len(report.differences.added) == 3
    add(store, "zope", "1.1")
    with pytest.raises(OutdatedError):
        run(store, RacingSite(inner, losses=99))


def test_a_file_of_others_beside_the_parts_stays() -> None:
    store = store_of(*PROJECTS)
    site = MemorySite({"catalog/prices.csv": b"1"})
    run(store, site)
    run(store, site, FULL)

    assert site.pages["catalog/prices.csv"] == b"1"
