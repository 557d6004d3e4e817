"""Rules for responses with pages: status, redirects, media types and caches."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ghpypi.core.parsing import parse_number, split_url
from ghpypi.core.quantities import duration
from ghpypi.core.simple.negotiation import PageFormat
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.rules import VerifyRule

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
)
"""The Accept header of pip 26.3."""

ACCEPT_HTML = "application/vnd.pypi.simple.v1+html, text/html; q=0.1"
"""An Accept header without JSON."""

LONGEST_CACHE = 3600
"""Maximum time that caches may keep a page without a finding, in seconds. GitHub Pages: 600."""

_CACHEABLE = frozenset({"cache-control", "expires", "etag", "last-modified"})
_TYPES = tuple(form.value for form in PageFormat)
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]+)")


class PageContext(NamedTuple):
    """What a response is about.

    Attributes:
        project: The normalized name of the project; empty for the list of projects.
    """

    project: str = ""

    def finding(self, fetched: Fetched, rule: VerifyRule, detail: str = "") -> VerifyFinding:
        """Return a finding about a response."""
        return VerifyFinding(rule=rule, url=fetched.asked, detail=detail, project=self.project)


def answer_findings(fetched: Fetched, context: PageContext) -> Iterator[VerifyFinding]:
    """Check a response; a page that cannot be used has one finding, the first that applies."""
    for check in _FATAL:
        found = check(fetched)
        if found is not None:
            yield context.finding(fetched, *found)
            return
    for check in _CHECKS:
        found = check(fetched)
        if found is not None:
            yield context.finding(fetched, *found)


def is_usable(fetched: Fetched) -> bool:
    """Return whether a response has a page that installers would parse."""
    return not any(check(fetched) for check in _FATAL)


def form_of(fetched: Fetched) -> str:
    """Return the form that the media type declares: `html` or `json`."""
    return "json" if fetched.media_type.lower() == PageFormat.JSON.value else "html"


def vary_findings(json: Fetched, html: Fetched, context: PageContext) -> Iterator[VerifyFinding]:
    """Check that caches can distinguish the two forms of one page.

    Without a lifetime or a validator, caches have no reason to keep a response (RFC 9111).
    """
    for fetched in (json, html):
        if not _CACHEABLE & fetched.headers.keys():
            continue
        fields = fetched.headers.get("vary", "").lower()
        if not {"accept", "*"} & {field.strip() for field in fields.split(",")}:
            yield context.finding(fetched, PageRule.VARY)
            return


def default_findings(fetched: Fetched, context: PageContext) -> Iterator[VerifyFinding]:
    """Check the response to a client that accepts anything."""
    if fetched.found and fetched.media_type.lower() == PageFormat.JSON.value:
        yield context.finding(fetched, PageRule.DEFAULT_FORM)


_Found = tuple[VerifyRule, str] | None


def _loop(fetched: Fetched) -> _Found:
    return (PageRule.REDIRECT_LOOP, "") if fetched.looping else None


def _insecure(fetched: Fetched) -> _Found:
    return (PageRule.REDIRECT_INSECURE, fetched.insecure) if fetched.insecure else None


def _sign_in(fetched: Fetched) -> _Found:
    if not fetched.asks_to_sign_in:
        return None
    return PageRule.PAGE_SIGN_IN, f"HTTP {fetched.status} from {split_url(fetched.url).netloc}"


def _hijack(fetched: Fetched) -> _Found:
    if fetched.hops and fetched.other_host and fetched.gone:
        return PageRule.REDIRECT_HIJACK, f"it redirects to {fetched.url}: {fetched.reason}"
    return None


def _missing(fetched: Fetched) -> _Found:
    return (PageRule.PAGE_MISSING, fetched.reason) if fetched.gone else None


def _unavailable(fetched: Fetched) -> _Found:
    return (PageRule.PAGE_UNAVAILABLE, fetched.reason) if fetched.unavailable else None


def _status(fetched: Fetched) -> _Found:
    return None if fetched.found else (PageRule.PAGE_STATUS, fetched.reason)


def _cut(fetched: Fetched) -> _Found:
    return (PageRule.PAGE_TRUNCATED, "the connection ended early") if fetched.cut else None


def _too_large(fetched: Fetched) -> _Found:
    return (PageRule.PAGE_TOO_LARGE, "") if fetched.too_large else None


def _no_type(fetched: Fetched) -> _Found:
    return None if fetched.media_type else (PageRule.CONTENT_TYPE_MISSING, "")


def _plain_json(fetched: Fetched) -> _Found:
    is_json = fetched.media_type.lower() == "application/json"
    return (PageRule.CONTENT_TYPE_JSON, "") if is_json else None


def _other_type(fetched: Fetched) -> _Found:
    known = fetched.media_type.lower() in _TYPES
    return None if known else (PageRule.CONTENT_TYPE, fetched.media_type[:80])


def _mismatch(fetched: Fetched) -> _Found:
    start = fetched.body[:512].lstrip()
    actual = "json" if start.startswith((b"{", b"[")) else "html"
    if not start or actual == form_of(fetched) or (actual == "html" and start[:1] != b"<"):
        return None
    return PageRule.CONTENT_MISMATCH, f"{fetched.media_type}, but the page is {actual.upper()}"


def _case(fetched: Fetched) -> _Found:
    lower = fetched.media_type.lower()
    return None if fetched.media_type == lower else (PageRule.CONTENT_TYPE_CASE, lower)


def _other_host(fetched: Fetched) -> _Found:
    if fetched.hops and fetched.other_host:
        return PageRule.REDIRECT_HOST, f"it redirects to {fetched.url}"
    return None


def _long_cache(fetched: Fetched) -> _Found:
    control = fetched.headers.get("cache-control", "").lower()
    age = _max_age(control)
    if "immutable" in control:
        return PageRule.LONG_CACHE, "immutable"
    if age is not None and age > LONGEST_CACHE and not {"no-cache", "no-store"} & _words(control):
        return PageRule.LONG_CACHE, f"max-age is {duration(age)}"
    return None


def _stale_cache(fetched: Fetched) -> _Found:
    age = parse_number(fetched.headers.get("age", ""))
    most = _max_age(fetched.headers.get("cache-control", "").lower())
    if age is None or most is None or age <= most:
        return None
    return PageRule.STALE_CACHE, f"its age is {duration(age)}, max-age is {duration(most)}"


def _max_age(control: str) -> int | None:
    found = _MAX_AGE.search(control)
    return parse_number(found[1]) if found else None


def _words(control: str) -> set[str]:
    return {part.strip() for part in control.split(",")}


_Check = Callable[[Fetched], _Found]

_FATAL: tuple[_Check, ...] = (
    _loop, _insecure, _sign_in, _hijack, _missing, _unavailable, _status, _cut, _too_large,
    _no_type, _plain_json, _other_type, _mismatch,
)  # fmt: skip
"""Checks of what makes a page useless, in the order in which they hide one another."""

_CHECKS: tuple[_Check, ...] = (_case, _other_host, _long_cache, _stale_cache)
"""Checks of pages that can be parsed."""
