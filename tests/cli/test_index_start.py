"""Starting the index of a repository, or the central one, and waiting until a file is in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Bench, Outcome
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository, Site
from tests.support.index_workflow import (
    WORKFLOW,
    add_index_repository,
    add_index_workflow,
    run_page,
)
from tests.support.packages import wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
W = WHEEL[0]
TAG = "acme-lib-1.0"


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """The index repository with its workflow, and a wheel in the current folder."""
    written(bench.folder / "dist", WHEEL)
    return add_index_repository(github)


def test_json_of_an_upload_says_what_was_started(bench: Bench, repository: Repository) -> None:
    document = json.loads(bench.run("upload", "dist", "--json").out)
    url = run_page(repository)

    assert document["store"] == "acme/pypi"
    assert document["index"] == {
        "started": True,
        "url": url,
        "installable": None,
        "runs": [
            {
                "store": "acme/pypi",
                "started": True,
                "url": url,
                "run": repository.runs[-1].id,
                "reason": "",
                "hint": "",
            }
        ],
    }


def test_publishing_a_draft_starts_the_index_too(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--draft")
    assert github.dispatches == []

    outcome = bench.run("publish", TAG)
    assert (outcome.code, outcome.out) == (0, f"{TAG} published\n")
    assert outcome.err == f"started an index run of acme/pypi: {run_page(repository)}\n"
    assert len(github.dispatches) == 1


def test_without_a_workflow_no_start_is_reported(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.commit_files({WORKFLOW: None})
    outcome = bench.run("upload", "dist", "-q")
    document = json.loads(bench.run("upload", "dist", "--json").out)

    assert outcome.code == 0
    assert outcome.err == (
        "warning: cannot start the index of acme/pypi, so changes cannot be "
        "installed before its next run: no workflow of acme/pypi listens to the event 'ghpypi'; "
        "'ghpypi init acme/pypi' adds one; 'ghpypi index --store acme/pypi' rebuilds the index "
        "from here\n"
    )
    assert github.dispatches == []
    assert repository.release(TAG) is not None
    assert (document["index"]["started"], document["index"]["url"]) == (False, None)
    assert document["index"]["runs"][0]["reason"].startswith("no workflow of acme/pypi listens")


def test_a_disabled_workflow_is_named(bench: Bench, repository: Repository) -> None:
    repository.workflow_states[WORKFLOW] = "disabled_inactivity"
    outcome = bench.run("upload", "dist", "-q")

    assert outcome.code == 0
    assert "is disabled: GitHub disabled it after 60 days without activity" in outcome.err
    assert "gh workflow enable ghpypi-index.yml --repo acme/pypi" in outcome.err


def test_who_may_not_start_the_index_has_uploaded_the_files_all_the_same(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(403, method="POST", path="/dispatches"))
    outcome = bench.run("upload", "dist", "-q")

    assert outcome.code == 0
    assert outcome.err.startswith(
        "warning: cannot start the index of acme/pypi, so changes cannot "
    )
    assert repository.release(TAG) is not None


def test_an_outage_while_the_index_is_started_is_worth_another_attempt(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(502, method="POST", path="/dispatches", times=9))
    outcome = bench.run("upload", "dist", "-q", "--max-wait", "0")

    assert outcome.code == 7
    assert outcome.err.startswith("error: the files are uploaded, but the index was not rebuilt: ")
    github.faults.clear()
    assert bench.run("upload", "dist", "-q").code == 0
    assert len(repository.runs) == 1


# A package repository, and a central index


@pytest.fixture
def package(bench: Bench, github: Emulator, repository: Repository) -> Repository:
    """A repository with a package, whose releases the index of acme/pypi has too."""
    repository.commit_files({"ghpypi.toml": '[index]\nrepositories = ["acme/lib-*"]\n'})
    made = github.add_repository("acme/lib-a")
    made.grant("bot", "write")
    return made


def to_package(bench: Bench, *more: str) -> Outcome:
    return bench.run("upload", "dist", "--store", "acme/lib-a", *more)


def test_the_central_index_is_started_that_the_configuration_names(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    package.commit_files({"ghpypi.toml": 'index-store = "acme/pypi"\n'})
    outcome = to_package(bench)

    assert outcome.code == 0
    assert outcome.err == (
        "listing the releases of acme/lib-a\n"
        f"uploading {len(WHEEL[1])} B\n"
        f"started an index run of acme/pypi: {run_page(repository)}\n"
    )
    assert package.release(TAG) is not None


def test_the_central_index_is_started_that_an_option_names(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    assert to_package(bench, "--index-store", "acme/pypi", "-q").code == 0
    bench.set(GHPYPI_PUBLISH_INDEX_STORE="acme/pypi")
    assert bench.run("publish", TAG, "--store", "acme/lib-a", "-q").code == 0

    assert len(repository.runs) == 2


def test_the_central_index_is_known_in_its_checkout(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    text = 'store = "acme/pypi"\n[index]\nrepositories = ["acme/lib-*"]\n'
    (bench.folder / "ghpypi.toml").write_text(text)
    outcome = to_package(bench)

    assert outcome.err.endswith(f"started an index run of acme/pypi: {run_page(repository)}\n")


def test_a_package_may_have_an_index_of_its_own_too(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    add_index_workflow(package)
    document = json.loads(to_package(bench, "--index-store", "acme/pypi", "--json").out)

    assert [each["store"] for each in document["index"]["runs"]] == ["acme/lib-a", "acme/pypi"]
    assert document["index"]["url"] == run_page(repository)
    assert (len(package.runs), len(repository.runs)) == (1, 1)


def test_the_token_of_a_workflow_starts_no_index_of_another_repository(
    bench: Bench, github: Emulator, package: Repository, repository: Repository
) -> None:
    bench.set(GHPYPI_TOKEN=github.add_token("bot", installation="acme/lib-a"))
    outcome = to_package(bench, "--index-store", "acme/pypi", "-q")

    assert outcome.code == 0
    assert outcome.err.startswith(
        "warning: cannot start the index of acme/pypi, so changes cannot "
    )
    assert (
        "use a token with write access to the contents of acme/pypi: GITHUB_TOKEN of a workflow "
        in outcome.err
    )
    assert repository.runs == []


def test_the_central_index_is_on_the_same_github(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    package.commit_files({"ghpypi.toml": 'index-store = "github.com/acme/pypi"\n'})
    refused = to_package(bench, "-q")
    named = to_package(bench, "--index-store", "https://github.com/acme/pypi", "-q")

    assert (refused.code, named.code) == (2, 2)
    assert "the index store 'https://github.com/acme/pypi' is not on '127.0.0.1:" in named.err
    assert package.releases == []


def test_an_index_store_makes_no_sense_for_a_folder(bench: Bench, package: Repository) -> None:
    outcome = bench.run("upload", "dist", "--store", "./index", "--index-store", "acme/pypi", "-q")

    assert outcome.code == 2
    assert "only the index of a repository on GitHub" in outcome.err
    assert not (bench.folder / "index" / "files").exists()


def test_the_central_index_can_be_rebuilt_from_here(
    bench: Bench, package: Repository, repository: Repository
) -> None:
    outcome = to_package(bench, "--index-store", "acme/pypi", "--rebuild", "-q")

    assert (outcome.code, repository.runs) == (0, [])
    assert "simple/acme-lib/index.html" in repository.files("gh-pages")
    assert package.head("gh-pages") is None


# Waiting until files can be installed


@pytest.fixture
def indexed(bench: Bench, github: Emulator, repository: Repository) -> Repository:
    """A repository whose index has what is uploaded here again, and whose runs succeed."""
    repository.site = Site()
    bench.run("upload", "dist", "--rebuild")
    github.runs_end_as = "success"
    return repository


def test_an_upload_waits_until_the_file_can_be_installed(
    bench: Bench, github: Emulator, indexed: Repository
) -> None:
    outcome = bench.run("upload", "dist", "--wait")
    document = json.loads(bench.run("upload", "dist", "--wait", "--json").out)

    assert outcome.code == 0
    assert outcome.err.endswith(
        f"started an index run of acme/pypi: {run_page(indexed).rpartition('/')[0]}/"
        f"{indexed.runs[0].id}\n"
        f"1 file can be installed from {github.pages_url}/acme/pypi/simple/\n"
    )
    assert document["index"]["installable"] is True
    (page,) = {each.path for each in github.requests_to("pages")}
    assert page == "/acme/pypi/simple/acme-lib/"
    assert {each.headers["cache-control"] for each in github.requests_to("pages")} == {"no-cache"}
    assert not [each for each in github.requests_to("pages") if "authorization" in each.headers]


def test_publishing_and_promoting_wait_too(
    bench: Bench, github: Emulator, indexed: Repository
) -> None:
    indexed.commit_files({"ghpypi.toml": '[indexes.stable]\ninclude = ["acme-lib"]\n'})
    bench.run("index")
    published = bench.run("publish", TAG, "--wait")
    promoted = bench.run("promote", "acme-lib==1.0", "--to", "stable", "--wait")

    assert (published.code, promoted.code) == (0, 0)
    assert promoted.err.endswith(
        f"1 file can be installed from {github.pages_url}/acme/pypi/stable/simple/\n"
    )


def test_an_index_that_is_rebuilt_from_here_is_waited_for_too(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.site = Site()
    outcome = bench.run("upload", "dist", "--rebuild", "--wait", "-q")

    assert (outcome.code, outcome.err, repository.runs) == (0, "", [])
    assert [each.path for each in github.requests_to("pages")] == ["/acme/pypi/simple/acme-lib/"]


def test_the_central_index_is_waited_for(
    bench: Bench, github: Emulator, package: Repository, indexed: Repository
) -> None:
    to_package(bench, "--index-store", "acme/pypi", "--rebuild")
    outcome = to_package(bench, "--index-store", "acme/pypi", "--wait")

    assert outcome.code == 0
    assert outcome.err.endswith(
        f"1 file can be installed from {github.pages_url}/acme/pypi/simple/\n"
    )


def test_the_stored_page_counts_where_pages_are_not_public(
    bench: Bench, github: Emulator, indexed: Repository
) -> None:
    indexed.private, indexed.site = True, None
    github.clear_log()
    outcome = bench.run("upload", "dist", "--wait")

    assert outcome.code == 0
    assert outcome.err.endswith("1 file can be installed from the index of acme/pypi\n")
    assert github.requests_to("pages") == []


def test_a_run_that_fails_ends_the_wait(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.runs_end_as = "failure"
    outcome = bench.run("upload", "dist", "--wait", "-q")

    assert outcome.code == 1
    assert outcome.err == (
        f"error: the files are uploaded, but {W} cannot be installed: the run of the index of "
        "acme/pypi ended with 'failure'\n"
        f"hint: see {run_page(repository)}, and re-run it there\n"
    )


def test_a_wait_ends_in_time_and_says_how_to_go_on(bench: Bench, repository: Repository) -> None:
    outcome = bench.run("upload", "dist", "--wait", "--wait-timeout", "0")
    url = run_page(repository)

    assert outcome.code == 7
    assert f"waiting for {W}: the run of the index is queued: {url}\n" in outcome.err
    assert (
        f"error: the files are uploaded, but {W} cannot be installed yet after 0 s: the"
        in outcome.err
    )
    assert (
        f"files are published and will not be sent again: see {url}, then run the same command"
        in outcome.err
    )
    document = json.loads(
        bench.run("upload", "dist", "--wait", "--wait-timeout", "0", "--json", "-q").out
    )
    assert document["index"]["installable"] is False


def test_there_is_no_wait_for_an_index_that_was_not_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(403, method="POST", path="/dispatches"))
    forbidden = bench.run("upload", "dist", "--wait", "-q")
    repository.commit_files({WORKFLOW: None})
    missing = bench.run("upload", "dist", "--wait", "-q")

    assert (forbidden.code, missing.code) == (4, 5)
    assert missing.err.endswith(
        "error: the files are uploaded, but cannot be waited for: the index of acme/pypi was not "
        "started\n"
    )


@pytest.mark.parametrize("option", ["--draft", "--dry-run", "--no-rebuild"])
def test_there_is_nothing_to_wait_for(bench: Bench, repository: Repository, option: str) -> None:
    outcome = bench.run("upload", "dist", option, "--wait", "-q")

    assert outcome.code == 2
    assert outcome.err == f"error: --wait cannot be used with {option}, which publishes nothing\n"
    assert repository.releases == []


def test_the_index_of_a_folder_is_not_waited_for(bench: Bench, repository: Repository) -> None:
    assert bench.run("upload", "dist", "--store", "./index", "--wait", "-q").code == 0


# What later steps of a workflow learn


def in_workflow(bench: Bench, *arguments: str) -> dict[str, Any]:
    """Run a command as a step; return its outputs, and the report in place of its path."""
    target = bench.folder / "outputs"
    target.write_text("")
    bench.set(GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(target), RUNNER_TEMP=str(bench.folder))

    assert bench.run(*arguments).code == 0

    pattern = r"^([a-z-]+)<<(end-[0-9a-f]+)\n(.*?)\n\2$"
    found = re.findall(pattern, target.read_text(), re.MULTILINE | re.DOTALL)
    outputs: dict[str, Any] = {key: value for key, _, value in found}
    outputs["report"] = json.loads(Path(outputs["report"]).read_text())
    return outputs


def test_an_upload_has_outputs(bench: Bench, github: Emulator, repository: Repository) -> None:
    repository.site = Site()
    first, second = (in_workflow(bench, "upload", "dist") for _ in range(2))

    assert {**first, "report": ""} == {
        "index-url": f"{github.pages_url}/acme/pypi/simple/",
        "run-url": first["report"]["index"]["url"],
        "changed": "true",
        "projects": "1",
        "files": "1",
        "report": "",
    }
    assert first["report"]["releases"][0]["tag"] == TAG
    assert second["run-url"] == run_page(repository)
    assert (second["changed"], second["files"]) == ("false", "1")


@pytest.mark.parametrize(
    "command", [("upload", "dist"), ("index", "--output", "site", "--allow-shrink")]
)
def test_a_repository_without_pages_has_no_address(
    bench: Bench, repository: Repository, command: tuple[str, ...]
) -> None:
    bench.set(GITHUB_SERVER_URL="https://github.com")  # where the address follows from the name

    assert in_workflow(bench, *command)["index-url"] == ""


def test_a_dry_run_and_a_draft_have_outputs(bench: Bench, repository: Repository) -> None:
    planned = in_workflow(bench, "upload", "dist", "--dry-run")
    drafted = in_workflow(bench, "upload", "dist", "--draft")

    assert (planned["changed"], planned["run-url"]) == ("false", "")
    assert (drafted["changed"], drafted["run-url"]) == ("true", "")


def test_a_publication_has_outputs(bench: Bench, github: Emulator, repository: Repository) -> None:
    repository.site = Site()
    bench.run("upload", "dist", "--draft")
    first, second = (in_workflow(bench, "publish", TAG) for _ in range(2))

    assert (first["changed"], second["changed"]) == ("true", "false")
    assert (first["projects"], first["files"]) == ("1", "1")
    assert second["run-url"] == run_page(repository)
    assert first["index-url"] == f"{github.pages_url}/acme/pypi/simple/"
    assert first["report"]["tag"] == TAG


def test_an_upload_with_a_central_index_has_its_address(
    bench: Bench, github: Emulator, package: Repository, repository: Repository
) -> None:
    repository.site = Site()
    found = in_workflow(
        bench, "upload", "dist", "--store", "acme/lib-a", "--index-store", "acme/pypi"
    )

    assert found["index-url"] == f"{github.pages_url}/acme/pypi/simple/"
    assert found["run-url"] == run_page(repository)


def test_what_reads_the_index_has_outputs(
    bench: Bench, github: Emulator, indexed: Repository
) -> None:
    listed = in_workflow(bench, "list")
    shown = in_workflow(bench, "show", "acme-lib")

    assert {**listed, "report": ""} == {
        "index-url": f"{github.pages_url}/acme/pypi/simple/",
        "run-url": "",
        "projects": "1",
        "files": "1",
        "report": "",
    }
    assert (shown["projects"], shown["files"]) == ("1", "1")
    assert shown["report"]["project"]["name"] == "acme-lib"
    assert shown.keys() == listed.keys()


def test_what_fails_while_it_waits_has_outputs_all_the_same(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    target = bench.folder / "outputs"
    bench.set(GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(target))
    outcome = bench.run("upload", "dist", "--wait", "--wait-timeout", "0")

    assert outcome.code == 7
    assert run_page(repository) in target.read_text()


def test_an_index_that_is_rebuilt_here_has_outputs_and_a_summary(
    bench: Bench, repository: Repository
) -> None:
    bench.set(GITHUB_STEP_SUMMARY=str(bench.folder / "summary"))
    found = in_workflow(bench, "upload", "dist", "--store", "./index")

    assert (found["changed"], found["files"], found["run-url"]) == ("true", "1", "")
    assert found["report"]["index"]["added"] == [W]
    assert "### Index: 1 project, 1 file\n" in (bench.folder / "summary").read_text()
