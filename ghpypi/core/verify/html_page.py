"""Parsing HTML pages of the Simple API (PEP 503, 592, 629, 658, 714, 740, 792)."""

import codecs
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag

from ghpypi.core.parsing import join_url, parse_number, split_url
from ghpypi.core.quantities import count_of
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.page import (
    MOST_FILES,
    MOST_LINKS,
    ListedFile,
    ListedProject,
    PageFaultError,
    ParsedPage,
    ParsedRoot,
)
from ghpypi.core.verify.page_rules import PageRule

_VERSION = "pypi:repository-version"
_STATUS = "pypi:project-status"
_REASON = "pypi:project-status-reason"

_ATTRIBUTES = ("requires-python", "yanked", "gpg-sig", "provenance", "upload-time")
_CHARSETS = re.compile(r"utf-8|ascii|utf-16|iso8859-\d+|cp125\d")
_CLOSED = ("html", "body")


class _Anchors(HTMLParser):
    """The links and declarations of a page.

    Attributes:
        anchors: The attributes and text of each link.
        metas: The contents of `<meta>`, by name.
        base: The `href` of the first `<base>`.

    Args:
        most: The maximum number of links.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self.anchors: list[tuple[dict[str, str | None], list[str]]] = []
        self.metas: dict[str, list[str]] = {}
        self.base = ""
        self._open = False
        self._depths = dict.fromkeys(_CLOSED, 0)

    @property
    def unclosed(self) -> bool:
        """Whether a page that has `<html>` or `<body>` lacks its end."""
        return any(self._depths.values())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in self._depths:
            self._depths[tag] = 1
        if tag == "a" and attributes.get("href"):
            if len(self.anchors) == self._most:
                detail = f"it has more than {count_of(self._most, 'link')}"
                raise PageFaultError(PageRule.PAGE_TOO_LARGE, detail)
            self.anchors.append((attributes, []))
            self._open = True
        elif tag == "base":
            self.base = self.base or attributes.get("href") or ""
        elif tag == "meta" and attributes.get("name"):
            name, content = attributes["name"] or "", attributes.get("content") or ""
            self.metas.setdefault(name, []).append(content)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._depths:
            self._depths[tag] = 0
        if tag == "a":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.anchors[-1][1].append(data)


def html_page(fetched: Fetched, project: str) -> ParsedPage:
    """Parse a project page.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    found = _parse(fetched, MOST_FILES)
    base = join_url(fetched.url, found.base) if found.base else fetched.url
    statuses = found.metas.get(_STATUS)
    return ParsedPage(
        url=fetched.url,
        project=project,
        form="html",
        files=tuple(_files(found, base)),
        api_versions=tuple(found.metas.get(_VERSION, ())),
        status=(
            {"status": statuses[0], "reason": "".join(found.metas.get(_REASON, [])[:1])}
            if statuses
            else None
        ),
        base=found.base,
        unclosed=found.unclosed,
    )


def html_root(fetched: Fetched) -> ParsedRoot:
    """Parse a list of projects. Links to folders above and to sorted lists are left out.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    found = _parse(fetched, MOST_LINKS)
    base = join_url(fetched.url, found.base) if found.base else fetched.url
    return ParsedRoot(
        url=fetched.url,
        form="html",
        projects=tuple(_projects(found, base)),
        api_versions=tuple(found.metas.get(_VERSION, ())),
        unclosed=found.unclosed,
    )


def _parse(fetched: Fetched, most: int) -> _Anchors:
    found, text = _Anchors(most), _text(fetched)
    try:
        # Without `close`, which takes quadratic time for some pages, see `core.simple.upstream`.
        found.feed(text)
    except PageFaultError:
        raise
    except (AssertionError, ValueError) as error:
        raise PageFaultError(PageRule.PAGE_UNREADABLE, str(error)) from error
    if found.rawdata.lstrip().startswith("<"):
        detail = f"it ends within a tag: {found.rawdata.lstrip()[:60]!r}"
        raise PageFaultError(PageRule.PAGE_TRUNCATED, detail)
    return found


def _text(fetched: Fetched) -> str:
    """Decode a page as pip does: in the charset of the response, by default UTF-8."""
    charset = "utf-8"
    for parameter in fetched.headers.get("content-type", "").split(";")[1:]:
        key, _, value = parameter.strip().partition("=")
        if key.strip().lower() == "charset" and value:
            charset = value.strip().strip("\"'")
    try:
        # Others are not text, or take quadratic time, such as punycode.
        if not _CHARSETS.fullmatch(codecs.lookup(charset).name):
            raise LookupError(f"charset {charset[:40]!r} is not supported")  # noqa: TRY301
        return fetched.body.decode(charset)
    except (UnicodeError, LookupError, ValueError) as error:
        raise PageFaultError(PageRule.NOT_UTF8, str(error)[:200]) from error


def _files(found: _Anchors, base: str) -> Iterator[ListedFile]:
    for attributes, text in found.anchors:
        written = attributes["href"] or ""
        url = join_url(base, written)
        path = split_url(urldefrag(url).url).path if url else written.partition("#")[0]
        if path.endswith("/"):
            continue  # a folder, such as the one above
        yield ListedFile(
            written=written,
            url=url,
            name=unquote(path.rpartition("/")[2]),
            text="".join(text),
            values=dict(_values(attributes)),
            hashes=_hashes(url or written),
        )


def _values(attributes: Mapping[str, str | None]) -> Iterator[tuple[str, Any]]:
    """Yield the values of a link by the keys of the JSON form."""
    for key in _ATTRIBUTES:
        if f"data-{key}" in attributes:
            yield key, attributes[f"data-{key}"]
    if "data-size" in attributes:
        yield "size", parse_number(attributes["data-size"] or "")
    for prefix in ("core-metadata", "dist-info-metadata"):
        if attributes.get(f"data-{prefix}") is not None:
            yield prefix, _metadata(attributes[f"data-{prefix}"] or "")
    # Clients read the older attribute where the new one is missing (PEP 714).
    if attributes.get("data-core-metadata") is None and attributes.get("data-dist-info-metadata"):
        yield "core-metadata", _metadata(attributes["data-dist-info-metadata"] or "")


def _metadata(value: str) -> Any:
    algorithm, equals, digest = value.partition("=")
    if equals:
        return {algorithm: digest}
    return True if value == "true" else value


def _hashes(url: str) -> Mapping[str, str]:
    """Return the hash in the fragment of a link, whatever its algorithm."""
    algorithm, equals, digest = url.partition("#")[2].partition("&")[0].partition("=")
    return {algorithm: digest} if equals else {}


def _projects(found: _Anchors, base: str) -> Iterator[ListedProject]:
    for attributes, texts in found.anchors:
        written = attributes["href"] or ""
        url = urldefrag(join_url(base, written)).url
        text = "".join(texts).strip().rstrip("/")
        path = split_url(url).path.rstrip("/")
        last = unquote(path.rpartition("/")[2])
        if not url or split_url(url).query or split_url(base).path.startswith(f"{path}/"):
            continue  # a folder above, or the same list in another order
        name = last if not text or text.endswith((">", "...")) else text
        yield ListedProject(name=name, url=url, written=written)
