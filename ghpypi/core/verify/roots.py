"""Rules for the list of projects."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from packaging.utils import InvalidName, canonicalize_name

from ghpypi.core.names import normalize
from ghpypi.core.parsing import split_url
from ghpypi.core.quantities import first_of
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.page import ListedProject, ParsedRoot
from ghpypi.core.verify.page_rules import PageRule

SHOWN = 5
"""Maximum number of names in a finding."""

UNKNOWN_PROJECT = "ghpypi-verify-no-such-project"
"""The name of a project that no index has."""


def root_findings(root: ParsedRoot) -> Iterator[VerifyFinding]:
    """Check the list of projects."""
    if not root.projects:
        yield root.finding(PageRule.ROOT_EMPTY)
    yield from _invalid(root)
    yield from _twice(root)
    yield from _links(root)
    if root.unclosed:
        yield root.finding(PageRule.PAGE_UNCLOSED)


def root_format_findings(one: ParsedRoot, other: ParsedRoot) -> Iterator[VerifyFinding]:
    """Compare the two forms of the list of projects."""
    ours, theirs = set(normalized_names(one)), set(normalized_names(other))
    for root, only in ((one, ours - theirs), (other, theirs - ours)):
        if only:
            detail = f"only in {root.form.upper()}: {first_of(sorted(only), SHOWN)}"
            yield one.finding(PageRule.ROOT_FORMATS, detail)


def normalized_names(root: ParsedRoot) -> dict[str, ListedProject]:
    """Return the entries with a valid name by their normalized names, in order."""
    found: dict[str, ListedProject] = {}
    for project in root.projects:
        if is_name(project.name):
            found.setdefault(normalize(project.name), project)
    return found


def unlisted_findings(root: ParsedRoot, project: str) -> Iterator[VerifyFinding]:
    """Check that a project with a page is in the list."""
    if project not in normalized_names(root):
        yield root.finding(PageRule.PROJECT_UNLISTED, project)


def unknown_project_findings(fetched: Fetched) -> Iterator[VerifyFinding]:
    """Check the response for a project that does not exist."""
    if fetched.found:
        rule = PageRule.UNKNOWN_PROJECT_FOUND
    elif fetched.asks_to_sign_in:
        rule = PageRule.UNKNOWN_PROJECT_FORBIDDEN
    elif fetched.unavailable:
        rule = PageRule.UNKNOWN_PROJECT_ERROR
    else:
        return
    yield VerifyFinding(rule=rule, url=fetched.asked, detail=fetched.reason)


def slash_findings(fetched: Fetched, project: str) -> Iterator[VerifyFinding]:
    """Check the response to the address of a project without its last slash."""
    if not fetched.found or not split_url(fetched.url).path.endswith("/"):
        yield VerifyFinding(
            rule=PageRule.SLASH, url=fetched.asked, detail=fetched.reason, project=project
        )


def is_name(text: str) -> bool:
    """Return whether a text is a valid name of a project."""
    try:
        canonicalize_name(text, validate=True)
    except InvalidName:
        return False
    return True


def _invalid(root: ParsedRoot) -> Iterator[VerifyFinding]:
    for project in root.projects:
        if not is_name(project.name):
            yield root.finding(PageRule.ROOT_NAME_INVALID, repr(project.name[:80]))


def _twice(root: ParsedRoot) -> Iterator[VerifyFinding]:
    counts = Counter(normalize(each.name) for each in root.projects if is_name(each.name))
    for name, count in counts.items():
        if count > 1:
            yield root.finding(PageRule.ROOT_NAME_TWICE, name)


def _links(root: ParsedRoot) -> Iterator[VerifyFinding]:
    for project in root.projects:
        if root.form == "json" or not is_name(project.name):
            continue
        folder, _, last = split_url(project.url).path.rstrip("/").rpartition("/")
        here = split_url(root.url)
        same = split_url(project.url).netloc == here.netloc and f"{folder}/" == here.path
        if not same or normalize(unquote(last)) != normalize(project.name):
            yield root.finding(PageRule.ROOT_LINK, f"{project.name}: {project.written[:200]}")
