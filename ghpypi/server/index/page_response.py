"""Responses with pages of the Simple API: media type, compression and revalidation."""

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from ghpypi.core.simple.negotiation import PageFormat, quality
from ghpypi.server.responses import PageResponse
from ghpypi.server.revision import Page

LONGEST_ACCEPT = 1024
"""Maximum length of an Accept header that is parsed: results are cached, so their keys are
limited."""

CACHE = "private, max-age=0, must-revalidate"
"""Clients revalidate each time, so that they see new releases at once; unchanged pages cost a
304."""

_NOT_SHARED = {"x-accel-expires": "0"}
"""Prevents nginx from caching a page that differs between the readers of a store.

Source: nginx documentation, module ngx_http_proxy_module, "proxy_cache_valid".
"""

_VARY = "Accept, Accept-Encoding, Authorization, Cookie"
_TYPES = {
    PageFormat.JSON: PageFormat.JSON.value,
    PageFormat.HTML: f"{PageFormat.HTML.value}; charset=utf-8",
    PageFormat.TEXT_HTML: "text/html; charset=utf-8",
    PageFormat.JSON_API: "application/json",
}


def paged(request: Request, page: Page, form: PageFormat, *, shared: bool) -> Response:
    """Return a response with a page, or 304 if the client has this version.

    Args:
        request: The request.
        page: The page.
        form: The media type.
        shared: Whether the page is the same for all readers of the store.
    """
    headers = request.headers
    packed = _takes_gzip(headers.get("accept-encoding", "")[:LONGEST_ACCEPT])
    mark = "-gzip" if packed else ""
    tag = f'"{page.tag}{form.name[0]}{mark}"'
    made = {"etag": tag, "cache-control": CACHE, "vary": _VARY}
    if not shared:
        made |= _NOT_SHARED
    known = headers.get("if-none-match", "")
    if known == "*" or tag in known:
        return Response(status_code=304, headers=made)
    made["content-type"] = _TYPES[form]
    if not packed:
        return PageResponse(page.plain, headers=made)
    made["content-encoding"] = "gzip"
    return PageResponse(page.compressed, headers=made)


@lru_cache(maxsize=512)
def _takes_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip; without a header, it is not used."""
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name in {"gzip", "x-gzip"}:
            return quality(parameters) > 0
    return False
