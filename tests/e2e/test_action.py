"""The real runner runs the Action, as it stands in this checkout, against the emulator."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.core.project import ACTION
from tests.e2e.installers import Pip, Place, Uv
from tests.e2e.machine import Machine, machine
from tests.e2e.runner import Runner, actions
from tests.e2e.served import secrets_in
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import wheel, written

__all__ = ["actions", "machine"]  # fixtures

INDEX = f"""
on: [release, repository_dispatch, workflow_dispatch, schedule]
jobs:
  index:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: index
        uses: {ACTION}
      - env:
          OUTPUTS: ${{{{ toJSON(steps.index.outputs) }}}}
          REPORT: ${{{{ steps.index.outputs.report }}}}
        run: |
          printf %s "$OUTPUTS" > "$HANDED_ON/outputs.json"
          cp "$REPORT" "$HANDED_ON/report.json"
      - id: verify
        if: github.event_name == 'schedule'
        uses: {ACTION}
        with:
          command: verify
      - id: doctor
        if: github.event_name == 'schedule'
        uses: {ACTION}
        with:
          command: doctor
      - if: github.event_name == 'schedule'
        env:
          VERIFIED: ${{{{ steps.verify.outputs.report }}}}
          EXAMINED: ${{{{ steps.doctor.outputs.report }}}}
        run: |
          cp "$VERIFIED" "$HANDED_ON/verified.json"
          cp "$EXAMINED" "$HANDED_ON/examined.json"
"""
UPLOAD = f"""
on: [push]
jobs:
  upload:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: upload
        uses: {ACTION}
        with:
          command: upload
          files: dist/*.whl
      - env:
          OUTPUTS: ${{{{ toJSON(steps.upload.outputs) }}}}
          REPORT: ${{{{ steps.upload.outputs.report }}}}
        run: |
          printf %s "$OUTPUTS" > "$HANDED_ON/uploaded.json"
          cp "$REPORT" "$HANDED_ON/uploads.json"
"""


@pytest.fixture
def runner(actions: Path, machine: Machine, tmp_path: Path) -> Iterator[Runner]:
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    workspace.mkdir()
    with Emulator(tmp_path) as github:
        github.add_organization("acme")
        add_index_workflow(github.add_repository("acme/pypi"))
        for command in (
            ["init", "--quiet", "--initial-branch=main"],
            ["remote", "add", "origin", f"{github.server_url}/acme/pypi.git"],
            ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x", "--allow-empty"],
        ):
            subprocess.run(["git", *command], cwd=workspace, check=True)
        found = Runner(
            github=github, workspace=workspace, home=home, actions=actions, machine=machine
        )
        found.commit(
            {
                "ghpypi.toml": f'[index]\nurl = "{github.pages_url}/acme/pypi/"\n',
                ".github/workflows/index.yml": INDEX,
            }
        )
        yield found


@pytest.fixture
def token(runner: Runner) -> str:
    """The token of a workflow run: of no user, for one repository."""
    runner.github.add_user("github-actions[bot]")
    return runner.github.add_token("github-actions[bot]", installation="acme/pypi")


@pytest.fixture
def repository(runner: Runner) -> Repository:
    return runner.github.repository(runner.name)


def index_url(runner: Runner) -> str:
    return f"{runner.github.pages_url}/acme/pypi/simple/"


def check_installs(runner: Runner) -> None:
    """Install from the published index, with pip and with uv."""
    for installer in (Pip(), Uv()):
        place = Place.make(runner.home)
        done = installer.install(place, index_url(runner), "acme-lib")

        assert done.returncode == 0, done.stderr
        assert place.installed() == {"acme-lib": "1.0"}


def test_a_release_made_by_hand_is_installable_after_the_run_and_the_next_changes_nothing(
    runner: Runner, repository: Repository, token: str
) -> None:
    runner.github.counts_downloads = False  # a scheduled run takes over new counts
    release = repository.add_release("acme-lib-1.0")
    release.add_asset(*wheel("acme_lib", "1.0"))
    log = runner.run("release", token, {"action": "published", "release": {"tag_name": "x"}})

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert "| [acme-lib](" in log
    assert runner.handed_on("outputs")["index-url"] == index_url(runner)
    assert runner.handed_on("outputs")["changed"] == "true"
    assert runner.handed_on("outputs")["projects"] == "1"
    assert runner.handed_on("report")["index"]["files"] == 1

    check_installs(runner)

    head = repository.head("gh-pages")
    log = runner.run("schedule", token)

    assert "nothing changed" in log
    assert runner.handed_on("outputs")["changed"] == "false"
    assert repository.head("gh-pages") == head

    # The same run has checked the index and the setup.
    assert (runner.handed_on("verified")["ok"], runner.handed_on("examined")["ok"]) == (True, True)
    assert runner.handed_on("verified")["checked"]["files"] == 1


@pytest.mark.nightly
def test_a_workflow_uploads_with_its_own_token_and_the_dispatch_indexes(
    runner: Runner, repository: Repository, token: str
) -> None:
    runner.commit({".github/workflows/upload.yml": UPLOAD})
    written(runner.workspace / "dist", wheel("acme_lib", "1.0"))
    log = runner.run("push", token)

    assert "uploaded" in log
    assert f"{runner.github.server_url}/acme/pypi/actions/runs/{repository.runs[-1].id}" in log
    outputs = runner.handed_on("uploaded")
    assert outputs.pop("report")
    assert outputs == {
        "index-url": index_url(runner),
        "run-url": f"{runner.github.server_url}/acme/pypi/actions/runs/{repository.runs[-1].id}",
        "changed": "true",
        "projects": "1",
        "files": "1",
        "remaining": "",
    }
    assert runner.handed_on("uploads")["releases"][0]["tag"] == "acme-lib-1.0"
    assert repository.head("gh-pages") is None
    (dispatch,) = runner.github.dispatches
    assert dispatch.event_type == "ghpypi"

    runner.run("repository_dispatch", token, {"action": dispatch.event_type})
    check_installs(runner)


PRIVATE = f"""
on: [workflow_dispatch]
jobs:
  install:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: {ACTION}
        with:
          command: run
          args: pip download --quiet --no-deps --dest ran acme-lib
      - uses: {ACTION}
        with:
          command: serve
          args: --no-upstream
      - run: |
          pip download --quiet --no-deps --dest served acme-lib
          printf '{{"ran": "%s", "served": "%s", "pid": "%s"}}' \\
            "$(ls ran)" "$(ls served)" "$GHPYPI_RUN_PID" > "$HANDED_ON/installed.json"
          kill "$GHPYPI_RUN_PID"
"""


@pytest.mark.nightly
def test_steps_install_what_only_the_token_may_read(
    runner: Runner, repository: Repository, token: str
) -> None:
    built = wheel("acme_lib", "1.0")
    repository.add_release("acme-lib-1.0").add_asset(*built)
    runner.run("workflow_dispatch", token)
    repository.private = True
    runner.commit({".github/workflows/index.yml": PRIVATE})
    log = runner.run("workflow_dispatch", token)

    handed = runner.handed_on("installed")
    assert (handed["ran"], handed["served"]) == (built[0], built[0])
    assert handed["pid"].isdigit()
    told = {each.origin for each in runner.github.requests if secrets_in(each, token)}
    assert told == {"api", "git"}
    assert "⚙  ***" in log  # the runner was told to mask the password of the proxy
