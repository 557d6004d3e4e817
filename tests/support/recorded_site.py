"""Responses of other index servers, recorded once and read from `tests/data/servers`.

To record a running server again, with its version:

    python -m tests.support.recorded_site URL "devpi-server 6.20.3" > tests/data/servers/devpi.json
"""

import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import requests

from ghpypi.core.verify.answers import ACCEPT, ACCEPT_HTML
from ghpypi.core.verify.roots import UNKNOWN_PROJECT
from tests.support.canned_site import Canned, Pages

FOLDER = Path(__file__).parents[1] / "data" / "servers"
KEPT = ("cache-control", "etag", "expires", "last-modified", "location", "vary")
"""Header fields that matter, besides Content-Type."""

_HREF = re.compile(r'href="([^"]+)"')


def recorded(name: str) -> tuple[str, Pages]:
    """Read a recording; return the URL of the index and its responses."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    pages = {key: _canned(value) for key, value in document["responses"].items()}
    return document["index"], pages


def _canned(value: dict[str, Any]) -> Canned:
    body = value["text"].encode() if "text" in value else base64.b64decode(value["base64"])
    return Canned(
        status=value["status"], type=value["type"], body=body, headers=value["headers"],
        ranges=value["ranges"],
    )  # fmt: skip


def _record(index: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Request everything that is checked."""
    root = requests.get(index, headers={"Accept": ACCEPT_HTML}, timeout=60).text
    projects = [urljoin(index, href) for href in _HREF.findall(root)]
    below = [urljoin(index, f"{name}") for name in ("simple/", "index.json", f"{UNKNOWN_PROJECT}/")]
    yield from _forms([index, *below])
    for project in [each for each in projects if each.startswith(index) and each != index]:
        yield from _forms([project, project.rstrip("/"), f"{project}index.json"])
        page = requests.get(project, headers={"Accept": ACCEPT_HTML}, timeout=60).text
        for href in _HREF.findall(page):
            url = urldefrag(urljoin(project, href)).url
            for each in (url, f"{url}.metadata"):
                yield each, _response(each, "*/*")


def _forms(urls: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for url in urls:
        for suffix, accept in (("", ACCEPT_HTML), (" json", ACCEPT), (" any", "*/*")):
            yield f"{url}{suffix}", _response(url, accept)


def _response(url: str, accept: str) -> dict[str, Any]:
    response = requests.get(url, headers={"Accept": accept}, allow_redirects=False, timeout=60)
    part = requests.get(
        url, headers={"Accept": accept, "Range": "bytes=-9"}, allow_redirects=False, timeout=60
    )
    headers = {key: value for key, value in response.headers.items() if key.lower() in KEPT}
    try:
        body = {"text": response.content.decode()}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(response.content).decode()}
    return {
        "status": response.status_code,
        "type": response.headers.get("Content-Type", ""),
        "headers": headers,
        "ranges": part.status_code == 206,
        **body,
    }


def main() -> None:
    index, version = sys.argv[1:]
    document = {"server": version, "index": index, "responses": dict(_record(index))}
    sys.stdout.write(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
