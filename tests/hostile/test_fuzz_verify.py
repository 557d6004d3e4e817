"""Thousands of pages, JSON and HTML, for `ghpypi verify`: each has findings, and none an error."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ghpypi.core.verify.contents import checked_algorithm
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.finding import finding_lines, ordered
from ghpypi.core.verify.formats import format_findings
from ghpypi.core.verify.html_page import html_page, html_root
from ghpypi.core.verify.json_page import json_page, json_root
from ghpypi.core.verify.links import is_fetchable, link_findings
from ghpypi.core.verify.page import PageFaultError, ParsedPage
from ghpypi.core.verify.pages import page_findings
from ghpypi.core.verify.roots import normalized_names, root_findings, root_format_findings
from ghpypi.core.verify.sampling import chosen_files
from ghpypi.core.verify.values import value_findings
from tests.hostile.fuzzing import MUTATED, TEXT_TOKENS, mutations
from tests.jobs.verify.sites import html, link, page_json, root_html, root_json

URL = "https://pypi.example/simple/acme-lib/"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
PROVENANCE = "https://pypi.example/p"
HTML = html(link(yanked="", provenance=PROVENANCE), head='<base href="https://f.example/">').body
JSON = page_json(project_status={"status": "archived", "reason": "x"}).body


def fetched(body: bytes) -> Fetched:
    return Fetched(url=URL, asked=URL, status=200, headers={"content-type": "text/html"}, body=body)


def check_page(page: ParsedPage) -> None:
    found = [*page_findings(page)]
    for file in page.files:
        found += link_findings(page, file)
        found += value_findings(page, file, NOW)
        is_fetchable(page, file)
        checked_algorithm(file)
    found += format_findings(page, page)
    chosen_files(page, 2)
    findings = ordered(found)
    assert json.dumps([finding.document() for finding in findings])
    assert list(finding_lines(findings)) or not findings


@pytest.mark.parametrize(("seed", "parse"), [(HTML, html_page), (JSON, json_page)])
def test_mutated_project_pages_raise_nothing_else(
    seed: bytes, parse: Callable[[Fetched, str], ParsedPage]
) -> None:
    for content in mutations([seed], MUTATED // 2, TEXT_TOKENS):
        try:
            page = parse(fetched(content), "acme-lib")
        except PageFaultError as fault:
            assert fault.rule.level  # noqa: PT017 - that nothing else is raised is the point
            continue
        check_page(page)


def test_mutated_lists_of_projects_raise_nothing_else() -> None:
    seeds = [root_html("acme-lib", "b").body, root_json("acme-lib", "b").body]
    for content in mutations(seeds, MUTATED // 4, TEXT_TOKENS):
        parse = json_root if content[:1] == b"{" else html_root
        try:
            root = parse(fetched(content))
        except PageFaultError:
            continue
        found = [*root_findings(root), *root_format_findings(root, root)]
        assert list(finding_lines(ordered(found))) or not found
        assert normalized_names(root) is not None
