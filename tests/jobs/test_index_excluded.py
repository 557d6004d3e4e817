"""Assets that an index leaves alone by their names."""

import pytest

from ghpypi.cli.index_report import index_json
from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import ConfigError
from ghpypi.jobs.backfill import BackfillOptions, backfill
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

ONE, OTHER = wheel("acme_lib", "1.0"), wheel("cuda_lib", "1.0")
TOML = '[index]\nexclude-assets = ["cuda_*.whl", "cudart-*"]'


def run(source: CountingSource, site: MemorySite, toml: str) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    return build_index(source, site, settings, MemoryReporter(), IndexOptions())


def store_of_both() -> MemoryStore:
    store = MemoryStore()
    publish_files(store, [ONE, OTHER, ("cudart-llama-bin-win-cu12.4-x64.zip", b"no distribution")])
    return store


def test_excluded_assets_are_not_looked_at() -> None:
    source, site = CountingSource(store_of_both()), MemorySite({})
    report = run(source, site, TOML)

    assert source.reads == [ONE[0]]
    assert (report.projects, report.excluded, report.refused) == (1, 2, ())
    assert report.unmatched == ()
    assert index_json(report)["excluded"] == 2


def test_assets_that_are_excluded_later_leave_the_index() -> None:
    source, site = CountingSource(store_of_both()), MemorySite({})
    run(source, site, "")
    report = run(source, site, TOML)

    assert report.differences.removed == (OTHER[0],)
    assert "simple/cuda-lib/index.html" not in site.pages


def test_a_glob_that_matches_nothing_is_reported() -> None:
    report = run(
        CountingSource(store_of_both()), MemorySite({}), '[index]\nexclude-assets = ["cuda-*"]'
    )

    assert report.unmatched == (
        "index.exclude-assets: 'cuda-*' matches no asset, or none that another one does not",
    )


def test_a_glob_of_everything_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"exclude-assets\[0\]: '\*' would exclude every asset"):
        Config.parse('[index]\nexclude-assets = ["*"]')


def test_excluded_wheels_get_no_metadata_files() -> None:
    options = BackfillOptions(exclude=("cuda_*.whl",))
    report = backfill(store_of_both(), MemoryReporter(), options)

    assert [item.filename for item in report.items] == [ONE[0]]
