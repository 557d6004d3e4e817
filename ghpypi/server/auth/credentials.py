"""What somebody signs in with, and who they are once they are let in."""

import base64
import re
from dataclasses import dataclass, field

from ghpypi.core.secret import Secret

TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_)[A-Za-z0-9_.=-]{10,600}|[0-9a-f]{40}|v1\.[0-9a-f]{40}")
"""What GitHub's tokens look like; nothing else is worth a question.

Source: GitHub documentation, "About authentication to GitHub", "GitHub's token formats".
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody signs in with."""

    user: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Caller:
    """A client that may use a store.

    Attributes:
        name: For the log: the user name given, or `-`.
        token: The token that GitHub is asked with on its behalf; `None` for no token.
        mark: The keyed digest of that token.
        anonymous: The token is the server's own, used for a client that did not sign in.
    """

    name: str
    token: Secret | None = field(repr=False)
    mark: bytes = b""
    anonymous: bool = False


def read_authorization(header: str) -> Credentials | None:
    """Read the header `Authorization`: a token as the password, or as the user, or as bearer."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return Credentials("", Secret(value.strip()))
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # not base64, or not UTF-8; also for a letter that is not ASCII
        return None
    # A token may stand in the place of the user name, with nothing or anything as password.
    if not password or (password in {"x-oauth-basic", "x"} and TOKEN.fullmatch(user)):
        return Credentials("", Secret(user)) if user else None
    return Credentials(user if not TOKEN.fullmatch(user) else "", Secret(password))
