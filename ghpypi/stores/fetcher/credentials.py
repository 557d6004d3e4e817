"""Credentials for an index: those of its URL, or those of `.netrc`, as pip uses them."""

from urllib.parse import unquote

from requests.utils import get_netrc_auth

from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret

Credentials = tuple[str, Secret]
"""User name and password."""


def split_credentials(url: str) -> tuple[str, Credentials | None]:
    """Remove user name and password from a URL.

    Returns:
        The URL without them, and the credentials; `None` if it has none.
    """
    parts = split_url(url)
    if "@" not in parts.netloc:
        return url, None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return bare, (unquote(parts.username or ""), Secret(unquote(parts.password or "")))


def netrc_credentials(url: str) -> Credentials | None:
    """Find the credentials for the host of a URL in `.netrc`; `None` if there are none."""
    found = get_netrc_auth(url)
    return (found[0], Secret(found[1])) if found else None
