"""Parsing JSON pages of the Simple API (PEP 691, 700, 740, 792)."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ghpypi.core.parsing import join_url, parse_json
from ghpypi.core.quantities import number
from ghpypi.core.verify.fetched import Fetched
from ghpypi.core.verify.listing_rules import ListingRule
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

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Object = Mapping[str, Any]


def json_page(fetched: Fetched, project: str) -> ParsedPage:
    """Parse a project page.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    document = _document(fetched)
    rows = _list(document, "files", MOST_FILES)
    if not all(isinstance(row, Mapping) for row in rows):
        raise PageFaultError(ListingRule.JSON_TYPE, "an entry of 'files' is not an object")
    return ParsedPage(
        url=fetched.url,
        project=project,
        form="json",
        files=tuple(_file(row, fetched.url) for row in cast("list[Object]", rows)),
        api_versions=_api_versions(document),
        status=document.get("project-status"),
        document=document,
    )


def json_root(fetched: Fetched) -> ParsedRoot:
    """Parse a list of projects.

    Raises:
        PageFaultError: It cannot be parsed.
    """
    document = _document(fetched)
    projects = _list(document, "projects", MOST_LINKS)
    names = [row.get("name") if isinstance(row, Mapping) else None for row in projects]
    if not all(isinstance(name, str) for name in names):
        raise PageFaultError(ListingRule.JSON_TYPE, "an entry of 'projects' has no name")
    return ParsedRoot(
        url=fetched.url,
        form="json",
        projects=tuple(ListedProject(name=name) for name in cast("list[str]", names)),
        api_versions=_api_versions(document),
    )


def _document(fetched: Fetched) -> Object:
    if fetched.body.startswith(_BYTE_ORDER_MARK):
        detail = "it begins with a byte order mark, which uv rejects"
        raise PageFaultError(PageRule.PAGE_UNREADABLE, detail)
    try:
        document = parse_json(fetched.body, lone_surrogates=True)
    except ValueError as error:
        raise PageFaultError(PageRule.PAGE_UNREADABLE, str(error)[:200]) from error
    if not isinstance(document, Mapping):
        raise PageFaultError(ListingRule.JSON_TYPE, "the page is not an object")
    return document


def _list(document: Object, key: str, most: int) -> list[Any]:
    if key not in document:
        raise PageFaultError(ListingRule.JSON_KEY_MISSING, f"the page has no '{key}'")
    if not isinstance(document[key], list):
        raise PageFaultError(ListingRule.JSON_TYPE, f"'{key}' is not a list")
    if len(document[key]) > most:
        raise PageFaultError(PageRule.PAGE_TOO_LARGE, f"it has more than {number(most)} {key}")
    return cast("list[Any]", document[key])


def _api_versions(document: Object) -> tuple[Any, ...]:
    meta = document.get("meta")
    return (meta["api-version"],) if isinstance(meta, Mapping) and "api-version" in meta else ()


def _file(row: Object, page_url: str) -> ListedFile:
    written, name, hashes = row.get("url"), row.get("filename"), row.get("hashes")
    return ListedFile(
        written=written if isinstance(written, str) else "",
        url=join_url(page_url, written) if isinstance(written, str) and written else "",
        name=name if isinstance(name, str) else "",
        values=dict(_values(row)),
        hashes=hashes if isinstance(hashes, Mapping) else {},
    )


def _values(row: Object) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if key not in {"url", "filename"}:
            yield key, value
    # pip and uv also read the key that PyPI uses for older clients.
    if "core-metadata" not in row and "data-dist-info-metadata" in row:
        yield "core-metadata", row["data-dist-info-metadata"]
