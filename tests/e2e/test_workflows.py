"""The other workflows that are shipped, and other ways to start that of the index, really run."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ghpypi.core.project import ACTION
from ghpypi.core.workflows import WorkflowOptions, render
from tests.e2e.https import https
from tests.e2e.machine import machine
from tests.e2e.organization import BOTH, STORE, TAG, Office, clone, office, package
from tests.e2e.runner import actions
from tests.emulator.repository import Issue
from tests.emulator.schema import check_all
from tests.support.packages import wheel

__all__ = ["actions", "machine", "office"]  # fixtures

INDEX_WORKFLOW = ".github/workflows/ghpypi-index.yml"
PAGE = "simple/acme-lib/index.html"
TITLE = "The package index cannot be installed from"
CALLS = """
on: [push]
permissions: {}
jobs:
  index:
    uses: ./.github/workflows/ghpypi-index.yml
    permissions:
      contents: write
      pages: write
"""
FOLLOWS = f"""
on:
  workflow_run:
    workflows: [Release]
    types: [completed]
permissions: {{}}
jobs:
  index:
    if: github.event.workflow_run.conclusion == 'success'
    runs-on: ubuntu-latest
    permissions:
      contents: write
      pages: write
    steps:
      - uses: {ACTION}
"""


# The index


def test_another_workflow_of_the_repository_calls_that_of_the_index(office: Office) -> None:
    office.repository.add_release("acme-lib-1.0").add_asset(*wheel("acme_lib", "1.0"))
    office.runner.commit({".github/workflows/release.yml": CALLS})
    log = office.runner.run("push", office.workflow)

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert office.installs("acme-lib") == BOTH


def test_a_workflow_that_follows_another_one_rebuilds_the_index(office: Office) -> None:
    office.repository.add_release("acme-lib-1.0").add_asset(*wheel("acme_lib", "1.0"))
    office.runner.commit({".github/workflows/follow.yml": FOLLOWS})
    before = office.repository.head("gh-pages")
    office.runner.run("workflow_run", office.workflow, completed("failure"))

    assert office.repository.head("gh-pages") == before

    log = office.runner.run("workflow_run", office.workflow, completed("success"))

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert office.installs("acme-lib") == BOTH


def completed(conclusion: str) -> dict[str, object]:
    run = {"name": "Release", "event": "push", "status": "completed", "conclusion": conclusion}
    return {"action": "completed", "workflow_run": run}


# Verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The workflow that verifies the index of an office, with no more rights than it names.

    Attributes:
        office: Whose index.
        token: May read what Pages there are, and write issues.
        environment: What `gh` needs to trust the emulator.
    """

    office: Office
    token: str
    environment: dict[str, str]

    def run(self, *, fails: bool = False) -> str:
        """Run it, as each day; it fails where the index is broken."""
        return self.office.runner.run(
            "schedule", self.token, fails=fails, environment=self.environment
        )

    @property
    def issues(self) -> list[Issue]:
        return self.office.repository.issues

    def written(self) -> list[str]:
        """List what was changed since the log was cleared."""
        asked = self.office.github.requests_to("api")
        return [f"{one.method} {one.path}" for one in asked if one.method not in {"GET", "HEAD"}]


@pytest.fixture
def watch(office: Office) -> Iterator[Watch]:
    """An index with one package, and nothing that would repair it."""
    office.repository.add_release("acme-lib-1.0").add_asset(*wheel("acme_lib", "1.0"))
    office.ghpypi.do("index", "--store", STORE)
    (office.runner.workspace / INDEX_WORKFLOW).unlink()
    office.runner.commit({".github/workflows/verify.yml": render("verify", WorkflowOptions())})
    office.github.clear_log()
    office.github.keep_answers()
    rights = {"metadata": "read", "pages": "read", "issues": "write"}
    token = office.github.add_token("github-actions[bot]", permissions=rights, installation=STORE)
    with https(office.github, office.folder) as told:
        bundle = office.folder / "trusted.pem"
        known = ssl.get_default_verify_paths().cafile
        trusted = [Path(told["SSL_CERT_FILE"]), *([Path(known)] if known else [])]
        bundle.write_bytes(b"".join(path.read_bytes() for path in trusted))
        yield Watch(office=office, token=token, environment={"SSL_CERT_FILE": str(bundle)})


@pytest.mark.nightly
def test_a_working_index_is_installed_from_without_an_issue(watch: Watch) -> None:
    watch.run()
    downloads = watch.office.github.requests_to("cdn")

    agents = {one.headers["user-agent"].partition("/")[0] for one in downloads}

    assert agents == {"ghpypi", "pip", "uv"}
    assert watch.written() == []
    assert watch.issues == []


