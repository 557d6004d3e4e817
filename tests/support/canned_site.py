"""Web sites in memory: responses by URL, sent through requests as any server's are."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

HTML = "text/html; charset=utf-8"
JSON = "application/vnd.pypi.simple.v1+json"
BINARY = "application/octet-stream"

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, kw_only=True)
class Canned:
    """A response; `cut` leaves out the end of its body, `ranges` answers range requests."""

    status: int = 200
    type: str = HTML
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    ranges: bool = True


Pages = Mapping[str, Canned | None]
"""Responses by URL, or by the URL and ` json` for requests that accept JSON, ` any` for `*/*`."""

GONE = Canned(status=404, body=b"<html>not found</html>")


@dataclass
class CannedSite(BaseAdapter):
    """Answers requests to any host from memory, and records them."""

    pages: Pages
    seen: list[requests.PreparedRequest] = field(default_factory=list)

    def send(  # noqa: PLR0917 - as requests calls it
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: object = None,
    ) -> requests.Response:
        self.seen.append(request)
        url = request.url or ""
        canned = None
        if "json" in request.headers.get("Accept", ""):
            canned = self.pages.get(f"{url} json")
        if request.headers.get("Accept") == "*/*":
            canned = self.pages.get(f"{url} any")
        canned = canned or self.pages.get(url) or GONE
        if canned.status == 0:
            raise requests.ConnectionError("connection refused")
        return _response(request, canned)

    def close(self) -> None:
        pass


def _response(request: requests.PreparedRequest, canned: Canned) -> requests.Response:
    status, body = canned.status, canned.body
    headers = {"Content-Type": canned.type, **canned.headers}
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if found and status == 200 and canned.ranges and body:
        size = len(body)
        start = int(found[1]) if found[1] else max(size - int(found[2]), 0)
        end = min(int(found[2]) + 1, size) if found[1] else size
        status, body = 206, body[start:end]
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers.setdefault("Content-Length", str(len(body)))
    response = requests.Response()
    response.status_code = status
    response.headers.update({key: value for key, value in headers.items() if value})
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(
        body=io.BytesIO(body[: len(body) - canned.cut]), headers=response.headers, status=status,
        preload_content=False,
    )  # fmt: skip
    return response
