"""Requests signed with what we say, and with nothing else."""

import requests

from ghpypi.core.secret import Secret


class Signed(requests.auth.AuthBase):
    """Signs with one token or with none; its being there keeps `.netrc` out."""

    def __init__(self, token: Secret | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign a request."""
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request
