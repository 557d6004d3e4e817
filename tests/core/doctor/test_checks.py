"""Each fault of a setup has its rule and no other."""

from datetime import UTC, datetime, timedelta

import pytest

from ghpypi.core.doctor.checks import (
    namesake_findings,
    release_findings,
    repository_findings,
    state_findings,
)
from ghpypi.core.doctor.report import DoctorReport
from ghpypi.core.doctor.setup_rules import SetupRule
from ghpypi.core.doctor.state import (
    PagesState,
    PushRule,
    SetupState,
    WorkflowRunState,
    WorkflowState,
)
from ghpypi.core.verify.finding import ordered

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
URL = "https://github.example/acme/pypi"
SITE = "https://acme.github.example/pypi/"


def run(conclusion: str, *, days: float = 0.5) -> WorkflowRunState:
    begun = NOW - timedelta(days=days)
    return WorkflowRunState(url=f"{URL}/actions/runs/1", conclusion=conclusion, started_at=begun)


def workflow(*runs: WorkflowRunState, disabled: str = "") -> WorkflowState:
    page = f"{URL}/actions/workflows/index.yml"
    path = ".github/workflows/index.yml"
    return WorkflowState(page=page, path=path, disabled=disabled, runs=runs)


SOUND = SetupState(
    url=URL,
    may_write=True,
    token_expires_at=NOW + timedelta(days=90),
    pushed_at=NOW - timedelta(days=1),
    actions_enabled=True,
    workflows_known=True,
    workflow=workflow(run("success")),
    pages=PagesState(url=SITE),
    requests_left=4000,
    requests_limit=5000,
)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, None),
        ({"token_expires_at": NOW + timedelta(days=13)}, SetupRule.TOKEN_EXPIRES),
        ({"token_expires_at": None}, None),
        ({"may_write": False}, SetupRule.ROLE),
        ({"may_write": None}, None),
        ({"actions_enabled": False}, SetupRule.ACTIONS_DISABLED),
        ({"actions_enabled": None}, None),
        ({"workflow": None}, SetupRule.WORKFLOW_MISSING),
        ({"workflow": None, "workflows_known": False}, None),
        ({"workflow": workflow(disabled="someone disabled it")}, SetupRule.WORKFLOW_DISABLED),
        ({"pushed_at": NOW - timedelta(days=51)}, SetupRule.SCHEDULE),
        ({"pushed_at": NOW - timedelta(days=51), "public": False}, None),
        ({"workflow": workflow()}, SetupRule.NO_RUN),
        ({"workflow": workflow()._replace(runs=None)}, None),
        ({"workflow": workflow(run("failure"), run("success"))}, SetupRule.RUN_FAILED),
        ({"workflow": workflow(run(""), run("failure"))}, SetupRule.RUN_FAILED),
        ({"workflow": workflow(run("cancelled"), run("success"))}, None),
        ({"workflow": workflow(run("success", days=4))}, SetupRule.RUN_OLD),
        ({"pages": None}, None),
        ({"pages": PagesState(url=SITE, failure="too large")}, SetupRule.PAGES_FAILED),
        ({"pages": PagesState(url=SITE, https=False)}, SetupRule.PAGES_INSECURE),
        ({"pages": PagesState(url="https://other.example/")}, SetupRule.PAGES_DOMAIN),
        ({"push_rules": (PushRule(kind="update", source="x"),)}, SetupRule.BRANCH_RULES),
        ({"pages": PagesState(url=SITE, deployable=False)}, SetupRule.ENVIRONMENT),
        ({"pages": PagesState(url=SITE, deployable=True)}, None),
        ({"pages": PagesState(url=SITE, size=800, max_size=1000)}, SetupRule.SITE_SIZE),
        ({"pages": PagesState(url=SITE, size=799, max_size=1000)}, None),
        ({"pages": PagesState(url=SITE, size=None, max_size=1000)}, None),
        ({"near_limit": "it is large"}, SetupRule.REPOSITORY_SIZE),
        ({"requests_left": 499}, SetupRule.RATE),
        ({"requests_left": None, "requests_limit": None}, None),
    ],
)
def test_a_fault_has_its_finding_and_no_other(
    change: dict[str, object], rule: SetupRule | None
) -> None:
    state = SOUND._replace(**change)  # type: ignore[arg-type]  # any of its fields
    findings = list(state_findings(state, SITE, NOW))

    assert [finding.rule for finding in findings] == ([rule] if rule else [])
    assert all(finding.url.startswith(URL) for finding in findings)


def test_releases_near_the_limit_are_found() -> None:
    findings = list(release_findings(URL, {"v1": 899, "v2": 900, "v3": 1000}, 1000))

    assert [x.detail for x in findings] == ["v2: 900 of 1,000 assets", "v3: 1,000 of 1,000 assets"]


def test_private_repositories_other_than_the_store_are_found() -> None:
    findings = list(repository_findings(URL, "acme/pypi", ["Acme/pypi", "acme/lib"]))

    assert [x.detail for x in findings] == ["acme/lib"]


def test_a_report_has_the_form_of_that_of_verify() -> None:
    findings = ordered(namesake_findings("https://pypi.example/simple/", ["acme-lib"]))
    report = DoctorReport(store="acme/pypi", findings=findings, skipped=("releases: no token",))

    assert list(report.lines()) == [
        f"warning: {SetupRule.NAMESAKE.broken} [namesake]",
        "  https://pypi.example/simple/acme-lib/",
        "  affects: installers",
        f"  to do: {SetupRule.NAMESAKE.remedy}",
        "not checked: releases: no token",
        "acme/pypi: 1 warning",
    ]
    assert not report.failed
    assert report.document()["findings"][0]["project"] == "acme-lib"
