"""`ghpypi stats`."""

import io
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from ghpypi.core.download_history import DOWNLOADS_PATH, DownloadHistory
from ghpypi.core.names import normalize
from tests.cli.conftest import Bench, Outcome
from tests.emulator import Emulator
from tests.support.index_workflow import add_index_repository
from tests.support.packages import sdist, wheel, written

WHEELS = [wheel("acme_lib", "1.0"), wheel("acme_lib", "1.1"), wheel("other", "0.1")]
SDIST = sdist("acme_lib", "1.0")
COUNTS = {WHEELS[0][0]: 1234, SDIST[0]: 7, WHEELS[1][0]: 20, WHEELS[2][0]: 5000}


@pytest.fixture
def counted(bench: Bench, github: Emulator) -> Bench:
    """A bench with an index of files that were downloaded."""
    github.counts_downloads = False  # those of our own index runs
    repository = add_index_repository(github)
    for file in (*WHEELS, SDIST):
        written(bench.folder / "dist", file)
    bench.run("upload", "dist", "--no-rebuild")
    for release in repository.releases:
        for asset in release.assets:
            asset.download_count = COUNTS.get(asset.name, 0)
    assert bench.run("index", "--refresh").code == 0
    return bench


def test_projects_are_sorted_by_downloads(counted: Bench) -> None:
    assert counted.run("stats") == Outcome(
        0, "other     5,000 downloads  1 version\nacme-lib  1,227 downloads  2 versions\n", ""
    )


def test_versions_of_a_project_and_files_of_a_version_are_counted(counted: Bench) -> None:
    assert counted.run("stats", "Acme_Lib").out == (
        "1.0  1,207 downloads  2 files\n1.1  20 downloads     1 file\n"
    )
    assert counted.run("stats", "acme-lib==1").out == (
        f"{WHEELS[0][0]}  1,200 downloads\n{SDIST[0]}            7 downloads\n"
    )


def test_counts_are_documents_for_programs(counted: Bench) -> None:
    assert json.loads(counted.run("stats", "--json").out) == {
        "version": 1,
        "downloads": 6227,
        "week": None,
        "project": None,
        "projects": [
            {"name": "other", "downloads": 5000, "versions": 1, "files": 1, "last-week": None},
            {"name": "acme-lib", "downloads": 1227, "versions": 2, "files": 3, "last-week": None},
        ],
    }
    assert json.loads(counted.run("stats", "acme-lib==1.1", "--json").out) == {
        "version": 1,
        "downloads": 20,
        "week": None,
        "projects": [],
        "project": {
            "name": "acme-lib",
            "downloads": 20,
            "weeks": [],
            "versions": [
                {
                    "version": "1.1",
                    "downloads": 20,
                    "files": [{"filename": WHEELS[1][0], "downloads": 20}],
                }
            ],
        },
    }


def test_unknown_projects_and_versions_are_not_found(counted: Bench) -> None:
    unknown, no_version = counted.run("stats", "nothing"), counted.run("stats", "other==9")

    assert (unknown.code, no_version.code) == (5, 5)
    assert "has no project 'nothing'" in unknown.err
    assert "it has 0.1" in no_version.err


def test_a_folder_says_that_it_does_not_count(bench: Bench) -> None:
    written(bench.folder / "dist", WHEELS[2])
    bench.run("upload", "dist", "--store", "./index")
    outcome = bench.run("stats", "--store", "./index")

    assert outcome.out == "other  0 downloads  1 version\n"
    assert outcome.err == "./index does not count downloads; only releases on GitHub do\n"


def test_a_site_in_a_folder_can_be_read(counted: Bench) -> None:
    counted.run("index", "--output", "site", "--refresh")

    assert counted.run("stats", "other", "--site", "site").out == "0.1  5,000 downloads  1 file\n"


@pytest.fixture
def recorded(counted: Bench) -> Path:
    """The downloads of three weeks, on a site in a folder."""
    counted.run("index", "--output", "site", "--refresh")
    history = DownloadHistory()
    for week, count in enumerate((1000, 1200, 1232)):
        day = date(2026, 11, 2) + timedelta(weeks=week)
        history = history.with_counts(day, {normalize("acme-lib"): count})
    path = counted.folder / "site" / DOWNLOADS_PATH
    path.write_bytes(history.dump())
    return path


def test_downloads_of_weeks_are_shown(counted: Bench, recorded: Path) -> None:
    assert recorded.exists()
    assert counted.run("stats", "--site", "site").out == (
        "other     5,000 downloads                  1 version\n"
        "acme-lib  1,227 downloads  32 in 2026-W46  2 versions\n"
    )
    assert counted.run("stats", "acme-lib", "--site", "site").out == (
        "1.0  1,207 downloads  2 files\n1.1  20 downloads     1 file\n"
        "\n2026-W45  200 downloads\n2026-W46  32 downloads\n"
    )
    document = json.loads(counted.run("stats", "acme-lib", "--site", "site", "--json").out)

    assert document["project"]["weeks"] == [
        {"week": "2026-W45", "downloads": 200},
        {"week": "2026-W46", "downloads": 32},
    ]


def test_a_damaged_record_is_a_warning(counted: Bench, recorded: Path) -> None:
    recorded.write_bytes(b"{}")
    outcome = counted.run("stats", "acme-lib", "--site", "site")

    assert outcome.code == 0
    assert outcome.out.startswith("1.0  1,207 downloads")
    assert "warning: cannot read downloads.json of the site: " in outcome.err


class Terminal(io.TextIOWrapper):
    """Standard output that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "█"), ("ascii", "#"), ("cp1252", "#")])
def test_a_terminal_gets_bars_in_characters_that_it_can_print(
    counted: Bench, monkeypatch: pytest.MonkeyPatch, encoding: str, bar: str
) -> None:
    written_bytes = io.BytesIO()
    terminal = Terminal(written_bytes, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    code = counted.run("stats").code
    terminal.flush()
    first, second = written_bytes.getvalue().decode(encoding).splitlines()

    assert code == 0
    assert first == f"other     5,000 downloads  1 version   {bar * 20}"
    assert second.count(bar) == 4
    assert len(first) < 60
