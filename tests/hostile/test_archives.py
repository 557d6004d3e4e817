"""Every hostile file through every entrance: a clear answer, little memory, and no other harm.

The budget of memory is counted by `tracemalloc`, so that it does not depend on the machine.
"""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.hostile.kinds import ARCHIVES, FILENAMES, METADATA, Hostile
from tests.server.uploading import UploadServer, publishing
from tests.support.packages import wheel
from tests.support.reporters import MemoryReporter

KINDS = {**ARCHIVES, **{f"metadata: {name}": kind for name, kind in METADATA.items()}}
GOOD = wheel("good", "1.0")
BUDGET = 48 << 20
"""Bytes, beside a few copies of the file itself that the tests hold. The largest part is a table of
contents as large as it may be."""
COPIES = 5


@pytest.fixture(params=KINDS)
def hostile(request: pytest.FixtureRequest) -> Hostile:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadServer]:
    with publishing(tmp_path_factory.mktemp("press") / "in") as uploads:
        yield uploads


@contextmanager
def little_memory(hostile: Hostile, content: bytes) -> Iterator[None]:
    if not hostile.bomb:
        yield
        return
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < BUDGET + COPIES * len(content)


def indexed(folder: Path) -> IndexReport:
    settings = SiteSettings(config=Config(), address="https://example.org/")
    return build_index(
        DirectoryStore(folder), DirectorySite(folder), settings, MemoryReporter(), IndexOptions()
    )


def stored(folder: Path, name: str, content: bytes) -> Path:
    """Put a hostile file into a folder store by hand, beside a good one."""
    release = folder / "files" / "by-hand"
    release.mkdir(parents=True)
    (release / name).write_bytes(content)
    (release / GOOD[0]).write_bytes(GOOD[1])
    return release


def test_the_command_line_accepts_or_refuses_it(bench: Bench, hostile: Hostile) -> None:
    content = hostile.make()
    (bench.folder / hostile.name).write_bytes(content)
    with little_memory(hostile, content):
        outcome = bench.run("upload", hostile.name, "--store", "./index", "--no-rebuild")

    assert "Traceback" not in outcome.err
    assert outcome.code == (0 if hostile.accepted else 1)
    assert (bench.folder / "index").exists() == hostile.accepted
    assert f"{hostile.name}: " in outcome.err or hostile.accepted
    assert "\x1b" not in outcome.err


def test_the_index_offers_the_rest_and_reports_it(tmp_path: Path, hostile: Hostile) -> None:
    content = hostile.make()
    stored(tmp_path, hostile.name, content)
    with little_memory(hostile, content):
        report = indexed(tmp_path)

    assert report.files == 1 + hostile.offered
    assert [each.filename for each in report.refused] == ([] if hostile.offered else [hostile.name])
    assert (tmp_path / "simple/good/index.html").exists()


def test_the_server_accepts_or_refuses_it(uploads: UploadServer, hostile: Hostile) -> None:
    content = hostile.make()
    with little_memory(hostile, content):
        answer = uploads.upload((hostile.name, content))

    assert answer.status_code in ({200, 400} if hostile.accepted else {400})
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", FILENAMES, ids=ascii)
def test_the_command_line_refuses_a_name_that_is_none(bench: Bench, name: str) -> None:
    (bench.folder / name).write_bytes(GOOD[1])
    outcome = bench.run("upload", str(bench.folder / name), "--store", "./index", "--no-rebuild")

    assert outcome.code == 1
    assert "Traceback" not in outcome.err
    assert not (bench.folder / "index").exists()


@pytest.mark.parametrize("name", FILENAMES, ids=ascii)
def test_the_index_leaves_out_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    stored(tmp_path, name, GOOD[1])
    report = indexed(tmp_path)

    assert report.files == 1
    assert (tmp_path / "simple/good/index.html").exists()


@pytest.mark.parametrize("name", [*FILENAMES, "../evil-1.0.tar.gz", "a/b-1.0.tar.gz"], ids=ascii)
def test_the_server_refuses_a_name_that_is_none(uploads: UploadServer, name: str) -> None:
    before = uploads.left_files()  # uploads of other tests, on their way to publication
    answer = uploads.upload((name.encode("utf-8", "replace").decode(), GOOD[1]))

    assert answer.status_code == 400
    assert {*uploads.left_files()} <= {*before}
