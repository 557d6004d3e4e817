"""Wheels that were renamed to carry a local version, in an index run."""

import json

import pytest

from ghpypi.cli.index_warnings import index_warnings
from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import RefusedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, sdist, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

LIST = '[index]\nrenamed = "include"'
FAIR = wheel("acme_lib", "1.0+cu128")
SDIST = sdist("acme_lib", "2.0")
PLAIN = wheel("acme_lib", "2.0")[1]
RENAMED = [(f"acme_lib-2.0+cu{n}-py3-none-any.whl", PLAIN) for n in range(12)]


def store_of(*files: tuple[str, bytes]) -> MemoryStore:
    store = MemoryStore()
    publish_files(store, files)
    return store


def run(
    source: FileSource, site: MemorySite, toml: str = "", *, shrink: bool = False
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    options = IndexOptions(allow_shrink=shrink)
    return build_index(source, site, settings, MemoryReporter(), options)


def offered(site: MemorySite) -> set[str]:
    document = json.loads(site.pages["simple/acme-lib/index.json"])
    return {file["filename"] for file in document["files"]}


def test_renamed_wheels_are_left_out_with_a_count_and_what_to_do() -> None:
    site = MemorySite({})
    report = run(store_of(FAIR, SDIST, *RENAMED), site)
    left_out, compiled = index_warnings(report)

    assert offered(site) == {FAIR[0], SDIST[0]}
    assert left_out.startswith("12 files are left out (acme_lib-2.0+cu0-")
    assert "'ghpypi upload --fix-local-version'" in left_out
    assert left_out.endswith('renamed = "include" in [index] offers it to users of uv')
    assert compiled.startswith("versions of which only the source distribution is offered")
    assert report.to_compile == ("acme-lib==2.0",)


def test_a_version_that_has_another_wheel_is_not_compiled() -> None:
    other = wheel("acme_lib", "2.0+cpu")

    assert run(store_of(SDIST, other, RENAMED[0]), MemorySite({})).to_compile == ()


def test_renamed_wheels_are_listed_for_uv_and_counted_in_every_run() -> None:
    store, site = store_of(FAIR, *RENAMED), MemorySite({})
    report = run(store, site, LIST)
    (warning,) = index_warnings(report)
    again = CountingSource(store)

    assert offered(site) == {FAIR[0], *(name for name, _ in RENAMED)}
    assert warning.startswith("12 files are offered with a warning (acme_lib-2.0+cu0-")
    assert "uv installs it, pip rejects it as 'inconsistent version'" in warning
    assert run(again, site, LIST).remarks == report.remarks
    assert again.reads == []


def test_only_renamed_wheels_are_read_again_when_the_setting_changes() -> None:
    store, site = store_of(FAIR, *RENAMED), MemorySite({})
    run(store, site)
    source = CountingSource(store)
    run(source, site, LIST)

    assert source.reads == sorted(name for name, _ in RENAMED)
    source.forget()
    with pytest.raises(RefusedError, match="would lose 12 files"):
        run(source, site)
    report = run(source, site, shrink=True)
    assert len(report.refused) == 12
    assert offered(site) == {FAIR[0]}
