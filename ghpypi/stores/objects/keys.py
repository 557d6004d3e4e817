"""The keys of objects, and the headers that they are served with."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ghpypi.core.config.site import FILES
from ghpypi.core.served_paths import split_sibling

MARKER = ".release"
"""The object with the state of a release. It is not empty while the release is being filled, and is
made empty to publish it; a release without it is published, such as one that was copied."""

DRAFT = b"draft\n"
"""The content of the marker of a release that is being filled."""

LOCK = ".ghpypi.lock"
"""The lock of a site."""

PROBE = ".ghpypi.probe-"
"""The beginning of the names of objects with which the conditions of writes are tried."""

ABSENT = f"{PROBE}none.html"
"""An object that never exists."""

OF_THE_STORE = frozenset({FILES, ".drafts", ".uploads", LOCK, ".ghpypi.unfinished"})
"""Names below the prefix that do not belong to the site; some are those of a directory store."""

SHA256, UPLOADED = "sha256", "uploaded"
"""Metadata of a file: its digest, and when it was uploaded. Names in Azure are C# identifiers."""

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
"""The content type of a page of the Simple API in JSON (PEP 691)."""

HTML = "text/html"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": f"{HTML}; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".metadata": "text/plain; charset=utf-8",
    ".provenance": "application/vnd.pypi.integrity.v1+json",
    ".svg": "image/svg+xml",
    ".toml": "application/toml; charset=utf-8",
    ".whl": "application/zip",
    ".xml": "application/atom+xml; charset=utf-8",
    ".zip": "application/zip",
}

YEAR = "max-age=31536000, immutable"
"""The `Cache-Control` of distributions, which never change."""

HOUR = "max-age=3600"
"""The `Cache-Control` of files beside distributions, which may be replaced by better ones."""

REVALIDATED = "no-cache"
"""The `Cache-Control` of pages: caches keep them, and ask each time whether they are current."""


def content_type(key: str) -> str:
    """Return the content type of a file or a page."""
    name = key.rpartition("/")[2]
    if name == "index.json":
        return JSON_PAGE
    if name == "json":  # pypi/NAME/json
        return _TYPES[".json"]
    return _TYPES.get(f".{name.rpartition('.')[2]}", "application/octet-stream")


def page_headers(path: str) -> Mapping[str, str]:
    """Return the attributes of a page."""
    return {"Content-Type": content_type(path), "Cache-Control": REVALIDATED}


def copy_headers(path: str) -> Mapping[str, str]:
    """Return the attributes of a file beside the pages, whose path follows from its content."""
    return {
        "Content-Type": content_type(path),
        "Cache-Control": HOUR if split_sibling(path)[1] else YEAR,
    }


def file_headers(name: str, sha256: str, uploaded: str) -> Mapping[str, str]:
    """Return the attributes of a file of a release, including what is recorded of it.

    Args:
        name: Its name.
        sha256: Its digest.
        uploaded: When it was uploaded, such as `2026-01-31T12:00:00Z`.
    """
    return {
        "Content-Type": content_type(name),
        "Cache-Control": HOUR if split_sibling(name)[1] else YEAR,
        SHA256: sha256,
        UPLOADED: uploaded,
    }


def time_text(time: datetime) -> str:
    """Write a time as in the standards, such as `2026-01-31T12:00:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
