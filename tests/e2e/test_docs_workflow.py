"""The workflow that publishes the documentation, in `act`."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.core.project import REPOSITORY
from tests.e2e.machine import Machine, machine
from tests.e2e.organization import clone
from tests.e2e.runner import ROOT, Runner, actions
from tests.emulator import Emulator

__all__ = ["actions", "machine"]  # fixtures

WORKFLOW = ".github/workflows/docs.yml"


@pytest.mark.nightly
@pytest.mark.skipif(sys.platform == "win32", reason="the jobs run on Linux")
def test_the_documentation_and_the_demo_index_are_published(
    tmp_path: Path, actions: Path, machine: Machine
) -> None:
    """It installs Sphinx, and builds ghpypi itself for the demo index."""
    home, workspace, folder = tmp_path / "home", tmp_path / "checkout", tmp_path / "github"
    home.mkdir()
    folder.mkdir()
    with Emulator(folder) as github:
        owner, _ = REPOSITORY.split("/")
        github.add_organization(owner)
        github.add_user("github-actions[bot]")
        repository = github.add_repository(REPOSITORY)
        repository.commit_files(checked_out())
        clone(repository, workspace)
        runner = Runner(
            github=github, workspace=workspace, home=home, actions=actions, name=REPOSITORY,
            machine=replace(machine, pip_settings=Path(os.devnull)),
        )  # fmt: skip
        token = github.add_token("github-actions[bot]", installation=REPOSITORY)
        runner.run("push", token, {"ref": "refs/heads/main"})
    pages = home / "pages"

    assert (pages / "index.html").is_file()
    assert (pages / "reference/cli/index.html").is_file()
    assert (pages / "reference/schemas/ghpypi.toml.json").is_file()
    assert (pages / "demo/simple/ghpypi/index.html").is_file()
    assert (home / "deployed").is_file()


def checked_out() -> dict[str, bytes | str]:
    """Return the files of this checkout, and of the workflows only that for the documentation."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    names = [name for name in listing.split("\0") if name and (ROOT / name).is_file()]
    return {
        name: (ROOT / name).read_bytes()
        for name in names
        if not name.startswith((".github/workflows/", "tests/")) or name == WORKFLOW
    }
