"""Index runs whose files are read, and whose pages are rendered, in child processes."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset
from ghpypi.core.progress import BYTES
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index import judging
from ghpypi.jobs.index.budget import Batch, StopRequest
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import Advance
from ghpypi.processes import Processes
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.support.packages import Built, publish_files, sdist, sidecar_of, wheel
from tests.support.reporters import MemoryReporter

HERE = os.getpid()
DEPENDENT = "Requires-Dist: Acme.Lib>=1\nRequires-Dist: requests; extra == 'net'\nSummary: Äther\n"
TOML = """
[variants]
pattern = "cu[0-9]+"

[indexes.some]
include = ["acme-lib", "acme-tool"]

[yanked.acme-lib]
"1.3" = "broken"
"""


def files() -> Iterator[Built]:
    for n in range(8):
        yield (lib := wheel("acme_lib", f"1.{n}"))
        yield sidecar_of(lib)
        yield sdist("acme_tool", f"2.{n}", DEPENDENT)
        yield wheel("acme_gpu", f"3.{n}+cu{120 + n % 2}", DEPENDENT)
    name, content = wheel("acme_lib", "9.0")
    yield name, content[: len(content) // 2]
    yield sidecar_of(wheel("acme_lib", "1.0", "Summary: other\n"))


class CountingStore(DirectoryStore):
    """A folder that notes which files this process opens."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened: list[str] = []

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        self.opened.append(asset.name)
        return super().stream(asset)


class Unreadable(DirectoryStore):
    """A folder that no other process can read."""

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        if os.getpid() != HERE:
            os._exit(1)
        return super().stream(asset)


class Stopping(MemoryReporter):
    """Asks a run to end when it has read some files."""

    def __init__(self, stop: StopRequest, files: int) -> None:
        super().__init__()
        self._stop = stop
        self._left = files

    @contextmanager
    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> Iterator[Advance]:
        def counted(number: int) -> None:
            advance(number)
            self._left -= number if label == "reading" else 0
            if self._left <= 0:
                self._stop.request()

        with super().progress(label, total, unit=unit) as advance:
            yield counted


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with Processes(2, enough=1) as started:
        yield started


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    publish_files(CountingStore(tmp_path / "store"), dict(files()), "v1")
    store = CountingStore(tmp_path / "store")
    publish_files(store, [wheel(f"single_{n}", "1.0") for n in range(9)], "v2")
    return store


def run(
    store: DirectoryStore,
    site: Path,
    processes: Processes,
    options: IndexOptions | None = None,
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(TOML), address="https://acme.example/pypi/")
    return build_index(
        store,
        DirectorySite(site),
        settings,
        reporter or MemoryReporter(),
        options or IndexOptions(),
        processes=processes,
    )


def contents(root: Path) -> dict[str, bytes]:
    return {str(x.relative_to(root)): x.read_bytes() for x in root.rglob("*") if x.is_file()}


def progress(reporter: MemoryReporter) -> list[tuple[str, int]]:
    """Return what was shown as progress, with the counts at the end."""
    states = [task.state() for task in reporter.tasks]
    return [(state.label.partition(" ")[0], state.done) for state in states]


def whole(store: DirectoryStore, site: Path) -> dict[str, bytes]:
    """Return the site as one process makes it."""
    run(store, site, Processes(1))
    return contents(site)


def test_the_site_is_the_same_as_without_child_processes(
    store: CountingStore, processes: Processes, tmp_path: Path
) -> None:
    one, two = MemoryReporter(), MemoryReporter()
    expected = run(store, tmp_path / "one", Processes(1), reporter=one)
    opened = len(store.opened)
    found = run(store, tmp_path / "two", processes, reporter=two)

    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert (found.refused, found.remarks, found.read) == (
        expected.refused, expected.remarks, expected.read,
    )  # fmt: skip
    assert {each.filename for each in found.refused} == {
        "acme_lib-9.0-py3-none-any.whl",
        "acme_lib-1.0-py3-none-any.whl.metadata",
    }
    assert two.warnings == one.warnings
    assert progress(two) == progress(one)
    assert opened
    assert len(store.opened) == opened  # no file was opened in this process


def test_pages_are_rendered_again_as_without_child_processes(
    store: CountingStore, processes: Processes, tmp_path: Path
) -> None:
    expected = whole(store, tmp_path / "one")
    page = tmp_path / "one/project/acme-lib/index.html"
    page.write_text("changed")
    run(store, tmp_path / "one", processes, IndexOptions(full=True))

    assert contents(tmp_path / "one") == expected


def test_batches_are_published_one_after_the_other(
    store: CountingStore, processes: Processes, tmp_path: Path
) -> None:
    report = run(store, tmp_path / "two", processes, IndexOptions(batch=Batch(files=7)))

    assert (report.read, report.remaining) == (34, 0)
    assert contents(tmp_path / "two") == whole(store, tmp_path / "one")


def test_a_run_that_is_asked_to_end_publishes_what_it_has_read_and_the_next_goes_on(
    store: CountingStore, processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "TASK_FILES", 4)
    # It is asked to end at 0, and 2 seconds later files have had their time, but not projects.
    stop = StopRequest(chain([0.0], repeat(2.0)).__next__)
    stopped = IndexOptions(stop=stop)
    report = run(store, tmp_path / "two", processes, stopped, Stopping(stop, 4))

    assert 0 < report.files < 30
    assert report.remaining == 34 - report.read
    assert run(store, tmp_path / "two", processes).remaining == 0
    assert contents(tmp_path / "two") == whole(store, tmp_path / "one")


def test_files_that_a_child_process_cannot_read_are_read_in_this_one(
    store: CountingStore, tmp_path: Path
) -> None:
    with Processes(1, enough=1) as processes:
        run(Unreadable(tmp_path / "store"), tmp_path / "two", processes)

    assert contents(tmp_path / "two") == whole(store, tmp_path / "one")
