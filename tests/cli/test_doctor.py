"""`ghpypi doctor`, on folders and on the emulator."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.cli.conftest import Bench
from tests.cli.test_init import WORKFLOW, Office, set_up
from tests.emulator import Emulator
from tests.emulator.repository import Run
from tests.emulator.schema import check_all

pytestmark = pytest.mark.slow

PRIVATE = """
[index]
url = "https://pypi.example/"
repositories = ["acme/pypi", "acme/lib"]
private-repositories = "include"
"""


@dataclass(frozen=True)
class Examined:
    code: int
    document: dict[str, Any]
    err: str

    @property
    def rules(self) -> set[str]:
        return {finding["rule"] for finding in self.document["findings"]}

    def detail(self, rule: str) -> str:
        found = [x["detail"] for x in self.document["findings"] if x["rule"] == rule]
        return "; ".join(found)


def examined(office: Office, *arguments: str) -> Examined:
    outcome = office.bench.run("doctor", "--store", "acme/pypi", "--json", *arguments)
    return Examined(outcome.code, json.loads(outcome.out), outcome.err)


@pytest.fixture
def office(empty_github: Emulator, bench: Bench) -> Office:
    """A repository that was set up, whose index workflow has run."""
    office = Office(empty_github, bench)
    set_up(office)
    add_run(office, "success")
    office.github.clear_log()
    return office


def add_run(office: Office, conclusion: str, *, days: float = 0) -> None:
    world = office.github
    begun = world.clock.now() - timedelta(days=days)
    run = Run(world.next_id(), WORKFLOW, "schedule", begun, "index", "completed", conclusion)
    office.repository.runs.append(run)


def test_a_complete_setup_has_no_findings_and_is_not_changed(office: Office) -> None:
    found = examined(office)

    assert (found.code, found.err) == (0, "")
    assert found.document == {
        "version": 1,
        "store": "acme/pypi",
        "ok": True,
        "counts": {"error": 0, "warning": 0, "note": 0},
        "skipped": [],
        "findings": [],
    }
    assert office.writes == []


def test_everything_that_is_wrong_is_found_at_once(office: Office) -> None:
    repository, site = office.repository, office.repository.site
    assert site
    repository.workflow_states[WORKFLOW] = "disabled_inactivity"
    site.https_enforced = False
    site.builds[-1].status = "errored"
    office.github.add_repository("acme/lib", private=True)
    repository.commit_files({"ghpypi.toml": PRIVATE})
    end = office.github.clock.now() + timedelta(days=3)
    office.use(office.github.add_token("ann", expires_at=end))
    site.builds[-1].commit = str(repository.head("gh-pages"))
    found = examined(office)

    assert found.code == 3
    assert found.rules == {
        "workflow-disabled", "pages-failed", "pages-insecure", "pages-domain", "token-expires",
        "repository-private", "step-missing",
    }  # fmt: skip
    assert found.detail("repository-private") == "acme/lib"
    assert found.detail("pages-domain").endswith("ghpypi.toml: https://pypi.example/")


def test_rules_of_branches_and_environments_are_found(office: Office) -> None:
    repository = office.repository
    repository.branch_rules["gh-pages"] = ("deletion", "required_signatures", "update")
    repository.environments["github-pages"] = ("main", "release/*")
    found = examined(office)

    assert (found.code, found.rules) == (3, {"branch-rules", "environment"})
    assert found.detail("branch-rules") == (
        "gh-pages: required_signatures (ruleset 'protect'; bypass: none), "
        "update (ruleset 'protect'; bypass: none)"
    )
    assert found.detail("environment") == "gh-pages"


ACTIONS = {"actor_id": 15368, "actor_type": "Integration", "bypass_mode": "always"}
REVIEWS = {
    "url": "https://api.github.com/x",
    "dismiss_stale_reviews": True,
    "require_code_owner_reviews": False,
}


def test_rules_that_the_token_of_a_workflow_may_bypass_are_no_fault(office: Office) -> None:
    office.github.keep_answers()
    office.repository.branch_rules["gh-pages"] = ("pull_request",)
    lists: tuple[list[dict[str, Any]], ...] = (
        [ACTIONS],
        [{**ACTIONS, "bypass_mode": "pull_request"}],
        [{**ACTIONS, "actor_id": 1}, {"actor_type": "DeployKey"}],
    )
    details = []
    for actors in lists:
        office.repository.bypass_actors[:] = actors
        details.append(examined(office).detail("branch-rules"))

    assert details == [
        "",
        "gh-pages: pull_request (ruleset 'protect'; bypass: none)",
        "gh-pages: pull_request (ruleset 'protect'; bypass: an app, deploy keys)",
    ]
    assert check_all(office.github.requests) > 0


def test_classic_protection_is_read_by_administrators_only(office: Office) -> None:
    office.github.keep_answers()
    repository = office.repository
    repository.protection["gh-pages"] = {
        "required_pull_request_reviews": REVIEWS,
        "lock_branch": {"enabled": True},
        "required_signatures": {"url": "https://api.github.com/x", "enabled": False},
    }
    found = examined(office)
    office.github.add_user("eve")
    repository.grant("eve", "write")
    office.use(office.github.add_token("eve"))
    hidden = examined(office)
    (skipped,) = [x for x in hidden.document["skipped"] if x.startswith("classic")]

    assert found.detail("branch-rules") == (
        "gh-pages: pull_request (classic branch protection; bypass: none), "
        "locked (classic branch protection; bypass: none)"
    )
    assert found.document["findings"][0]["url"].endswith("/acme/pypi/settings/branches")
    assert "branch-rules" not in hidden.rules
    assert skipped.startswith("classic protection of gh-pages: only an administrator may read")
    assert check_all(office.github.requests) > 0


def test_environments_of_trusted_publishing_exist_and_are_restricted(office: Office) -> None:
    office.github.keep_answers()
    environments: dict[str, tuple[str, ...] | None] = {"release": ("v*",), "open": None}
    office.repository.environments.update(environments)
    rules = [f"acme/pypi=acme-*,environment={name}" for name in ("release", "open", "gone")]
    options = [x for rule in (*rules, "acme/pypi=acme-lib") for x in ("--check-trust", rule)]
    found = examined(office, *options, "--check-trust", "acme/hidden=acme-lib,environment=release")

    assert found.rules == {"trusted-environment-open", "trusted-environment-missing"}
    assert found.detail("trusted-environment-open") == "acme/pypi: open"
    assert found.detail("trusted-environment-missing") == "acme/pypi: gone"
    assert found.document["skipped"] == [
        "environment 'release' of acme/hidden: the token may not read it"
    ]
    assert check_all(office.github.requests) > 0


@pytest.mark.parametrize("patterns", [None, ("main", "gh-*"), ("**",)])
def test_rules_that_let_the_workflow_push_and_deploy_are_no_fault(
    office: Office, patterns: tuple[str, ...] | None
) -> None:
    office.github.keep_answers()
    office.repository.branch_rules["gh-pages"] = ("deletion",)
    office.repository.environments["github-pages"] = patterns
    found = examined(office)

    assert "step-changed" not in found.rules
    assert check_all(office.github.requests) > 0


def test_an_immutable_release_without_files_and_a_large_repository_are_found(
    office: Office,
) -> None:
    office.repository.add_release("v1", immutable=True)
    office.repository.size = 900_000
    found = examined(office)

    assert (found.code, found.rules) == (0, {"immutable-empty", "repository-size"})
    assert found.detail("immutable-empty") == "acme/pypi v1"
    assert "GitHub recommends less than 1.0 GB" in found.detail("repository-size")


def test_a_large_site_is_found(office: Office) -> None:
    office.repository.commit_files({"simple/index.html": "large"}, branch="gh-pages")
    office.repository.blob_sizes["simple/index.html"] = 850_000_000
    found = examined(office)

    assert (found.code, "site-size" in found.rules) == (0, True)
    assert found.detail("site-size") == "850.0 MB of 1.0 GB"


def test_runs_and_missing_parts_are_found(office: Office) -> None:
    repository = office.repository
    add_run(office, "failure")
    repository.site = None
    repository.pushed_at -= timedelta(days=55)
    repository.commit_files({"ghpypi.toml": '[index]\nrepositories = ["acme/no"]\n'})
    repository.pushed_at -= timedelta(days=55)
    found = examined(office)

    assert found.code == 3
    assert found.rules == {"run-failed", "step-missing", "schedule", "repository-unreadable"}
    assert "Pages: to be set to publish gh-pages" in found.detail("step-missing")


def test_a_repository_without_actions_or_workflow_never_rebuilds(office: Office) -> None:
    office.repository.commit_files({WORKFLOW: None})
    without = examined(office)
    office.repository.actions_enabled = False
    off = examined(office)

    assert without.rules == {"workflow-missing", "step-missing"}
    assert off.rules == {"actions-disabled", "step-missing"}


def test_a_private_repository_without_pages_is_no_change_by_hand(office: Office) -> None:
    office.repository.private = True
    office.repository.site = None
    found = examined(office)

    assert "step-changed" not in found.rules


def test_what_a_token_may_not_read_is_no_fault(office: Office) -> None:
    office.repository.private = True
    rights = {"contents": "read", "metadata": "read"}
    token = office.github.add_token("ann", permissions=rights, installation="acme/pypi")
    office.use(token)
    found = examined(office)

    assert (found.code, found.rules) == (0, {"role"})
    assert any(text.startswith("Pages: ") for text in found.document["skipped"])


def test_a_folder_needs_no_setup(bench: Bench) -> None:
    (bench.folder / "index").mkdir()
    outcome = bench.run("doctor", "--store", "./index")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "./index: no findings\n"


def test_a_missing_repository_is_not_found(office: Office) -> None:
    outcome = office.bench.run("doctor", "--store", "acme/other")

    assert outcome.code == 5
    assert "'acme/other' does not exist" in outcome.err
