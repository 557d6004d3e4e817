"""Each broken index is reported with its rule and no other; sound indexes with none."""

from collections import Counter
from datetime import datetime

import pytest

from ghpypi.core.names import normalize
from ghpypi.core.verify.finding import RULES, VerifyFinding
from ghpypi.core.verify.page import MOST_FILES
from ghpypi.core.verify.report import VerifyReport
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.ports import SilentReporter
from ghpypi.stores.fetcher.web import WebFetcher
from tests.jobs.verify.corpus import FAULTS, SOUND_VARIANTS, TIME_OF_TESTS, Fault
from tests.jobs.verify.sites import (
    INDEX,
    ONLY_JSON,
    PAGE,
    SOUND,
    STATIC,
    html,
    link,
    redirect,
    root_html,
)
from tests.support.canned_site import JSON, Canned, CannedSite, Pages

NO_CORPUS = {"page-too-large", "install-failed", "provenance-absent", "provenance-refused"}
"""Rules with tests of their own."""


def verified(pages: Pages, *projects: str) -> VerifyReport:
    options = VerifyOptions(
        now=datetime.fromisoformat(TIME_OF_TESTS),
        projects=tuple(map(normalize, projects)),
        workers=1,
    )
    fetcher = WebFetcher(adapter=lambda: CannedSite(pages))
    return verify_index(INDEX, fetcher, SilentReporter(), options)


def rules_of(findings: tuple[VerifyFinding, ...]) -> set[str]:
    return {finding.rule.id for finding in findings}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: f"{each.rule}: {each.name}")
def test_a_fault_has_its_finding_and_no_other(fault: Fault) -> None:
    report = verified(fault.pages, *filter(None, [fault.project]))

    assert rules_of(report.findings) == {fault.rule}, list(report.lines())


@pytest.mark.parametrize("pages", SOUND.values(), ids=SOUND)
def test_a_sound_index_has_no_findings(pages: Pages) -> None:
    report = verified(pages)

    assert list(report.findings) == []
    assert (report.counts.pages, report.counts.files, report.counts.hashed) == (1, 1, 1)


def test_a_sound_index_with_variants_has_no_findings() -> None:
    assert list(verified(SOUND_VARIANTS.pages).findings) == []


def test_every_rule_is_in_the_corpus() -> None:
    covered = {fault.rule for fault in FAULTS}

    assert covered | NO_CORPUS == {rule.id for rule in RULES}
    assert len(FAULTS) > 60


def test_no_fault_is_there_twice() -> None:
    counts = Counter((fault.rule, fault.name) for fault in FAULTS)

    assert [each for each, count in counts.items() if count > 1] == []


def test_a_project_that_is_called_like_a_sign_in_may_be_elsewhere() -> None:
    index = f"{INDEX}oauthlib/"
    page = html(link("oauthlib-1.0-py3-none-any.whl"))
    report = verified({
        INDEX: root_html("oauthlib"),
        index: redirect("/new/oauthlib/"),
        "https://pypi.example/new/oauthlib/": page,
        f"{INDEX}oauthlib": redirect(index),
    })  # fmt: skip

    assert "page-sign-in" not in rules_of(report.findings)


@pytest.mark.parametrize("charset", ["punycode", "zip", "no-such", "utf-7"])
def test_a_charset_that_takes_forever_is_not_used(charset: str) -> None:
    page = Canned(type=f"text/html; charset={charset}", body=html(link()).body)

    assert rules_of(verified({**STATIC, PAGE: page}).findings) == {"not-utf8"}


def test_a_page_of_too_many_files_is_not_kept_in_memory() -> None:
    body = b'{"files":[' + b"0," * MOST_FILES + b"0]}"
    page = Canned(type=JSON, body=body)

    assert rules_of(verified({**ONLY_JSON, PAGE: page}).findings) == {"page-too-large"}
