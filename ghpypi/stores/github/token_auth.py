"""Where a token is sent: to the host it is for, over TLS, and nothing else is sent in its place."""

import requests

from ghpypi.core.parsing import join_url, split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError, FailedError
from ghpypi.stores.github.api_messages import redact_url


def require_sendable(token: Secret | None) -> None:
    """Check a token before it is put into a header.

    Raises:
        BadTokenError: No header can hold it; the HTTP libraries would raise errors of their own.
    """
    if token and not token.sendable:
        raise BadTokenError(
            "the token has characters that no GitHub token has",
            hint="copy the token again, without spaces and line ends",
        )


class TokenAuth(requests.auth.AuthBase):
    """Signs with one token or with none. While it is set, requests reads no `.netrc`."""

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request.

        Raises:
            BadTokenError: No header can hold the token.
        """
        require_sendable(self._token)
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


def redirect_target(url: str, location: str) -> str:
    """Return the address that a redirect leads to.

    Raises:
        FailedError: It has no address, or leads from https to http.
    """
    target = join_url(url, location)
    scheme = split_url(target).scheme
    if not scheme:
        raise FailedError(f"GET {redact_url(url)}: redirected to an address that is none")
    if split_url(url).scheme == "https" and scheme != "https":
        raise FailedError(
            f"GET {redact_url(url)}: redirected to {redact_url(target)}, which is not encrypted",
            hint="check whether a proxy or firewall modifies responses",
        )
    return target


def origin_of(url: str) -> tuple[str, str]:
    """Return what a token is bound to, scheme and host: http is another origin than https."""
    parts = split_url(url)
    return parts.scheme, parts.netloc
