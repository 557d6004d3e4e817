"""What wheel variants need, in the indexes that have them."""

import json
from typing import Any

import pytest

from ghpypi.cli.index_warnings import index_warnings
from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource
from tests.support.variant_wheels import CUDA_12, CUDA_13, variant_wheel, variants_json

NULL, TWELVE, THIRTEEN = (
    variant_wheel("null", {}),
    variant_wheel("cu12", CUDA_12),
    variant_wheel("cu13", CUDA_13),
)
ALL = variants_json(null={}, cu12=CUDA_12, cu13=CUDA_13)
NAME = "acme_kern-1.0-variants.json"
PATH = f"variants/acme-kern/{NAME}"


def store_of(*files: Built) -> MemoryStore:
    store = MemoryStore()
    publish_files(store, files)
    return store


def run(source: FileSource, site: MemorySite, toml: str = "", *, full: bool = False) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    options = IndexOptions(allow_shrink=True, full=full)
    return build_index(source, site, settings, MemoryReporter(), options)


def offered(site: MemorySite) -> dict[str, dict[str, Any]]:
    document = json.loads(site.pages["simple/acme-kern/index.json"])
    return {file["filename"]: file for file in document["files"]}


def test_a_missing_file_is_made_of_the_wheels_and_listed() -> None:
    site = MemorySite({})
    report = run(store_of(NULL, TWELVE, THIRTEEN), site)

    assert json.loads(site.pages[PATH]) == ALL
    assert offered(site)[NAME]["url"] == f"../../{PATH}"
    assert offered(site)[NAME]["hashes"] == {"sha256": digest_of(site.pages[PATH])}
    assert f'href="../../{PATH}#sha256=' in site.pages["simple/acme-kern/index.html"].decode()
    assert report.files == 3
    assert report.refused == report.remarks == ()


def test_wheels_of_several_releases_and_runs_are_in_one_file() -> None:
    store, site = store_of(NULL, TWELVE), MemorySite({})
    run(store, site)
    publish_files(
        store, [THIRTEEN, (NAME, json.dumps(variants_json(cu13=CUDA_13)).encode())], "more"
    )
    source = CountingSource(store)
    run(source, site)

    assert json.loads(site.pages[PATH]) == ALL
    assert offered(site)[NAME]["url"] == f"../../{PATH}"
    assert source.reads == sorted([THIRTEEN[0], NAME])
    source.forget()
    assert run(source, site).published
    assert source.reads == []


def test_a_file_of_the_release_that_has_all_variants_is_offered() -> None:
    site = MemorySite({})
    run(store_of(NULL, TWELVE, (NAME, json.dumps(ALL).encode())), site)

    assert PATH not in site.pages
    assert offered(site)[NAME]["url"] == f"../../files/acme-lib-1.0/{NAME}"


def test_a_file_without_wheels_is_removed() -> None:
    store, site = store_of(NULL, wheel("acme_kern", "0.9")), MemorySite({})
    run(store, site)
    assert PATH in site.pages
    left = store_of(wheel("acme_kern", "0.9"))
    run(left, site)

    assert PATH not in site.pages
    assert NAME not in offered(site)


def test_files_are_published_again_with_all_pages() -> None:
    store, site = store_of(NULL, TWELVE), MemorySite({})
    run(store, site)
    del site.pages[PATH]
    run(store, site, "[site]\npages = false")

    assert PATH in site.pages


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (variant_wheel("cu12", CUDA_12, document={}), "it is missing, and a variant wheel has to"),
        (variant_wheel("cu12", CUDA_12, document=ALL), "it has to be of the variant 'cu12'"),
        (variant_wheel("cu12", {"x": ["y"]}), "its variant 'cu12' is not valid"),
        (variant_wheel("cu12", CUDA_12, document={"a": 1}), "it has no object 'variants'"),
    ],
    ids=["missing", "of others", "invalid", "something else"],
)
def test_a_variant_wheel_without_a_description_is_left_out(file: Built, reason: str) -> None:
    site = MemorySite({})
    report = run(store_of(NULL, file), site)

    ((name, text),) = [(x.filename, x.reason) for x in report.refused]
    assert name == file[0]
    assert text.startswith("its variant.json cannot be used: ")
    assert reason in text
    assert json.loads(site.pages[PATH])["variants"].keys() == {"null"}


def test_wheels_that_contradict_each_other_are_reported() -> None:
    other = variants_json(cu12=CUDA_12)
    other["providers"]["nvidia"] = {"requires": ["other"]}
    site = MemorySite({})
    report = run(store_of(THIRTEEN, variant_wheel("cu12", CUDA_12, document=other)), site)

    assert report.contradictory == ("acme-kern==1.0: 'providers.nvidia' differs",)
    (warning,) = index_warnings(report)
    assert "contradict each other in variant.json" in warning
    assert PATH not in site.pages


def test_the_site_may_be_in_a_folder() -> None:
    site = MemorySite({})
    run(store_of(NULL), site, '[site]\npath = "pypi"')

    assert offered(site)[NAME]["url"] == f"../../../pypi/{PATH}"


def test_pages_for_people_say_what_a_variant_needs() -> None:
    site = MemorySite({})
    run(store_of(NULL, TWELVE), site)
    page = site.pages["project/acme-kern/index.html"].decode()

    assert "Python 3 · any system · cu12: nvidia :: cuda_version_lower_bound :: 12.0" in page
    assert "null: needs nothing" in page
