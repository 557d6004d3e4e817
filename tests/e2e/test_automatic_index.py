"""After `ghpypi init` no manual step is needed: every published release can be installed.

Each test starts from what init wrote, and runs that workflow with the real runner.
"""

import os
import re
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from ghpypi.core.workflows import WorkflowOptions, render
from tests.e2e.https import https
from tests.e2e.installers import bare_environment, run
from tests.e2e.machine import machine
from tests.e2e.organization import BOTH, STORE, TAG, Office, clone, office, package
from tests.e2e.runner import SCRIPTS, actions
from tests.emulator.faults import Fault, Pause
from tests.emulator.gitstore import git_environment
from tests.support.packages import wheel, written
from tests.support.waiting import eventually

__all__ = ["actions", "machine", "office"]  # fixtures

RELEASES = int(os.environ.get("GHPYPI_OVERLAPPING_RELEASES", "4"))
HELD = 2
LEAK = """
on: [push]
jobs:
  leak:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.token }}"
"""


@pytest.mark.nightly
def test_a_release_published_by_hand_installs_also_where_pages_do_not_build_by_themselves(
    office: Office,
) -> None:
    """In the other tests a push builds the pages, as on GitHub."""
    office.github.pages_builds_on_push = False
    release = office.repository.add_release("whatever-i-call-it")
    release.add_asset(*wheel("acme_lib", "1.0"))
    log = office.runner.run("release", office.workflow, office.published(release))

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert office.installs("acme-lib") == BOTH


def test_a_release_made_by_gh_installs(office: Office) -> None:
    wheels = written(office.folder / "dist", wheel("acme_lib", "1.0"))
    with https(office.github, office.folder) as told:
        token = {"GH_ENTERPRISE_TOKEN": office.publisher}
        done = run(
            [
                str(SCRIPTS / "gh"), "release", "create", "v1.0", *map(str, wheels),
                "--repo", STORE, "--title", "1.0", "--notes", "It is there.",
            ],
            {**bare_environment(office.folder), **told, **token},
        )  # fmt: skip

    assert done.returncode == 0, done.stderr

    release = office.repository.release("v1.0")

    assert release
    assert release.immutable, "as init has set it"
    assert office.github.dispatches == []

    office.runner.run("release", office.workflow, office.published(release))

    assert office.installs("acme-lib") == BOTH


def test_an_upload_with_a_personal_token_that_waits_ends_when_the_file_can_be_installed(
    office: Office,
) -> None:
    wheels = written(office.folder / "dist", wheel("acme_lib", "1.0"))
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(office.ghpypi, "upload", *wheels, "--store", STORE, "--wait")
        eventually(lambda: office.repository.runs)

        assert not upload.done()

        office.runner.run("repository_dispatch", office.workflow, office.dispatched())
        office.repository.runs[0].finish()
        done = upload.result()

    assert done.returncode == 0, done.stderr
    assert f"/{STORE}/actions/runs/{office.repository.runs[0].id}" in done.stderr
    assert "1 file can be installed from " in done.stderr
    assert office.publisher not in done.stdout + done.stderr
    assert office.installs("acme-lib") == BOTH


def test_a_package_that_publishes_itself_with_the_token_of_its_workflow_installs(
    office: Office,
) -> None:
    files = package(render("publish-own", WorkflowOptions()))
    office.repository.commit_files(files)
    office.runner.commit(files)
    office.runner.run("push", office.workflow, TAG)

    release = office.repository.release("v1.0")

    assert release is not None
    assert {one.name for one in release.assets} >= {
        "acme_lib-1.0-py3-none-any.whl",
        "acme_lib-1.0.tar.gz",
    }

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH
    assert f"{STORE}/releases/download/v1.0/" in str(
        office.repository.read_file("gh-pages", "simple/acme-lib/index.html")
    )


def test_a_package_that_publishes_to_the_index_of_its_organization_installs(
    office: Office,
) -> None:
    workflow = render("publish", WorkflowOptions(store=STORE))
    repository = office.github.add_repository("acme/lib")
    repository.commit_files(package(workflow))
    workspace = office.folder / "lib"
    clone(repository, workspace)
    runner = replace(office.runner, workspace=workspace, name="acme/lib")
    token = office.github.add_token("github-actions[bot]", installation="acme/lib")
    runner.run("push", token, TAG, GHPYPI_TOKEN=office.publisher)

    assert repository.releases == []

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH


def test_releases_with_overlapping_runs_lose_nothing(office: Office) -> None:
    """The runs do not wait for one another, as those of one concurrency group would."""
    repository = office.repository
    before = repository.commits("gh-pages")
    names = [f"lib-{number}" for number in range(RELEASES)]
    office.github.clear_log()
    # While these pushes are held, the next runs read the branch as it was.
    pause = Pause()
    office.github.faults.add(
        Fault.hold(pause, origin="git", method="POST", path="/git-receive-pack$", times=HELD)
    )
    with ThreadPoolExecutor(RELEASES) as pool:
        runs: list[Future[str]] = []
        for name in names:
            release = repository.add_release(f"{name}-1.0")
            release.add_asset(*wheel(name.replace("-", "_"), "1.0"))
            read = office.times_read()
            payload = office.published(release)
            runs.append(pool.submit(office.runner.run, "release", office.workflow, payload))
            while office.times_read() == read and not runs[-1].done():
                time.sleep(0.02)
            if len(runs) == HELD:
                eventually(lambda: len(office.github.faults.fired) == HELD)
            if len(runs) == HELD + 1:
                runs[-1].result()  # the first push of all; the next run makes another one
        pause.open()
        logs = [one.result() for one in runs]
    commits = repository.commits("gh-pages")
    parents = subprocess.run(
        ["git", "rev-list", "--parents", "gh-pages"],
        cwd=repository.git.path, env=git_environment(office.folder), check=True,
        capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    pushed = {one for log in logs for one in re.findall(r"pages ([0-9a-f]{40})", log)}

    assert any("another run has published in the meantime; starting over" in log for log in logs)
    assert len(pushed) > 1
    assert pushed == set(commits) - set(before), "no push is lost"
    assert commits[-len(before) :] == before
    assert sorted(len(line.split()) for line in parents) == [1] + [2] * (len(commits) - 1)
    assert set(office.installs(*names)["uv"]) == set(names)


def test_a_token_in_a_log_would_be_seen(office: Office) -> None:
    office.runner.commit({".github/workflows/leak.yml": LEAK})
    with pytest.raises(AssertionError, match="a token is in the log"):
        office.runner.run("push", office.workflow)
