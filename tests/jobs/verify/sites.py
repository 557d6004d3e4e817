"""Small indexes for the corpus: sound ones, and the pieces to break them with."""

import json
from html import escape
from typing import Any

from ghpypi.core.digest import digest_of
from tests.support.archives import WHEEL_NAME, core_metadata, wheel_of
from tests.support.canned_site import BINARY, JSON, Canned, Pages

INDEX = "https://pypi.example/simple/"
PAGE = f"{INDEX}acme-lib/"
FILES = "https://files.example/"
WHEEL_URL = f"{FILES}{WHEEL_NAME}"

METADATA = core_metadata("Requires-Python: >=3.9")
WHEEL = wheel_of(metadata=METADATA)
SHA256 = digest_of(WHEEL)
METADATA_SHA256 = digest_of(METADATA)
UPLOADED = "2026-01-31T12:00:00Z"

VALUES = {
    "data-requires-python": ">=3.9",
    "data-core-metadata": f"sha256={METADATA_SHA256}",
    "data-size": str(len(WHEEL)),
    "data-upload-time": UPLOADED,
}
"""Attributes of a link."""

BARE = "\0"
"""An attribute without a value."""


def link(
    name: str = WHEEL_NAME,
    /,
    href: str | None = None,
    text: str | None = None,
    **values: str | None,
) -> str:
    """Write a link to a file; `None` removes an attribute."""
    given = {f"data-{key.replace('_', '-')}": value for key, value in values.items()}
    attributes = {"href": href or f"{FILES}{name}#sha256={SHA256}", **VALUES, **given}
    written = " ".join(
        key if value == BARE else f'{key}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<a {written}>{escape(name if text is None else text)}</a><br>"


def html(*links: str, version: str = "1.4", head: str = "", end: str = "</body></html>") -> Canned:
    """Write a page."""
    meta = f'<meta name="pypi:repository-version" content="{version}">' if version else ""
    text = f"<!DOCTYPE html><html><head>{meta}{head}</head><body>{''.join(links)}{end}"
    return Canned(body=text.encode())


def row(name: str = WHEEL_NAME, /, **values: Any) -> dict[str, Any]:
    """Write a file for JSON; `...` removes a key."""
    given = {key.replace("_", "-"): value for key, value in values.items()}
    document = {
        "filename": name,
        "url": f"{FILES}{name}",
        "hashes": {"sha256": SHA256},
        "size": len(WHEEL),
        "upload-time": UPLOADED,
        "requires-python": ">=3.9",
        "core-metadata": {"sha256": METADATA_SHA256},
        **given,
    }
    return {key: value for key, value in document.items() if value is not ...}


def page_json(*rows: Any, **values: Any) -> Canned:
    """Write a page in JSON; `...` removes a key."""
    given = {key.replace("_", "-"): value for key, value in values.items()}
    document = {
        "meta": {"api-version": "1.4"},
        "name": "acme-lib",
        "versions": ["1.0"],
        "files": list(rows or (row(),)),
        **given,
    }
    kept = {key: value for key, value in document.items() if value is not ...}
    return Canned(type=JSON, body=json.dumps(kept).encode(), headers={"Vary": "Accept"})


def root_json(*names: str) -> Canned:
    projects = [{"name": name} for name in names]
    document = {"meta": {"api-version": "1.4"}, "projects": projects}
    return Canned(type=JSON, body=json.dumps(document).encode(), headers={"Vary": "Accept"})


def root_html(*names: str, version: str = "1.4") -> Canned:
    return html(*(f'<a href="{name}/">{name}</a>' for name in names), version=version)


def redirect(url: str, status: int = 302) -> Canned:
    return Canned(status=status, headers={"Location": url})


FILE = Canned(type=BINARY, body=WHEEL)
STORED: Pages = {
    WHEEL_URL: FILE,
    f"{WHEEL_URL}.metadata": Canned(type=BINARY, body=METADATA),
    f"{INDEX}acme-lib": redirect(PAGE, 301),
}
STATIC: Pages = {INDEX: root_html("acme-lib"), PAGE: html(link()), **STORED}
"""Only HTML, as on a host of static files."""

STATIC_JSON: Pages = {
    **STATIC,
    f"{INDEX}index.json": root_json("acme-lib"),
    f"{PAGE}index.json": page_json(),
}
"""The same with files of JSON, as `ghpypi index` writes them."""

ONLY_JSON: Pages = {INDEX: root_json("acme-lib"), PAGE: page_json(), **STORED}
"""Only JSON."""

VARYING = {"Vary": "Accept"}
SERVED: Pages = {
    INDEX: Canned(body=root_html("acme-lib").body, headers=VARYING),
    f"{INDEX} json": root_json("acme-lib"),
    PAGE: Canned(body=html(link()).body, headers=VARYING),
    f"{PAGE} json": page_json(),
    **STORED,
}
"""HTML or JSON, depending on the request."""

SOUND = {"static": STATIC, "with JSON": STATIC_JSON, "JSON": ONLY_JSON, "negotiated": SERVED}
