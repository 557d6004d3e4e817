"""Parsing pages of upstream indexes.

Sources: PEP 691 (JSON), PEP 503, 592, 658, 714 and 740 (HTML and its attributes).
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from packaging.version import Version

from ghpypi.core.model import Project, StatusMarker, UpstreamFile
from ghpypi.core.names import Filename, InvalidFilenameError, version_key
from ghpypi.core.parsing import join_url, parse_json, parse_number, split_url
from ghpypi.core.simple.upstream_file import checked_file

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
)
"""The Accept header for requests: JSON is preferred because it has most data."""

API_MAJOR = "1"
"""The supported major version; clients must reject pages with a greater one (PEP 629)."""


class UnreadablePageError(ValueError):
    """The page is not one of the Simple API."""


class NoFilesError(UnreadablePageError):
    """The HTML page has no files and no version of the Simple API; it may be a sign-in page."""


def read_page(content: bytes, *, content_type: str, url: str) -> list[UpstreamFile]:
    """Return the files of a project page, without unusable ones.

    Args:
        content: The page.
        content_type: The header Content-Type.
        url: The URL of the page after redirects, for relative links.

    Returns:
        The files with the keys of the JSON form, checked by `checked_file`.

    Raises:
        NoFilesError: It is HTML without files and without a version of the Simple API.
        UnreadablePageError: It is not a page of the Simple API.
    """
    if "json" in content_type.lower():
        rows = _json_rows(content, url)
        return [file for row in rows if (file := checked_file(row, url))]
    page = _read_html(content, url)
    files = [file for row in page.rows if (file := checked_file(row, page.url))]
    if not files and not page.marked:
        raise NoFilesError(f"{url} is an HTML page without files; it may be a sign-in page")
    return files


def read_status(content: bytes, *, content_type: str, url: str) -> str:
    """Return the status of a project on its page (PEP 792); `active` if the page has none.

    Args:
        content: A page that `read_page` accepts.
        content_type: The header Content-Type.
        url: The URL of the page.
    """
    if "json" in content_type.lower():
        status = parse_json(content, lone_surrogates=True).get("project-status")
        found = status.get("status") if isinstance(status, Mapping) else None
        return str(found or StatusMarker.ACTIVE)
    return _read_html(content, url).status


def higher_version(project: Project, theirs: Iterable[UpstreamFile]) -> str:
    """Return the highest upstream version, if it is higher than all own versions; else empty."""
    versions = set[Version]()
    for file in theirs:
        if file.get("yanked", False) is False:
            with suppress(InvalidFilenameError):
                versions.add(Filename.parse(file["filename"]).version)
    highest = max(versions, default=None)
    ours = max(map(version_key, project.versions), default=None)
    return str(highest) if highest and (ours is None or highest > ours) else ""


def _json_rows(content: bytes, url: str) -> list[Mapping[str, Any]]:
    try:
        document = parse_json(content, lone_surrogates=True)
        files = document["files"]
        version = str(document.get("meta", {}).get("api-version", API_MAJOR))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadablePageError(
            f"{url} is not a page of the Simple API ({type(error).__name__}: {error})"
        ) from error
    if not isinstance(files, list):
        raise UnreadablePageError(f"{url} is not a page of the Simple API: 'files' is not a list")
    if version.partition(".")[0] != API_MAJOR:
        raise UnreadablePageError(f"{url} is a page of version {version} of the Simple API")
    return [row for row in files if isinstance(row, Mapping)]


def _read_html(content: bytes, url: str) -> "_Links":
    page = _Links(url)
    try:
        # `close` is not called: it only handles an incomplete tag at the end, and for that it tries
        # each `<` of the rest again, which takes 47 seconds for `<a ` repeated 20,000 times.
        page.feed(content.decode(errors="replace"))
    except (AssertionError, ValueError) as error:  # Python's parser fails for `<![x`
        raise UnreadablePageError(f"{url} is not a page of the Simple API: {error}") from error
    return page


class _Links(HTMLParser):
    """The links of an HTML page.

    Attributes:
        url: The base URL of links.
        rows: The links, with the keys of the JSON form.
        marked: Whether the page has a version of the Simple API (PEP 629).
        status: The status of the project (PEP 792).
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.rows: list[dict[str, Any]] = []
        self.marked = False
        self.status = str(StatusMarker.ACTIVE)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        if tag == "base" and attributes.get("href"):
            self.url = join_url(self.url, attributes["href"]) or self.url
        elif tag == "meta" and attributes.get("name") == "pypi:repository-version":
            self.marked = True
        elif tag == "meta" and attributes.get("name") == "pypi:project-status":
            self.status = attributes.get("content") or self.status
        elif tag == "a" and attributes.get("href"):
            self.rows.append(_html_row(attributes))


def _html_row(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Convert the attributes of a link to the keys of the JSON form."""
    path = split_url(attributes["href"]).path
    row: dict[str, Any] = {
        "filename": unquote(path.rpartition("/")[2]),
        "url": attributes["href"],
        "size": parse_number(attributes.get("data-size", "")),
    }
    for key in ("requires-python", "provenance", "upload-time", "yanked"):
        if f"data-{key}" in attributes:
            row[key] = attributes[f"data-{key}"]
    metadata = attributes.get("data-core-metadata") or attributes.get("data-dist-info-metadata")
    if metadata and metadata != "false":
        algorithm, _, digest = metadata.partition("=")
        row["core-metadata"] = {algorithm: digest} if algorithm == "sha256" else True
    return row
