"""Rules for project pages as a whole."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ghpypi.core.model import StatusMarker
from ghpypi.core.names import LONGEST_FILENAME, normalize, split_label
from ghpypi.core.parsing import parse_version, split_url
from ghpypi.core.quantities import first_of
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.roots import SHOWN

MAJOR, MINOR = 1, 4
"""The newest supported version of the API."""

_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")
_WITHDRAWN = ("tracks", "alternate-locations")
_STATUSES = {marker.value for marker in StatusMarker}

Findings = Iterator[VerifyFinding]


def page_findings(page: ParsedPage) -> Findings:
    """Check a project page as a whole."""
    for check in _CHECKS:
        yield from check(page)


def redirect_findings(page: ParsedPage, fetched: Fetched) -> Findings:
    """Check relative links of a page that is at another path than requested."""
    if not fetched.hops or split_url(fetched.asked).path == split_url(fetched.url).path:
        return
    if any(file.written and not split_url(file.written).scheme for file in page.files):
        detail = f"{fetched.asked} redirects to {fetched.url}"
        yield page.finding(PageRule.REDIRECT_RELATIVE, detail)


def _api_version(page: ParsedPage) -> Findings:
    if page.form == "json" and not page.api_versions:
        yield page.finding(ListingRule.API_VERSION_INVALID, "it is missing")
    if len(page.api_versions) > 1:
        yield page.finding(ListingRule.API_VERSION_INVALID, "it is declared twice")
    for text in page.api_versions[:1]:
        found = _VERSION.fullmatch(text) if isinstance(text, str) else None
        if not found:
            yield page.finding(ListingRule.API_VERSION_INVALID, repr(text)[:80])
        elif int(found[1]) != MAJOR:
            yield page.finding(ListingRule.API_VERSION_MAJOR, text)
        elif int(found[2]) > MINOR:
            yield page.finding(ListingRule.API_VERSION_NEWER, text)


def _project_name(page: ParsedPage) -> Findings:
    if page.form == "json" and page.document.get("name") != page.project:
        yield page.finding(ListingRule.PROJECT_NAME, repr(page.document.get("name"))[:80])


def _versions(page: ParsedPage) -> Findings:
    if page.form != "json":
        return
    versions = page.document.get("versions")
    if not isinstance(versions, list):
        if versions is not None or _declares(page, 1):
            yield page.finding(ListingRule.VERSIONS_MISSING)
        return
    known = list(map(_version, versions))
    if None in known:
        wrong = versions[known.index(None)]
        yield page.finding(ListingRule.VERSIONS_INVALID, repr(wrong)[:80])
    if repeated := [version for version, count in Counter(known).items() if count > 1 and version]:
        yield page.finding(ListingRule.VERSIONS_INVALID, f"{repeated[0]} is there twice")
    files = {file.parsed.version for file in page.files if file.parsed}
    if missing := sorted(files - set(known)):
        detail = first_of([str(version) for version in missing], SHOWN)
        yield page.finding(ListingRule.VERSIONS_DIFFER, detail)


def _status(page: ParsedPage) -> Findings:
    meta = page.document.get("meta")
    if isinstance(meta, Mapping) and "project-status" in meta:
        yield page.finding(ListingRule.STATUS_PLACE, "it is in 'meta'")
    if "project-status" in page.document and not isinstance(page.status, Mapping):
        rule = ListingRule.JSON_NULL if page.status is None else ListingRule.JSON_TYPE
        yield page.finding(rule, "'project-status' is not an object")
    if not isinstance(page.status, Mapping):
        return
    if "state" in page.status and "status" not in page.status:
        yield page.finding(ListingRule.STATUS_PLACE, "it is called 'state'")
        return
    marker = page.status.get("status", "active")
    if marker not in _STATUSES:
        yield page.finding(ListingRule.STATUS_UNKNOWN, repr(marker)[:80])
    if marker == StatusMarker.QUARANTINED.value and page.files:
        yield page.finding(ListingRule.QUARANTINED_FILES)


def _no_files(page: ParsedPage) -> Findings:
    status = page.status.get("status") if isinstance(page.status, Mapping) else None
    if not page.files and status != StatusMarker.QUARANTINED.value:
        yield page.finding(ListingRule.NO_FILES)


def _withdrawn(page: ParsedPage) -> Findings:
    meta = page.document.get("meta")
    keys = {*page.document, *(meta if isinstance(meta, Mapping) else ())}
    for key in _WITHDRAWN:
        if key in keys:
            yield page.finding(ListingRule.WITHDRAWN_KEY, f"'{key}'")


def _base(page: ParsedPage) -> Findings:
    if page.base and not split_url(page.base).scheme:
        yield page.finding(ListingRule.BASE_RELATIVE, page.base[:80])


def _unclosed(page: ParsedPage) -> Findings:
    if page.unclosed:
        yield page.finding(PageRule.PAGE_UNCLOSED)


def _twice(page: ParsedPage) -> Findings:
    groups: dict[str, list[ListedFile]] = {}
    for file in page.files:
        if file.name:
            groups.setdefault(file.name, []).append(file)
    for files in groups.values():
        if len(files) > 1:
            same = len({tuple(sorted(map(str, file.hashes.items()))) for file in files}) == 1
            rule = ListingRule.FILE_TWICE if same else ListingRule.FILE_TWICE_DIFFERS
            yield page.about(files[0], rule)


def _hashes(page: ParsedPage) -> Findings:
    # A missing key is another rule.
    files = [x for x in distributions(page) if page.form == "html" or "hashes" in x.values]
    without = [file for file in files if not file.hashes]
    if files and len(without) == len(files):
        yield page.finding(ListingRule.HASH_MISSING)
    elif without:
        yield page.about(without[0], ListingRule.HASH_MIXED)


def _upload_times(page: ParsedPage) -> Findings:
    files = distributions(page)
    without = [file for file in files if not file.values.get("upload-time")]
    if without and len(without) < len(files):
        yield page.about(without[0], ListingRule.UPLOAD_TIME_MIXED)


def _sizes(page: ParsedPage) -> Findings:
    without = [file for file in distributions(page) if "size" not in file.values]
    if page.form == "json" and without and _declares(page, 1):
        yield page.about(without[0], ListingRule.SIZE_MISSING)


def _variants(page: ParsedPage) -> Findings:
    """Check that each version with variant wheels has the file that describes them."""
    described = {x.parsed.version for x in page.files if x.parsed and x.parsed.kind == "variants"}
    missing = {
        file.parsed.version: file
        for file in reversed(page.files)
        if file.parsed and _kind(file) == "wheel" and split_label(file.name)[1]
        if file.parsed.version not in described
    }
    for file in missing.values():
        yield page.about(file, FileRule.VARIANTS_MISSING)


def distributions(page: ParsedPage) -> list[ListedFile]:
    """Return the files that installers consider: wheels and source distributions."""
    return [file for file in page.files if _kind(file) in {"wheel", "sdist"}]


def of_another_project(page: ParsedPage, file: ListedFile) -> bool:
    """Return whether a file is of another project than its page."""
    return file.parsed is not None and file.parsed.project != normalize(page.project)


def _kind(file: ListedFile) -> str:
    return file.parsed.kind if file.parsed else ""


def _declares(page: ParsedPage, minor: int) -> bool:
    """Return whether the page declares at least a minor version of the API."""
    found = _VERSION.fullmatch(str(page.api_versions[0])) if page.api_versions else None
    return found is not None and int(found[2]) >= minor


def _version(value: Any) -> Any:
    try:
        is_short = isinstance(value, str) and len(value) <= LONGEST_FILENAME
        return parse_version(value) if is_short else None
    except ValueError:
        return None


_CHECKS: tuple[Callable[[ParsedPage], Findings], ...] = (
    _api_version, _project_name, _versions, _status, _no_files, _withdrawn, _base, _unclosed,
    _twice, _hashes, _upload_times, _sizes, _variants,
)  # fmt: skip