def test_an_index_that_breaks_has_one_issue_until_it_works_again(watch: Watch) -> None:
    page = watch.office.repository.read_file("gh-pages", PAGE)
    assert page is not None

    watch.office.repository.commit_files({PAGE: with_another_hash(page)}, branch="gh-pages")
    watch.run(fails=True)
    (issue,) = watch.issues

    assert (issue.title, issue.state) == (TITLE, "open")
    assert issue.body.startswith(
        "'ghpypi verify' failed. Installing failed: pip:acme-lib uv:acme-lib. See https://"
    )
    assert watch.written() == [f"POST /repos/{STORE}/issues"]

    watch.office.github.clear_log()
    watch.run(fails=True)

    assert watch.issues == [issue]
    assert watch.written() == [f"PATCH /repos/{STORE}/issues/1"]
    assert issue.comments == []

    watch.office.repository.commit_files({PAGE: page}, branch="gh-pages")
    watch.run()

    assert watch.issues == [issue]
    assert issue.state == "closed"
    assert [one.body.partition(":")[0] for one in issue.comments] == ["It works again"]
    assert check_all(watch.office.github.requests) > 0


@pytest.mark.nightly
def test_a_file_that_is_gone_is_noticed_and_the_issues_of_others_are_left(watch: Watch) -> None:
    publisher = watch.office.github.account("publisher")
    now = watch.office.github.clock.now()
    theirs = Issue(
        id=1, number=1, title="Hello", body="", user=publisher, created_at=now, updated_at=now
    )
    watch.issues.append(theirs)
    release = watch.office.repository.release("acme-lib-1.0")
    assert release is not None

    release.assets.clear()
    watch.run(fails=True)

    assert [one.title for one in watch.issues] == ["Hello", TITLE]
    assert watch.issues[1].body.startswith(
        "'ghpypi verify' failed. Installing failed: pip:acme-lib uv:acme-lib. "
    )
    assert (theirs.body, theirs.state) == ("", "open")


def with_another_hash(page: bytes) -> bytes:
    """Take the page of a project, and say of its file that it is another one."""
    start = page.index(b"#sha256=") + len(b"#sha256=")
    return page[:start] + b"0" * 64 + page[start + 64 :]


# A matrix


@pytest.mark.nightly
def test_a_matrix_builds_on_each_system_and_publishes_all_wheels_at_once(office: Office) -> None:
    """The actions of others are stubs: cibuildwheel, and those that hand artifacts on.

    They would have to be downloaded from GitHub. What builds is the real workflow, what uploads
    the real Action; the stubs keep artifacts by their names and refuse to overwrite one, as the
    real ones do. All systems are this machine.
    """
    workflow = render("publish-matrix", WorkflowOptions(store=STORE))
    repository = office.github.add_repository("acme/lib")
    repository.commit_files(package(workflow))
    workspace = office.folder / "lib"
    clone(repository, workspace)
    runner = replace(office.runner, workspace=workspace, name="acme/lib")
    token = office.github.add_token("github-actions[bot]", installation="acme/lib")
    runner.run("push", token, TAG, GHPYPI_TOKEN=office.publisher)
    (release,) = office.repository.releases

    assert sorted(path.name for path in (runner.home / "artifacts").iterdir()) == [
        "dist-macos-latest",
        "dist-source",
        "dist-ubuntu-24.04-arm",
        "dist-ubuntu-latest",
        "dist-windows-latest",
    ]
    assert sorted(one.name for one in release.assets if not one.name.endswith(".metadata")) == [
        "acme_lib-1.0-py3-none-macosx_11_0_arm64.whl",
        "acme_lib-1.0-py3-none-manylinux_2_17_aarch64.whl",
        "acme_lib-1.0-py3-none-manylinux_2_17_x86_64.whl",
        "acme_lib-1.0-py3-none-win_amd64.whl",
        "acme_lib-1.0.tar.gz",
    ]
    assert release.immutable, "it could not have been completed later"
    assert repository.releases == []

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH


@pytest.mark.nightly
def test_a_matrix_that_is_started_by_hand_builds_and_publishes_nothing(office: Office) -> None:
    workflow = render("publish-matrix", WorkflowOptions(store=STORE))
    runner = replace(office.runner, workspace=office.folder / "lib", name="acme/lib")
    office.github.add_repository("acme/lib").commit_files(package(workflow))
    clone(office.github.repository("acme/lib"), runner.workspace)
    token = office.github.add_token("github-actions[bot]", installation="acme/lib")
    runner.run("workflow_dispatch", token, {"ref": "refs/heads/main"})

    assert len(list((runner.home / "artifacts").iterdir())) == 5
    assert office.repository.releases == []
    assert office.github.dispatches == []
