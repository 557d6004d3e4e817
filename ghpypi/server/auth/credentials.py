"""Credentials of requests, and the callers that they identify."""

import base64
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ghpypi.core.secret import Secret

TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_)[A-Za-z0-9_.=-]{10,600}|[0-9a-f]{40}|v1\.[0-9a-f]{40}")
"""The format of GitHub's tokens; other secrets are rejected without a request to GitHub.

Source: GitHub documentation, "About authentication to GitHub", "GitHub's token formats".
"""


class Credentials(NamedTuple):
    """A user name and a password or token, as sent by a client."""

    user: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Caller:
    """An authorized client.

    Attributes:
        name: The user name for the access log; `-` if none was sent.
        token: The token for requests to GitHub on the client's behalf; `None` for no token.
        mark: The keyed digest of that token.
        anonymous: Whether the token is the server's own, used for an unauthenticated client.
    """

    name: str
    token: Secret | None = field(repr=False)
    mark: bytes = b""
    anonymous: bool = False


def read_authorization(header: str) -> Credentials | None:
    """Parse the header `Authorization`: a token as the password, the user name or bearer token."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Credentials("", Secret(value.strip()))
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # not base64, not UTF-8, or a character that is not ASCII
        return None
    # Some tools send the token as the user name, with an empty or arbitrary password.
    if not password or (password in {"x-oauth-basic", "x"} and TOKEN.fullmatch(user)):
        return Credentials("", Secret(user)) if user else None
    return Credentials(user if not TOKEN.fullmatch(user) else "", Secret(password))
