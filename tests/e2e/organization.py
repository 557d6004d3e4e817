"""An organization whose index was set up by `ghpypi init`, and a runner for its workflows."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import signed_in
from tests.e2e.installers import Pip, Place, Uv
from tests.e2e.machine import Machine
from tests.e2e.runner import Runner
from tests.e2e.served import Ghpypi
from tests.emulator import Emulator, shapes
from tests.emulator.gitstore import git_environment
from tests.emulator.release import Release
from tests.emulator.release_shapes import release_json
from tests.emulator.repository import Repository
from tests.support.released_action import add_released_action

STORE = "acme/pypi"
BOTH = {"pip": {"acme-lib": "1.0"}, "uv": {"acme-lib": "1.0"}}
TAG = {"ref": "refs/tags/v1.0", "created": True}
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "acme-lib"
version = "1.0"
requires-python = ">=3"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An organization whose index was set up by `ghpypi init`, and not changed since.

    Attributes:
        github: Where it is.
        folder: For whatever else is needed.
        publisher: The token of a user who may write to the index repository.
        workflow: The token of workflow runs in it.
        runner: Runs its workflows.
    """

    github: Emulator
    folder: Path
    publisher: str
    workflow: str
    runner: Runner

    @property
    def repository(self) -> Repository:
        return self.github.repository(STORE)

    @property
    def ghpypi(self) -> Ghpypi:
        return signed_in(self.github, self.publisher, self.folder)

    def published(self, release: Release) -> dict[str, Any]:
        """Make the payload of the event that a published release fires."""
        return {
            "action": "published",
            "release": json.loads(release_json(release)),
            **self._sender(),
        }

    def dispatched(self) -> dict[str, Any]:
        """Make the payload of the one repository_dispatch that was sent."""
        (dispatch,) = self.github.dispatches

        assert (dispatch.repo, dispatch.event_type) == (STORE, "ghpypi")

        return {
            "action": dispatch.event_type,
            "branch": "main",
            "client_payload": dispatch.client_payload,
            **self._sender(),
        }

    def times_read(self) -> int:
        """Count how often the releases were read."""
        asked = [one.path for one in self.github.requests_to("api") if one.method == "GET"]
        return asked.count(f"/repos/{STORE}/releases")

    def _sender(self) -> dict[str, Any]:
        return {
            "repository": shapes.full_repository(self.repository, None),
            "sender": shapes.simple_user(self.github, self.github.account("publisher")),
        }

    def installs(self, *names: str) -> dict[str, dict[str, str]]:
        """Install from the published index, with each installer; say what was installed."""
        found = {}
        for installer in (Pip(), Uv()):
            place = Place.make(self.folder)
            url = f"{self.github.pages_url}/{STORE}/simple/"
            done = installer.install(place, url, *names)

            assert done.returncode == 0, done.stderr

            found[installer.name] = place.installed()
        return found


@pytest.fixture
def office(actions: Path, machine: Machine, tmp_path: Path) -> Iterator[Office]:
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    with Emulator(tmp_path) as github:
        add_released_action(github)
        github.add_organization("acme", owners=["owner"])
        for login in ("publisher", "github-actions[bot]"):
            github.add_user(login)
        owner = github.add_token("owner")
        signed_in(github, owner, tmp_path).do("init", STORE, "--public")
        github.repository(STORE).grant("publisher", "write")
        clone(github.repository(STORE), workspace)

        assert github.dispatches == []

        yield Office(
            github=github,
            folder=tmp_path,
            publisher=github.add_token("publisher"),
            workflow=github.add_token("github-actions[bot]", installation=STORE),
            runner=Runner(
                github=github, workspace=workspace, home=home, actions=actions, machine=machine
            ),
        )
        everything = [
            *github.repository(STORE).files("gh-pages").values(),
            *github.repository(STORE).files("main").values(),
        ]

        assert not [one for one in everything for token in github._tokens if token.encode() in one]


def clone(repository: Repository, folder: Path) -> None:
    """Check a repository out."""
    url = f"{repository.world.server_url}/{repository.full_name}.git"
    environment = git_environment(folder.parent)
    subprocess.run(["git", "clone", "--quiet", url, str(folder)], env=environment, check=True)


def package(workflow: str) -> dict[str, bytes | str]:
    """Make the files of a package, and the workflow that publishes it."""
    return {
        "pyproject.toml": PROJECT,
        "acme_lib/__init__.py": "",
        ".github/workflows/publish.yml": workflow,
    }
