"""Runs that make indexes of several dimensions, whose folders lie in one another."""

import json
from dataclasses import replace

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter

TOML = r"""
[variants.dimensions.channel]
from = "tag"
pattern = '^(nightly)-'
shared = false
[variants.dimensions.cuda]
pattern = '(cu\d+)'
"""
HELPER = wheel("helper", "1.0")
STABLE = wheel("kern", "1.0+cu128")
NIGHTLY = wheel("kern", "2.0.dev1+cu128")
OLD = wheel("kern", "1.9.dev1+cu118")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for tag, files in {
        "v1": [HELPER, STABLE],
        "nightly-2": [NIGHTLY],
        "nightly-1": [OLD],
    }.items():
        publish_files(store, files, tag)
    return store


def run(
    store: MemoryStore, site: MemorySite, toml: str = TOML, options: IndexOptions | None = None
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/")
    return build_index(store, site, settings, MemoryReporter(), options or IndexOptions())


def files(site: MemorySite, path: str) -> list[str]:
    return [file["url"] for file in json.loads(site.pages[f"{path}/index.json"])["files"]]


def url(file: Built, tag: str, *, depth: int) -> str:
    return f"{'../' * depth}files/{tag}/{file[0].replace('+', '%2B')}"


def test_an_index_is_a_folder_in_the_folder_of_another(store: MemoryStore) -> None:
    site = MemorySite({})
    report = run(store, site)

    assert report.indexes == ("", "cu128", "nightly/cu118", "nightly/cu128")
    assert files(site, "cu128/simple/kern") == [url(STABLE, "v1", depth=3)]
    assert files(site, "nightly/cu128/simple/kern") == [url(NIGHTLY, "nightly-2", depth=4)]
    assert run(store, site).outdated is False


def test_pages_for_people_lead_to_all_of_them(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site)
    project, landing = site.pages["project/kern/index.html"], site.pages["index.html"]

    assert b'href="../../nightly/cu128/simple/kern/"' in project
    assert b'data-index="nightly/cu128"' in project
    assert b"https://acme.example/nightly/cu128/simple/" in project
    assert b"nightly/cu118" in landing


def test_what_a_vanished_combination_had_is_removed(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site)
    del store._releases["nightly-1"]
    run(store, site, options=IndexOptions(allow_shrink=True))

    assert [path for path in site.pages if "cu118" in path] == []
    assert "nightly/cu128/simple/kern/index.html" in site.pages


def test_without_the_dimension_its_folders_go(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site)
    report = run(store, site, "[variants]\npattern = '(cu[0-9]+)'\n")

    assert report.indexes == ("", "cu118", "cu128")
    assert [path for path in site.pages if path.startswith("nightly")] == []


def test_an_index_with_dimensions_is_checked_and_made_again(store: MemoryStore) -> None:
    site = MemorySite({})
    run(store, site)
    before = dict(site.pages)
    run(store, site, options=IndexOptions(check=True))
    run(store, site, options=IndexOptions(full=True))

    assert site.pages == before


def test_files_of_one_name_in_releases_of_several_channels_are_reported(store: MemoryStore) -> None:
    again = (STABLE[0], wheel("kern", "1.0+cu128", text="again")[1])
    publish_files(store, [again], "nightly-3")
    report = run(store, MemorySite({}))
    ((name, variants, taken),) = [
        (x.filename, x.variants, x.main_variant) for x in report.shared_names
    ]

    assert (name, variants, taken) == (STABLE[0], ("cu128", "nightly/cu128"), None)
    assert replace(report, refused=()) == report
