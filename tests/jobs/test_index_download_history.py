"""The record of downloads that runs keep on the site."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory, WeekCount
from ghpypi.core.names import normalize
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

MONDAY = datetime(2026, 11, 16, 5, tzinfo=UTC)
REFRESH = IndexOptions(refresh=True, now=lambda: MONDAY)
NEXT_WEEK = IndexOptions(refresh=True, now=lambda: MONDAY + timedelta(weeks=1))
SETTINGS = SiteSettings(config=Config(), address="https://acme.example/")


@pytest.fixture
def store() -> MemoryStore:
    """A store with a wheel that was downloaded 1,234 times."""
    store = MemoryStore()
    publish_files(store, [wheel("acme_lib", "1.0")])
    downloaded(store, 1234)
    return store


def downloaded(store: MemoryStore, count: int) -> None:
    for key, release in store._releases.items():
        assets = tuple(asset._replace(downloads=count) for asset in release.assets)
        store._releases[key] = release._replace(assets=assets)


def run(
    store: MemoryStore,
    site: MemorySite,
    options: IndexOptions,
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    return build_index(store, site, SETTINGS, reporter or MemoryReporter(), options)


def history(site: MemorySite) -> DownloadHistory:
    return DownloadHistory.parse(site.pages[DOWNLOADS_PATH])


def test_a_refresh_records_exact_counts_once_a_week(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site, REFRESH)

    assert history(site).counts == {"acme-lib": (1234,)}

    downloaded(store, 1239)

    assert not run(store, site, REFRESH).outdated  # 1,200 are shown, and this week is recorded
    assert run(store, site, NEXT_WEEK).outdated
    assert not run(store, site, NEXT_WEEK).outdated
    assert history(site).per_week(normalize("acme-lib")) == [WeekCount("2026-W47", 5)]


def test_other_runs_leave_the_record_as_it_is(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site, IndexOptions())

    assert DOWNLOADS_PATH not in site.pages

    run(store, site, REFRESH)
    before = dict(site.pages)
    for options in (
        IndexOptions(),
        IndexOptions(full=True),
        IndexOptions(check=True),
        replace(NEXT_WEEK, check=True),
        replace(NEXT_WEEK, dry_run=True),
    ):
        run(store, site, options)

        assert site.pages == before


def test_pages_that_are_compared_again_keep_the_record(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site, REFRESH)
    before = dict(site.pages)
    site.pages["index.html"] = b"edited"
    site.foreign = ("index.html",)
    run(store, site, IndexOptions())

    assert site.pages == before


@pytest.mark.parametrize("damage", [b"", b"{", None])
def test_a_damaged_or_missing_record_starts_again(store: MemoryStore, damage: bytes | None) -> None:
    site, reporter = MemorySite({}), MemoryReporter()
    run(store, site, REFRESH)
    if damage is None:
        del site.pages[DOWNLOADS_PATH]
    else:
        site.pages[DOWNLOADS_PATH] = damage
    run(store, site, NEXT_WEEK, reporter)

    assert history(site).weeks == ("2026-W48",)
    assert any(
        "is missing or damaged, and starts again from nothing" in step for step in reporter.steps
    )


@pytest.mark.parametrize("refresh", [False, True])
def test_the_record_survives_a_damaged_catalog(store: MemoryStore, *, refresh: bool) -> None:
    site = MemorySite({})
    run(store, site, REFRESH)
    before = dict(site.pages)
    site.pages["catalog.jsonl"] = site.pages["catalog.jsonl"][:-20]
    run(store, site, replace(REFRESH, full=True, refresh=refresh))

    assert site.pages == before

    run(store, site, NEXT_WEEK)

    assert history(site).weeks == ("2026-W47", "2026-W48")


def test_nothing_is_recorded_where_nothing_is_counted(store: MemoryStore) -> None:
    site = MemorySite({})
    downloaded(store, 0)
    run(store, site, REFRESH)

    assert DOWNLOADS_PATH not in site.pages


def test_a_file_of_others_is_left_alone(store: MemoryStore) -> None:
    site, reporter = MemorySite({DOWNLOADS_PATH: b"ours"}), MemoryReporter()
    run(store, site, REFRESH, reporter)

    assert site.pages[DOWNLOADS_PATH] == b"ours"
    assert any("did not write downloads.json" in step for step in reporter.steps)

    run(store, site, replace(REFRESH, adopt=True))

    assert history(site).weeks == ("2026-W47",)
