"""The live check, against the emulator: it answers as GitHub is expected to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import live_check
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Site

REPOSITORY = "acme/scratch"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path) as emulator:
        emulator.add_organization("acme", owners=["ann"])
        repository = emulator.add_repository(REPOSITORY)
        repository.commit_files({"index.html": "", ".nojekyll": ""}, branch="gh-pages")
        repository.site = Site()
        yield emulator


def run(github: Emulator, folder: Path, *arguments: str) -> tuple[int, dict[str, str], str]:
    """Run all checks; return the exit code, the outcomes and the report."""
    report, document = folder / "report.md", folder / "report.json"
    environment = {"GHPYPI_TOKEN": github.add_token("ann"), "GITHUB_API_URL": github.api_url}
    files = ["--report", str(report), "--json", str(document), "--wait", "0"]
    code = live_check.main([REPOSITORY, *files, *arguments], environment)
    found = json.loads(document.read_text())
    return code, {x["name"]: x["outcome"] for x in found["checks"]}, report.read_text()


def test_the_emulator_answers_every_question_and_only_the_immutable_release_stays(
    github: Emulator, tmp_path: Path
) -> None:
    code, outcomes, report = run(github, tmp_path)

    assert set(outcomes.values()) == {"same"}, report
    assert len(outcomes) == len(live_check.CHECKS)
    assert code == 0
    assert not github.repository(REPOSITORY).immutable_releases
    assert all(one.immutable for one in github.repository(REPOSITORY).releases)
    assert "| asset-redirect | same |" in report


def test_another_answer_is_a_difference_and_the_other_checks_are_made(
    github: Emulator, tmp_path: Path
) -> None:
    github.faults.add(Fault.status(500, path="/pages", times=9))
    code, outcomes, report = run(github, tmp_path)

    assert code == 3
    assert [name for name, outcome in outcomes.items() if outcome != "same"] == ["pages-build"]
    assert "has status 500 instead of 200" in report


def test_only_a_repository_for_experiments_is_written_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert live_check.main(["acme/pypi"], {"GHPYPI_TOKEN": "t"}) == 2
    assert 'has no "scratch" in its name' in capsys.readouterr().err
    assert live_check.main([REPOSITORY], {}) == 4
