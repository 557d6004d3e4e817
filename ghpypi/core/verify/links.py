"""Rules for the names and links of files."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from ghpypi.core.addresses import is_web_address
from ghpypi.core.names import is_distribution
from ghpypi.core.parsing import split_url
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.pages import of_another_project

_TWICE = re.compile(r"%25[0-9A-Fa-f]{2}")
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "host.docker.internal")
_LOCAL_SUFFIXES = (".local", ".internal", ".localhost", ".localdomain")

Findings = Iterator[VerifyFinding]


def link_findings(page: ParsedPage, file: ListedFile) -> Findings:
    """Check the name and the link of a file."""
    for check in _CHECKS:
        yield from check(page, file)


def is_fetchable(page: ParsedPage, file: ListedFile) -> bool:
    """Return whether a request for a file makes sense, and may be sent."""
    if not file.url or any(True for _ in _invalid(page, file)):
        return False
    return not any(True for check in _FORBIDDING for _ in check(page, file))


def is_local(url: str) -> bool:
    """Return whether a URL leads to this machine or a private network, by its host."""
    host = (split_url(url).hostname or "").rstrip(".").lower()
    if host in _LOCAL_NAMES or host.endswith(_LOCAL_SUFFIXES):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private or address.is_loopback or address.is_link_local


def _name(page: ParsedPage, file: ListedFile) -> Findings:
    if not file.name:
        if page.form == "html":
            yield page.finding(ListingRule.NOT_A_DISTRIBUTION, file.written[:200])
        return
    if _TWICE.search(file.written.rpartition("/")[2]):
        return  # another rule
    if file.parsed is None:
        known = is_distribution(file.name)
        rule = ListingRule.FILENAME_INVALID if known else ListingRule.NOT_A_DISTRIBUTION
        yield page.about(file, rule)
    elif of_another_project(page, file):
        yield page.about(file, ListingRule.FILENAME_PROJECT, f"it is of '{file.parsed.project}'")


def _name_in_url(page: ParsedPage, file: ListedFile) -> Findings:
    differs = file.address and file.name and file.last_part != file.name
    if page.form == "json" and differs and unquote(file.last_part) != file.name:
        yield page.about(file, ListingRule.FILENAME_URL, file.address)


def _text(page: ParsedPage, file: ListedFile) -> Findings:
    if file.text is not None and file.parsed and file.text != file.name:
        if _TWICE.search(file.written) and unquote(file.name) == file.text:
            return  # reported as a link that was escaped twice
        yield page.about(file, ListingRule.ANCHOR_TEXT, repr(file.text[:80]))


def _invalid(page: ParsedPage, file: ListedFile) -> Findings:
    if page.form == "json" and not file.written:
        return  # reported as a missing key or a wrong type
    parts = split_url(file.url)
    if not file.url or not parts.scheme or _is_unsafe(file):
        yield page.about(file, ListingRule.LINK_INVALID, repr(file.written[:200]))


def _is_unsafe(file: ListedFile) -> bool:
    """Return whether a web address has white space or another character that must be quoted."""
    parts = split_url(file.url)
    is_web = parts.scheme in {"http", "https"} and "@" not in parts.netloc
    return is_web and not is_web_address(file.address)


def _scheme(page: ParsedPage, file: ListedFile) -> Findings:
    scheme = split_url(file.url).scheme
    same = scheme == split_url(page.url).scheme  # a folder has addresses with file://
    if scheme and scheme not in {"http", "https"} and not same:
        yield page.about(file, ListingRule.LINK_SCHEME, file.written[:200])


def _insecure(page: ParsedPage, file: ListedFile) -> Findings:
    scheme = split_url(page.url).scheme
    # A folder will be published somewhere, unless it is for this machine only.
    secure = scheme == "https" or (scheme == "file" and not is_local(file.url))
    if secure and split_url(file.url).scheme == "http":
        yield page.about(file, ListingRule.LINK_INSECURE, file.written[:200])


def _credentials(page: ParsedPage, file: ListedFile) -> Findings:
    parts = split_url(file.url)
    if "@" in parts.netloc:
        yield page.about(file, ListingRule.LINK_CREDENTIALS, f"for {parts.hostname}")


def _local(page: ParsedPage, file: ListedFile) -> Findings:
    if split_url(file.url).scheme not in {"http", "https"} or not file.written:
        return
    public = split_url(page.url).hostname and not is_local(page.url)
    if public and is_local(file.url):
        yield page.about(file, ListingRule.LINK_LOCAL_HOST, file.address)


def _twice_escaped(page: ParsedPage, file: ListedFile) -> Findings:
    if _TWICE.search(split_url(file.address).path.rpartition("/")[2]):
        yield page.about(file, ListingRule.PLUS_ESCAPED_TWICE, file.written[:200])


def _query(page: ParsedPage, file: ListedFile) -> Findings:
    if split_url(file.address).query and file.metadata_hash is not None:
        yield page.about(file, ListingRule.METADATA_QUERY, file.written[:200])


_Check = Callable[[ParsedPage, ListedFile], Findings]

_FORBIDDING: tuple[_Check, ...] = (_scheme, _insecure, _credentials, _local)
"""Rules for links that are not followed."""

_CHECKS: tuple[_Check, ...] = (
    _name, _name_in_url, _text, _invalid, *_FORBIDDING, _twice_escaped, _query,
)  # fmt: skip
