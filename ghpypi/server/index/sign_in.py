"""The forms with which browsers sign in and out."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ghpypi.core.secret import Secret
from ghpypi.core.templates import template
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Credentials
from ghpypi.server.auth.sessions import HOURS, Sessions
from ghpypi.server.requests import client_address, read_body
from ghpypi.server.responses import NO_STORE, redirect
from ghpypi.server.served_store import ServedStore

FORM_BYTES = 16 << 10

_OWN = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'"
}
_FORGED = "This form has expired or was sent from another site; try again."


class SignInForms:
    """Handles the forms at `/login` and `/logout`.

    Args:
        authorizer: Checks read permissions.
        sessions: Reads and writes session cookies.
    """

    def __init__(self, authorizer: Authorizer, sessions: Sessions) -> None:
        self._authorizer = authorizer
        self._sessions = sessions

    async def sign_in(self, request: Request, served_stores: Sequence[ServedStore]) -> Response:
        """Show the form at `/login`, or process it."""
        if request.method != "POST":
            return self._form(request, "login", request.query_params.get("next", ""))
        sent = await self._sent(request)
        next_url = sent.get("next", "")
        if not self._sessions.is_own_form(request, sent.get("form", "")):
            return self._form(request, "login", next_url, _FORGED, status=403)
        secret = Secret(sent.get("token", "").strip())
        fault = "use a GitHub token as the password"
        for served_store in self._authorizer.stores_of(secret, served_stores):
            try:
                await self._authorizer.check(
                    Credentials("", secret), served_store, client_address(request)
                )
            except HTTPException as denied:
                fault = denied.detail
            else:
                response = redirect(_checked_next_url(next_url), 303)
                response.raw_headers.append(self._sessions.open(request, secret))
                return response
        return self._form(request, "login", next_url, fault, status=403)

    async def sign_out(self, request: Request) -> Response:
        """Show the form at `/logout`, or process it by ending the session."""
        if request.method != "POST":
            return self._form(request, "logout", request.query_params.get("next", ""))
        sent = await self._sent(request)
        if not self._sessions.is_own_form(request, sent.get("form", "")):
            return self._form(request, "logout", sent.get("next", ""), _FORGED, status=403)
        response = redirect("/login", 303)
        response.raw_headers.append(self._sessions.end(request))
        return response

    async def _sent(self, request: Request) -> dict[str, str]:
        body = await read_body(request, FORM_BYTES)
        return dict(parse_qsl(body.decode(errors="replace")))

    def _form(
        self, request: Request, action: str, next_url: str, fault: str = "", *, status: int = 200
    ) -> Response:
        form, cookie = self._sessions.form(request)
        page = template("server/login.html")
        title = "Sign in" if action == "login" else "Sign out"
        content = page.render(
            title=title,
            action=action,
            form=form,
            next=_checked_next_url(next_url),
            fault=fault,
            hours=HOURS,
        )
        response = HTMLResponse(content, status, {**NO_STORE, **_OWN})
        response.raw_headers.append(cookie)
        return response


def _checked_next_url(next_url: str) -> str:
    """Return the URL to continue at; `/` unless it is a path on this server (open redirects)."""
    fine = (
        next_url.startswith("/")
        and not next_url.startswith(("//", "/\\"))
        and next_url.isprintable()
    )
    return quote(next_url, safe="/-._~%+@!") if fine else "/"
