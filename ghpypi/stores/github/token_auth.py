"""Requests signed with the given token and with nothing else."""

import requests

from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError


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
