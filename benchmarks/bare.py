"""The floor: a bare Starlette application that answers the bytes that another server answered.

It looks the path and two header fields up in memory, and sends files with Starlette's own
`FileResponse`. It knows nothing of rights, changes, logs, metrics or conditional requests. The
environment says where the other server is, and which paths are wanted.
"""

import json
import os
from pathlib import Path
from urllib.request import Request as Wanted
from urllib.request import urlopen

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

JSON = "application/vnd.pypi.simple.v1+json"
FORMS = (JSON, "text/html")
KEPT = {"content-type", "content-encoding", "etag", "cache-control", "vary"}

Key = tuple[str, bool, bool]


def _fetched(url: str) -> dict[Key, Response]:
    """Fetch a page in all its forms."""
    found: dict[Key, Response] = {}
    for form in FORMS:
        for coding in ("gzip", "identity"):
            wanted = Wanted(url, headers={"Accept": form, "Accept-Encoding": coding})  # noqa: S310
            with urlopen(wanted) as answer:  # noqa: S310
                headers = {k.lower(): v for k, v in answer.headers.items() if k.lower() in KEPT}
                key = answer.url.partition("/simple/")[2], form is JSON, coding == "gzip"
                found[key] = Response(answer.read(), headers=headers)
    return found


def _application() -> Starlette:
    origin, store = os.environ["BENCH_ORIGIN"], Path(os.environ["BENCH_STORE"])
    names = json.loads(Path(os.environ["BENCH_NAMES"]).read_text(encoding="utf-8"))
    pages: dict[Key, Response] = {}
    for name in names:
        pages |= _fetched(f"{origin}{name}/")

    async def page(request: Request) -> Response:
        fields = request.headers
        is_json = "json" in fields.get("accept", "")
        packed = "gzip" in fields.get("accept-encoding", "")
        return pages[f"{request.path_params['name']}/", is_json, packed]

    async def file(request: Request) -> Response:
        return FileResponse(store / "files" / request.path_params["path"])

    return Starlette(routes=[Route("/simple/{name}/", page), Route("/files/{path:path}", file)])


if "BENCH_ORIGIN" in os.environ:
    app = _application()
