"""The release workflow: its scripts with the real `gh`, and in the nightly run all in `act`."""

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ghpypi.core.project import MAJOR_TAG, REPOSITORY, VERSION_TAG
from tests.e2e.https import https
from tests.e2e.machine import Machine, machine
from tests.e2e.organization import clone
from tests.e2e.runner import PLATFORMS, ROOT, SCRIPTS, Runner, actions
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.released_action import add_released_action

__all__ = ["actions", "machine"]  # fixtures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the jobs run on Linux")

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
JOBS: dict[str, Any] = YAML(typ="safe", pure=True).load(WORKFLOW)["jobs"]
NOTES = "### Added\n\n- the first release\n"
IN_FULL = bool(os.environ.get("GHPYPI_RELEASE_WORKFLOW"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job on a runner, with a repository of the emulator.

    Attributes:
        folder: The workspace.
        repository: The repository of ghpypi, with the tag of the release.
        environment: What `gh` needs.
    """

    folder: Path
    repository: Repository
    environment: Mapping[str, str]

    def run(self, job: str, step: str, tag: str = VERSION_TAG) -> str:
        """Run the script of a step; return what it logged."""
        (script,) = [x["run"] for x in JOBS[job]["steps"] if x.get("name", "").startswith(step)]
        output = self.folder / "output"
        output.write_text("")
        variables = {
            "GH_REPO": REPOSITORY,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF_NAME": tag,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": str(self.repository.head("main")),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder, env={**self.environment, **variables},
            capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr + output.read_text()

    def ref(self, tag: str) -> str | None:
        return self.repository.git.ref(f"refs/tags/{tag}")


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path) as emulator:
        add_released_action(emulator)
        emulator.add_user("github-actions[bot]")
        yield emulator


@pytest.fixture
def trusted(github: Emulator, tmp_path: Path) -> Iterator[dict[str, str]]:
    with trusted_https(github, tmp_path) as environment:
        yield environment


@contextmanager
def trusted_https(github: Emulator, folder: Path) -> Iterator[dict[str, str]]:
    """Serve the emulator over HTTPS; its certificate is beside those that the system trusts."""
    with https(github, folder) as told:
        bundle = folder / "trusted.pem"
        known = ssl.get_default_verify_paths().cafile
        files = [Path(told["SSL_CERT_FILE"]), *([Path(known)] if known else [])]
        bundle.write_bytes(b"".join(path.read_bytes() for path in files))
        yield {**told, "SSL_CERT_FILE": str(bundle)}


@pytest.fixture
def job(github: Emulator, trusted: dict[str, str], tmp_path: Path) -> Job:
    folder = tmp_path / "workspace"
    for name, content in {
        "dist/a-1.whl": "wheel", "dist/a-1.tar.gz": "sdist", "notes/notes.md": NOTES,
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    token = github.add_token("github-actions[bot]", installation=REPOSITORY)
    environment = {
        "GH_ENTERPRISE_TOKEN": token,
        "GH_TOKEN": token,
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join([str(SCRIPTS), os.environ["PATH"]]),
        **trusted,
    }
    return Job(folder=folder, repository=github.repository(REPOSITORY), environment=environment)


def test_a_release_has_what_was_built_and_the_notes_and_is_made_once(job: Job) -> None:
    job.run("release", "Publish the release")
    (release,) = job.repository.releases

    assert (release.tag_name, release.draft, release.body) == (VERSION_TAG, False, NOTES)
    assert sorted(one.name for one in release.assets) == ["a-1.tar.gz", "a-1.whl"]

    job.run("release", "Publish the release")

    assert job.repository.releases == [release]


def test_a_draft_of_an_interrupted_run_is_made_again(job: Job) -> None:
    job.repository.add_release(VERSION_TAG, draft=True)
    job.run("release", "Publish the release")
    (release,) = job.repository.releases

    assert not release.draft
    assert len(release.assets) == 2


def test_the_tag_of_the_major_version_moves_to_the_newest_version(job: Job) -> None:
    head = job.repository.head("main")
    job.repository.git.set_ref(f"refs/tags/{MAJOR_TAG}.0.1-beta", head)

    assert "moved=true" in job.run("major", "Move the tag, unless")
    assert job.ref(MAJOR_TAG) == head

    job.repository.commit_files({"action.yml": "newer"})

    assert "moved=true" in job.run("major", "Move the tag, unless")
    assert job.ref(MAJOR_TAG) == job.repository.head("main") != head


def test_the_tag_of_the_major_version_does_not_go_back(job: Job) -> None:
    head = str(job.repository.head("main"))
    for tag in (MAJOR_TAG, f"{MAJOR_TAG}.10.0"):
        job.repository.git.set_ref(f"refs/tags/{tag}", head)
    job.repository.commit_files({"action.yml": "a fix of an old version"})
    log = job.run("major", "Move the tag, unless")

    assert f"::notice::{MAJOR_TAG} stays at {MAJOR_TAG}.10.0" in log
    assert "moved=true" not in log
    assert job.ref(MAJOR_TAG) == head


def test_nothing_is_published_before_everything_is_tested_and_the_major_tag_moves_last() -> None:
    def before(name: str) -> set[str]:
        needs = JOBS[name].get("needs", [])
        direct = {needs} if isinstance(needs, str) else set(needs)
        return direct.union(*map(before, direct))

    assert before("major") == set(JOBS) - {"major"}
    assert all("test" in before(name) for name in ("attest", "image", "index", "release"))
    assert before("release") >= {"attest", "image", "index"}
    writes = {
        name: {right for right, level in job["permissions"].items() if level == "write"}
        for name, job in JOBS.items()
    }
    assert writes == {
        "attest": {"attestations", "id-token"},
        "build": set(),
        "image": {"attestations", "id-token", "packages"},
        "index": {"id-token"},
        "major": {"contents", "packages"},
        "release": {"contents"},
        "test": set(),
    }


@pytest.mark.e2e
@pytest.mark.skipif(not IN_FULL, reason="GHPYPI_RELEASE_WORKFLOW is not set")
def test_a_tag_is_built_tested_and_published(
    github: Emulator, actions: Path, machine: Machine, tmp_path: Path
) -> None:
    home, workspace = tmp_path / "home", tmp_path / "checkout"
    programs = tmp_path / "programs"
    for folder in (home, programs):
        folder.mkdir()
    checkout(github.repository(REPOSITORY), workspace)
    (programs / "docker").write_text('#!/bin/sh\necho "$@" >> "$HANDED_ON/docker"\n')
    (programs / "docker").chmod(0o755)
    runner = Runner(
        github=github, workspace=workspace, home=home, actions=actions, name=REPOSITORY,
        machine=Machine(programs=programs, pip_settings=machine.pip_settings),
    )  # fmt: skip
    for path in machine.programs.iterdir():
        if path.name.startswith(("python", "pip")):
            (programs / path.name).symlink_to(path)
    token = github.add_token("github-actions[bot]", installation=REPOSITORY)
    with trusted_https(github, tmp_path) as trusted:
        environment = {**trusted, "GH_ENTERPRISE_TOKEN": token}
        tag = {"ref": f"refs/tags/{VERSION_TAG}"}
        runner.run("push", token, tag, environment=environment)
    (release,) = github.repository(REPOSITORY).releases
    files = sorted(path.name for path in (home / "published").iterdir())

    version = VERSION_TAG.removeprefix("v")
    assert files == [f"ghpypi-{version}-py3-none-any.whl", f"ghpypi-{version}.tar.gz"]
    assert sorted(one.name for one in release.assets) == files
    assert release.body == NOTES
    assert github.repository(REPOSITORY).git.ref(f"refs/tags/{MAJOR_TAG}")
    assert "imagetools create" in (home / "docker").read_text()


@pytest.mark.e2e
@pytest.mark.skipif(not IN_FULL, reason="GHPYPI_RELEASE_WORKFLOW is not set")
def test_the_action_of_a_checkout_works_with_a_folder(
    github: Emulator, actions: Path, machine: Machine, tmp_path: Path
) -> None:
    """The job `action` of ci.yml, as it is."""
    home, workspace = tmp_path / "home", tmp_path / "checkout"
    home.mkdir()
    checkout(github.repository(REPOSITORY), workspace, WORKFLOW.with_name("ci.yml"))
    runner = Runner(
        github=github, workspace=workspace, home=home, actions=actions, machine=machine,
        name=REPOSITORY,
    )  # fmt: skip
    token = github.add_token("github-actions[bot]", installation=REPOSITORY)
    options = ("--job=action", "--matrix=os:ubuntu-latest")
    log = runner.run("push", token, {"ref": "refs/heads/main"}, options=options)

    assert "Hello, world!" in log


def checkout(repository: Repository, folder: Path, workflow: Path = WORKFLOW) -> None:
    """Commit what is built, with a changelog that has the version, and check it out."""
    version = VERSION_TAG.removeprefix("v")
    files: dict[str, bytes | str] = {
        "CHANGELOG.md": f"# Changelog\n\n## {version} (2026-12-01)\n\n{NOTES}"
    }
    names = ("LICENSE", "README.md", "action.yml", "constraints.txt", "pyproject.toml")
    found = [*(ROOT / name for name in names), workflow]
    for name in ("ghpypi", "action", "scripts"):
        found += [x for x in (ROOT / name).rglob("*") if x.is_file() and x.suffix != ".pyc"]
    for path in found:
        files[path.relative_to(ROOT).as_posix()] = path.read_bytes()
    commit = repository.commit_files(files)
    repository.git.set_ref(f"refs/tags/{VERSION_TAG}", commit)
    clone(repository, folder)


def test_all_runners_of_the_workflow_are_known() -> None:
    found = re.findall(r"\b(?:ubuntu|macos|windows)-[\w.-]+", WORKFLOW.read_text())

    assert set(found) <= set(PLATFORMS)
