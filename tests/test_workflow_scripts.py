"""The shell scripts of the workflow that verifies an index, run as a runner would."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.sample import samples
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.workflows import WorkflowOptions, render
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.support.folder_server import serving
from tests.support.packages import publish_files
from tests.support.reporters import MemoryReporter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the workflow runs on Linux")

ISSUES = "repos/acme/pypi/issues"
_SCRIPT = re.compile(r"run: \|\n((?: {10}.*\n|\n)+)")
_GH = """\
#!/bin/sh
printf '%s\\n' "$GH_HOST $*" >> "$GH_LOG"
case "$*" in
  *--paginate*) printf '%s' "$GH_FOUND" ;;
  *pages*) echo https://acme.example/pypi ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script came to."""

    code: int
    output: str
    said: str


class Runner:
    """A folder like that of a runner, with a `gh` that writes down what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = folder / "programs"
        self._programs.mkdir()
        gh = self._programs / "gh"
        gh.write_text(_GH)
        gh.chmod(0o755)
        (folder / "temp").mkdir()

    def run(self, number: int, *, url: str = "", **variables: str) -> Ran:
        script = _SCRIPT.findall(render("verify", WorkflowOptions(url=url)))[number]
        output, asked = self._folder / "output", self._folder / "asked"
        output.write_text("")
        asked.write_text("")
        own = {
            "GH_LOG": str(asked),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "acme/pypi",
            "GITHUB_SERVER_URL": "https://github.example",
            "PATH": f"{self._programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self._folder / "temp"),
        }
        done = subprocess.run(
            ["bash", "-e", "-c", dedent(script)],
            capture_output=True, check=False, env={**os.environ, **own, **variables}, text=True,
        )  # fmt: skip
        said = asked.read_text() + done.stdout + done.stderr
        return Ran(done.returncode, output.read_text(), said)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "runner"
    folder.mkdir()
    return Runner(folder)


def report(
    runner: Runner, result: str, *, found: str = "", broken: str = "", verified: str = "success"
) -> list[str]:
    """Run the last script, and give what `gh` was asked for after the list of issues."""
    ran = runner.run(
        2, RESULT=result, BROKEN=broken, VERIFIED=verified, GH_FOUND=found, TITLE="Broken",
        RUN_URL="https://run",
    )  # fmt: skip

    assert ran.code == 0
    return [line.removeprefix("github.example ") for line in ran.said.splitlines()][1:]


def test_an_issue_is_opened_when_installing_breaks(runner: Runner) -> None:
    assert report(runner, "failure", broken=" pip:acme-lib") == [
        (
            f"api --silent {ISSUES} --raw-field title=Broken "
            "--raw-field body=Installing failed: pip:acme-lib. See https://run"
        )
    ]


def test_an_issue_that_is_open_is_updated(runner: Runner) -> None:
    assert report(runner, "failure", found="7\n12\n", verified="failure") == [
        (
            f"api --silent --method PATCH {ISSUES}/7 "
            "--raw-field body='ghpypi verify' failed. See https://run"
        )
    ]


def test_an_issue_is_closed_when_it_works_again(runner: Runner) -> None:
    assert report(runner, "success", found="7") == [
        f"api --silent {ISSUES}/7/comments --raw-field body=It works again: https://run",
        f"api --silent --method PATCH {ISSUES}/7 --raw-field state=closed",
    ]


def test_no_issue_is_opened_without_a_failure(runner: Runner) -> None:
    assert report(runner, "success") == []


def test_the_address_of_the_index_is_requested_where_it_is_not_given(runner: Runner) -> None:
    asked = runner.run(0, SITE_URL="", INDEX_PATH="simple/")
    said = runner.run(0, SITE_URL="https://acme.example/x/", INDEX_PATH="whl/")

    assert asked.output == "url=https://acme.example/pypi/simple/\n"
    assert "github.example api repos/acme/pypi/pages" in asked.said
    assert said.output == "url=https://acme.example/x/whl/\n"
    assert said.said == ""


@pytest.mark.e2e
@pytest.mark.nightly
@pytest.mark.skipif(not shutil.which("jq"), reason="runners of GitHub have jq")
def test_what_is_published_is_installed_and_what_is_broken_is_reported(
    runner: Runner, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    store, settings = DirectoryStore(index), SiteSettings(config=Config(), address="")
    publish_files(store, list(samples().items()), "samples")
    build_index(store, DirectorySite(index), settings, MemoryReporter(), IndexOptions())
    with serving(index) as server:
        address = server.address
        url = f"{address}simple/"
        good = runner.run(1, INDEX_URL=url, REQUIREMENTS="")
        next(index.rglob("sample_hello*.whl")).write_bytes(b"junk")
        bad = runner.run(1, INDEX_URL=url, REQUIREMENTS="")
        gone = runner.run(1, INDEX_URL=f"{address}nowhere/", REQUIREMENTS="")

    assert (good.code, good.output) == (0, "broken=\n")
    assert "Successfully installed sample-hello" in good.said
    assert (bad.code, bad.output) == (1, "broken= pip:sample-hello uv:sample-hello\n")
    assert (gone.code != 0, gone.output) == (True, "")
