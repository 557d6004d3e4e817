"""Upload times of the files of a copied folder: those of the catalog, not of the copies."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ghpypi.core.secret import Secret
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.support.packages import publish_files, replace_asset, sdist, wheel
from tests.support.served_stores import served_folder

WHEEL = wheel()
SDIST = sdist()
UPLOADED = 1_700_000_000
PUBLISHED = "2023-11-14T22:13:20Z"


def set_times(root: Path, seconds: float) -> None:
    for path in root.glob("files/*/*"):
        os.utime(path, (seconds, seconds))


@pytest.fixture
def copied(bench: Bench) -> Path:
    """A copy of an indexed folder, whose files are as new as the copy."""
    original, copy = bench.folder / "original", bench.folder / "copy"
    publish_files(DirectoryStore(original), [WHEEL, SDIST])
    set_times(original, UPLOADED)
    assert bench.run("index", "-q", "--store", str(original)).code == 0
    assert {*times(original).values()} == {PUBLISHED}
    shutil.copytree(original, copy)
    set_times(copy, UPLOADED + 1_000_000)
    bench.set(GHPYPI_STORE=str(copy))
    return copy


def times(root: Path, page: str = "simple/acme-lib/index.json") -> dict[str, Any]:
    files = json.loads((root / page).read_bytes())["files"]
    return {file["filename"]: file["upload-time"] for file in files}


@pytest.mark.parametrize("options", [(), ("--full",)], ids=["index", "full"])
def test_files_of_a_copied_folder_keep_their_upload_times(
    bench: Bench, copied: Path, options: tuple[str, ...]
) -> None:
    before = {path: (copied / path).read_bytes() for path in ("index.html", "feed.xml")}
    assert bench.run("index", "-q", *options).code == 0

    assert {*times(copied).values()} == {PUBLISHED}
    about = json.loads((copied / "pypi/acme-lib/json").read_bytes())
    assert {each["upload_time_iso_8601"] for each in about["urls"]} == {PUBLISHED}
    assert before == {path: (copied / path).read_bytes() for path in before}
    assert bench.run("index", "-q", "--check").code == 0


def test_a_copied_folder_is_served_with_the_published_upload_times(copied: Path) -> None:
    served_store = served_folder(copied)
    assert served_store.upload_target is not None
    served_store.upload_target.start_index(Secret(""))
    served_store.load(None)

    page = json.loads(served_store.page("simple/acme-lib/index.json", None) or b"")
    assert {file["upload-time"] for file in page["files"]} == {PUBLISHED}


def test_replaced_content_has_a_time_of_its_own(bench: Bench, copied: Path) -> None:
    replace_asset(DirectoryStore(copied), wheel(text="other"))
    set_times(copied, UPLOADED + 2_000_000)
    assert bench.run("index", "-q").code == 0

    assert times(copied) == {WHEEL[0]: "2023-12-08T01:46:40Z", SDIST[0]: PUBLISHED}


def test_a_file_that_moved_to_another_release_keeps_its_time(bench: Bench, copied: Path) -> None:
    (copied / "files/acme-lib-1.0").rename(copied / "files/v1.0")
    assert bench.run("index", "-q").code == 0

    assert {*times(copied).values()} == {PUBLISHED}


def test_retention_counts_from_the_published_upload_times(bench: Bench, copied: Path) -> None:
    set_times(copied, time.time())
    (copied / "ghpypi.toml").write_text('[retention]\n"*" = { older-than = "90d" }\n')
    assert bench.run("index", "-q", "--allow-shrink").code == 0

    assert bench.run("list").out == ""


def test_retention_takes_replaced_content_for_new(bench: Bench, copied: Path) -> None:
    replace_asset(DirectoryStore(copied), wheel(text="other"))
    set_times(copied, time.time())
    (copied / "ghpypi.toml").write_text('[retention]\n"*" = { older-than = "90d" }\n')
    assert bench.run("index", "-q").code == 0

    assert times(copied).keys() == {WHEEL[0], SDIST[0]}


def test_without_a_catalog_the_times_of_the_files_count(bench: Bench, copied: Path) -> None:
    (copied / "catalog.jsonl").unlink()
    assert bench.run("index", "-q", "--adopt").code == 0
    assert {*times(copied).values()} == {"2023-11-26T12:00:00Z"}
