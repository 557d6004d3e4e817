"""Responses to failed requests: plain text for programs, a page for browsers."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ghpypi.core.site.frame import SCRIPT
from ghpypi.core.templates import template
from ghpypi.server.requests import is_browser
from ghpypi.server.responses import NO_STORE, text

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; {}base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_SEARCH = "script-src 'self'; connect-src 'self'; "

_PAGE = template("server/error.html")
"""Compiled here, because the import of jinja2 would keep all other requests waiting."""


class HiddenProjectsError(HTTPException):
    """The page shows projects of repositories that the caller may not read (403).

    The caller may read the store, so that a browser gets the search of what it may read.
    """

    def __init__(self) -> None:
        super().__init__(
            403, "this page includes repositories that your token may not read; use simple/ instead"
        )


def error_response(request: Request, error: HTTPException, headers: Mapping[str, str]) -> Response:
    """Return the response to a failed request.

    Args:
        request: The request.
        error: The failure.
        headers: The headers of the response.
    """
    if not is_browser(request):
        return text(error.status_code, error.detail, headers)
    searches = isinstance(error, HiddenProjectsError)
    root = f"{request.scope.get('root_path', '')}/"
    page = _PAGE.render(
        title=HTTPStatus(error.status_code).phrase,
        # Messages may quote foreign strings with surrogates, which UTF-8 cannot encode.
        detail=error.detail.encode(errors="replace").decode(),
        root=root,
        script=f"{root}assets/{SCRIPT}" if searches else "",
        sign_in=error.status_code in {401, 403},
    )
    policy = {"content-security-policy": _POLICY.format(_SEARCH if searches else "")}
    return HTMLResponse(page, error.status_code, {**NO_STORE, **policy, **headers})
