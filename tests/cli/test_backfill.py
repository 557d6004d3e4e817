"""`ghpypi backfill`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Bench, Outcome, without_counts
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import sdist, sidecar_of, wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Dist: new-dependency")
REBUILT = wheel("acme_lib", "1.0", "Requires-Dist: newer-dependency")
W = WHEEL[0]
SIDECAR = sidecar_of(WHEEL)
FOLDER = "index/files/acme-lib-1.0"


@pytest.fixture
def folder(bench: Bench) -> Path:
    """A folder store whose one wheel has no metadata file."""
    bench.set(GHPYPI_STORE="./index")
    written(bench.folder / FOLDER, WHEEL)
    return bench.folder / FOLDER


@pytest.fixture
def repository(github: Emulator) -> Repository:
    """A repository with a release that another tool made, and an immutable one."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    add_index_workflow(repository)
    release = repository.add_release("acme-lib-1.0")
    for file in (WHEEL, (SIDECAR[0], b"of another wheel"), sdist("acme_lib", "1.0")):
        release.add_asset(*file)
    repository.add_release("acme-lib-1.1").add_asset(*wheel("acme_lib", "1.1"))
    frozen = repository.add_release("acme-lib-1.2", immutable=True)
    frozen.add_asset(*wheel("acme_lib", "1.2"))
    return repository


def held(repository: Repository, tag: str) -> dict[str, bytes]:
    release = repository.release(tag)
    assert release is not None
    return {asset.name: asset.blob.read() for asset in release.assets}


def test_a_folder_gets_its_metadata_files_and_its_index(bench: Bench, folder: Path) -> None:
    outcome = bench.run("backfill", "-q")

    assert without_counts(outcome) == Outcome(
        0,
        f"added  {SIDECAR[0]}  release acme-lib-1.0\n1 file compared, 0 already correct\n"
        f"added: {W}\n1 project, 1 file\nwrote pages\n",
        "",
    )
    assert (folder / SIDECAR[0]).read_bytes() == SIDECAR[1]
    assert "core-metadata" in (bench.folder / "index/simple/acme-lib/index.html").read_text()


def test_a_wheel_copied_over_another_gets_its_own_metadata_file(bench: Bench, folder: Path) -> None:
    bench.run("backfill")
    written(folder, REBUILT)
    outcome = bench.run("backfill", "-q")

    assert outcome.out.startswith(f"replaced  {SIDECAR[0]}  release acme-lib-1.0\n")
    assert (folder / SIDECAR[0]).read_bytes() == sidecar_of(REBUILT)[1]
    assert bench.run("backfill", "-q").out.startswith("1 file compared, 1 already correct\n")


def test_a_dry_run_writes_nothing(bench: Bench, folder: Path) -> None:
    assert bench.run("backfill", "--dry-run", "-q") == Outcome(
        0,
        f"would add  {SIDECAR[0]}  release acme-lib-1.0\n1 file compared, 0 already correct\n",
        "",
    )
    assert [path.name for path in (bench.folder / "index").rglob("*") if path.is_file()] == [W]


def test_json_says_everything(bench: Bench, folder: Path) -> None:
    written(folder, ("broken-1.0-py3-none-any.whl", b"?"))
    outcome = bench.run("backfill", "--no-rebuild", "--json", "-q")
    document = json.loads(outcome.out)
    broken = next(x for x in document["files"] if x["filename"] != W)

    assert outcome.code == 0
    assert document == {
        "version": 1,
        "store": document["store"],
        "dry-run": False,
        "changed": True,
        "files": document["files"],
        "present": 0,
        "provenance": [],
        "immutable-releases": 0,
        "index": None,
    }
    assert {"tag": "acme-lib-1.0", "filename": W, "outcome": "added", "reason": ""} in document[
        "files"
    ]
    assert (broken["outcome"], broken["reason"][:28]) == ("invalid", "it is not a readable archive")
    assert "warning: broken-1.0-py3-none-any.whl (release acme-lib-1.0): it is" in outcome.err


def test_a_tag_that_is_not_there_is_not_found(bench: Bench, folder: Path) -> None:
    outcome = bench.run("backfill", "nope", "-q")

    assert outcome.code == 5
    assert "has no release nope; nothing was written" in outcome.err


def test_a_repository_gets_its_metadata_files_and_its_workflow_is_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run("backfill", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert sorted(outcome.out.splitlines()) == [
        "2 files compared, 0 already correct; immutable releases skipped: 1",
        "added     acme_lib-1.1-py3-none-any.whl.metadata  release acme-lib-1.1",
        f"replaced  {SIDECAR[0]}  release acme-lib-1.0",
    ]
    assert held(repository, "acme-lib-1.0")[SIDECAR[0]] == SIDECAR[1]
    assert len(held(repository, "acme-lib-1.1")) == 2
    assert len(held(repository, "acme-lib-1.2")) == 1
    assert len(github.dispatches) == 1


def test_a_repository_that_is_indexed_is_not_read_again(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("backfill", "--rebuild")
    github.clear_log()
    outcome = bench.run("backfill", "--no-rebuild", "-q")

    assert outcome.out == "2 files compared, 2 already correct; immutable releases skipped: 1\n"
    assert github.requests_to("cdn") == github.requests_to("uploads") == []


def test_wheels_that_do_not_arrive_are_reported_with_exit_code_7(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(200, body="something else", origin="cdn", times=99))
    outcome = bench.run("backfill", "--no-rebuild", "-q")

    assert outcome.code == 7
    assert outcome.err.endswith(
        "error: 2 files could not be read\nhint: run the same command again later\n"
    )


def test_metadata_files_that_cannot_be_written_are_reported_with_exit_code_1(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(
        Fault.status(422, body='{"message": "file_count limited"}', origin="uploads", times=99)
    )
    outcome = bench.run("backfill", "acme-lib-1.1", "--no-rebuild", "-q")

    assert outcome.code == 1
    assert outcome.err.endswith("error: metadata files of 1 file could not be written\n")
