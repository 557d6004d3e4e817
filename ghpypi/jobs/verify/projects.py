"""Checking project pages: the response, the page, and its other form."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from ghpypi.core.names import normalize
from ghpypi.core.verify.answers import (
    ACCEPT,
    ACCEPT_HTML,
    PageContext,
    answer_findings,
    form_of,
    is_usable,
    vary_findings,
)
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.formats import format_findings
from ghpypi.core.verify.html_page import html_page
from ghpypi.core.verify.json_page import json_page
from ghpypi.core.verify.links import link_findings
from ghpypi.core.verify.page import ListedFile, ListedProject, PageFaultError, ParsedPage
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.pages import page_findings, redirect_findings
from ghpypi.core.verify.sampling import Sampling, chosen_files
from ghpypi.core.verify.values import value_findings
from ghpypi.jobs.verify.root import JSON_FILE, CheckedRoot
from ghpypi.ports import IndexFetcher


@dataclass(slots=True, kw_only=True)
class CheckedPage:
    """A project page.

    Attributes:
        findings: What is wrong.
        page: The page as installers get it; `None` if they cannot use it.
        listed: The number of its files.
        files: The files to check, each with whether to check its hash.
    """

    findings: list[VerifyFinding] = field(default_factory=list)
    page: ParsedPage | None = None
    listed: int = 0
    files: list[tuple[ListedFile, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ProjectChecker:
    """Checks project pages.

    Attributes:
        url: The URL of the index, ending in `/`.
        fetcher: Reads pages.
        root: The list of projects.
        now: The current time.
        sampling: How many files are checked.
    """

    url: str
    fetcher: IndexFetcher
    root: CheckedRoot
    now: datetime
    sampling: Sampling

    def check(self, project: ListedProject) -> CheckedPage:
        """Check the pages of a project, and choose the files to check."""
        name = normalize(project.name)
        checked = CheckedPage()
        fetched = self.fetcher.get(f"{self.url}{name}/", accept=ACCEPT)
        checked.findings += answer_findings(fetched, PageContext(name))
        if not is_usable(fetched):
            self._look_for_name(project, fetched, checked)
            return checked
        try:
            checked.page = parse_page(fetched, name)
        except PageFaultError as fault:
            checked.findings.append(PageContext(name).finding(fetched, fault.rule, fault.detail))
            return checked
        checked.findings += redirect_findings(checked.page, fetched)
        checked.findings += self._of_page(checked.page)
        checked.findings += self._other_form(checked.page, fetched)
        chosen = chosen_files(checked.page, self.sampling.files)
        most = len(chosen) if self.sampling.hashed is None else self.sampling.hashed
        checked.files = [(file, number < most) for number, file in enumerate(chosen)]
        checked.listed = len(checked.page.files)
        return checked

    def _of_page(self, page: ParsedPage) -> Iterator[VerifyFinding]:
        yield from page_findings(page)
        for file in page.files:
            yield from link_findings(page, file)
            yield from value_findings(page, file, self.now)

    def _other_form(self, page: ParsedPage, fetched: Fetched) -> Iterator[VerifyFinding]:
        """Compare a page with its other form, if there is one."""
        if page.form == "json" and self.root.negotiates:
            other = self.fetcher.get(fetched.asked, accept=ACCEPT_HTML)
            if not is_usable(other) or form_of(other) != "html":
                return
            yield from vary_findings(fetched, other, PageContext(page.project))
        elif page.form == "html" and self.root.has_json_files:
            other = self.fetcher.get(f"{fetched.url}{JSON_FILE}")
            if not other.found:
                return
        else:
            return
        yield from self._compare(page, other)

    def _compare(self, page: ParsedPage, other: Fetched) -> Iterator[VerifyFinding]:
        parse = html_page if page.form == "json" else json_page
        try:
            second = parse(other, page.project)
        except PageFaultError as fault:
            yield PageContext(page.project).finding(other, fault.rule, fault.detail)
            return
        yield from self._of_page(second)
        html, json = (page, second) if page.form == "html" else (second, page)
        yield from format_findings(html, json)

    def _look_for_name(
        self, project: ListedProject, fetched: Fetched, checked: CheckedPage
    ) -> None:
        """Replace the finding of a missing page if there is one for the name as written."""
        name = normalize(project.name)
        if not fetched.gone or project.name == name:
            return
        other = self.fetcher.get(f"{self.url}{quote(project.name)}/", accept=ACCEPT)
        if other.found:
            finding = PageContext(name).finding(fetched, PageRule.PAGE_NOT_NORMALIZED, other.url)
            checked.findings = [finding]


def parse_page(fetched: Fetched, project: str) -> ParsedPage:
    """Parse a project page in the form that its media type declares.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    parse = json_page if form_of(fetched) == "json" else html_page
    return parse(fetched, project)
