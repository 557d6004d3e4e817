"""Checking the list of projects, and how an index answers for other addresses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ghpypi.core.names import normalize
from ghpypi.core.parsing import split_url
from ghpypi.core.verify.answers import (
    ACCEPT,
    ACCEPT_HTML,
    PageContext,
    answer_findings,
    default_findings,
    form_of,
    is_usable,
    vary_findings,
)
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.html_page import html_root
from ghpypi.core.verify.json_page import json_root
from ghpypi.core.verify.page import ListedProject, PageFaultError, ParsedRoot
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.roots import (
    UNKNOWN_PROJECT,
    normalized_names,
    root_findings,
    root_format_findings,
    slash_findings,
    unknown_project_findings,
    unlisted_findings,
)
from ghpypi.errors import TryLaterError
from ghpypi.ports import IndexFetcher

JSON_FILE = "index.json"
"""The JSON form of a page of a static index, which installers do not request."""


@dataclass(slots=True, kw_only=True)
class CheckedRoot:
    """The list of projects.

    Attributes:
        projects: The projects by normalized name.
        findings: What is wrong.
        parsed: The list, if it could be read.
        has_json_files: Pages have a JSON form in a file of their own.
        negotiates: The server sends HTML or JSON, depending on the request.
        other_place: The list is at another URL.
    """

    projects: Mapping[str, ListedProject] = field(default_factory=dict)
    findings: list[VerifyFinding] = field(default_factory=list)
    parsed: ParsedRoot | None = None
    has_json_files: bool = False
    negotiates: bool = False
    other_place: bool = False


class RootChecker:
    """Checks the list of projects.

    Args:
        url: The URL of the index, ending in `/`.
        fetcher: Reads pages.
        named: The user named projects, so that the list is not needed.
    """

    def __init__(self, url: str, fetcher: IndexFetcher, *, named: bool) -> None:
        self._url = url
        self._fetcher = fetcher
        self._named = named
        self._root = CheckedRoot()

    def check(self) -> CheckedRoot:
        """Check the list.

        Raises:
            TryLaterError: The index cannot be read now.
        """
        fetched = self._fetcher.get(self._url, accept=ACCEPT)
        if fetched.unavailable and not (fetched.looping or fetched.insecure):
            raise TryLaterError(
                f"{self._url} cannot be read: {fetched.reason}",
                hint=fetched.hint
                or "check the URL and the connection, or run the same command again later",
            )
        self._root.findings = list(self._check(fetched))
        return self._root

    def probe(self, project: str) -> Iterator[VerifyFinding]:
        """Check how the index answers for a project that does not exist."""
        if self._root.parsed and self._named:
            yield from unlisted_findings(self._root.parsed, normalize(project))
        if split_url(self._url).scheme == "file":
            return
        yield from unknown_project_findings(
            self._fetcher.get(f"{self._url}{UNKNOWN_PROJECT}/", accept=ACCEPT)
        )

    def probe_slash(self, project: str) -> Iterator[VerifyFinding]:
        """Check the address of a project, whose page is sound, without its last slash."""
        if split_url(self._url).scheme != "file":
            fetched = self._fetcher.get(f"{self._url}{project}", accept=ACCEPT_HTML)
            yield from slash_findings(fetched, project)

    def _check(self, fetched: Fetched) -> Iterator[VerifyFinding]:
        context = PageContext()
        if fetched.gone and self._named:
            return  # installers do not need it
        for finding in answer_findings(fetched, context):
            missing = finding.rule is PageRule.PAGE_MISSING
            rule = PageRule.ROOT_MISSING if missing else finding.rule
            yield context.finding(fetched, rule, finding.detail)
        if not is_usable(fetched):
            return
        try:
            self._root.parsed = parse_root(fetched)
        except PageFaultError as fault:
            yield context.finding(fetched, fault.rule, fault.detail)
            return
        yield from self._check_parsed(self._root.parsed, fetched)

    def _check_parsed(self, root: ParsedRoot, fetched: Fetched) -> Iterator[VerifyFinding]:
        if root.form == "html" and not root.api_versions and self._is_below(root):
            self._root.other_place = True
            yield root.finding(PageRule.NOT_AN_INDEX, f"{self._url}simple/")
            return
        self._root.projects = normalized_names(root)
        yield from root_findings(root)
        if root.form == "json":
            yield from self._compare_html(root, fetched)
        else:
            yield from self._compare_json_file(root)

    def _compare_html(self, root: ParsedRoot, json: Fetched) -> Iterator[VerifyFinding]:
        """Compare with the HTML form, if the server has one."""
        html = self._fetcher.get(self._url, accept=ACCEPT_HTML)
        if not is_usable(html) or form_of(html) != "html":
            return
        self._root.negotiates = True
        yield from vary_findings(json, html, PageContext())
        yield from default_findings(self._fetcher.get(self._url), PageContext())
        try:
            yield from root_format_findings(parse_root(html), root)
        except PageFaultError as fault:
            yield PageContext().finding(html, fault.rule, fault.detail)

    def _compare_json_file(self, root: ParsedRoot) -> Iterator[VerifyFinding]:
        """Compare with the JSON file of a static index, if there is one."""
        fetched = self._fetcher.get(f"{self._url}{JSON_FILE}")
        if not fetched.found:
            return
        try:
            other = json_root(fetched)
        except PageFaultError:
            return  # a file of something else
        self._root.has_json_files = True
        yield from root_format_findings(root, other)

    def _is_below(self, root: ParsedRoot) -> bool:
        """Return whether the list of projects is one level below a page for people."""
        if self._named and self._has_named(root):
            return False
        fetched = self._fetcher.get(f"{self._url}simple/", accept=ACCEPT)
        if not is_usable(fetched) or fetched.other_host:
            return False
        try:
            below = parse_root(fetched)
        except PageFaultError:
            return False
        # A page of a project named "simple" has links to files, not to folders.
        return bool(below.api_versions) and all(
            project.url.endswith("/") for project in below.projects
        )

    def _has_named(self, root: ParsedRoot) -> bool:
        return bool(root.projects) and bool(root.api_versions)


def parse_root(fetched: Fetched) -> ParsedRoot:
    """Parse a list of projects in the form that its media type declares.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    return json_root(fetched) if form_of(fetched) == "json" else html_root(fetched)
