"""Parsing of repository URLs, in all forms that `gh --repo` and `git clone` accept.

These are `OWNER/REPO`, `HOST/OWNER/REPO`, URLs with the schemes below, and the short SSH form
`git@HOST:OWNER/REPO.git`.
"""

import re
from typing import NamedTuple

from ghpypi.core.parsing import split_url

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_SHORT_SSH = re.compile(r"(?:(?P<user>[^@/]+)@)?(?P<host>[^@:/]+):(?!//)(?P<path>.+)")
_WEB = {"http", "https"}
_SSH = {"ssh", "git+ssh", "ssh+git", "git"}
_TENANT_LABELS = 3
"""Labels of the host of a GHE.com tenant, such as `acme.ghe.com`."""


class RepositoryAddress(NamedTuple):
    """The location of a repository.

    Attributes:
        host: The host in lower case, with its port except for SSH; empty if not specified.
        name: `OWNER/REPO`.
        has_credentials: Whether the URL contains a password or token, which `host` omits.
    """

    host: str
    name: str
    has_credentials: bool = False

    @classmethod
    def parse(cls, text: str) -> "RepositoryAddress | None":
        """Parse a text; `None` if it is not the location of a repository."""
        scheme, separator, _ = text.partition("://")
        if separator:
            return _from_url(scheme.lower(), text)
        if _NAME.fullmatch(text):
            return _found("", text)
        host, _, name = text.partition("/")
        # Without a dot or port, it is probably the first segment of a path.
        if "." in host or ":" in host or host.lower() == "localhost":
            found = _found(host, name)
            if found:
                return found
        if short := _SHORT_SSH.fullmatch(text):
            return _found(short["host"], short["path"], secret=":" in (short["user"] or ""))
        return None


def parse_host(text: str) -> str:
    """Parse the name of a GitHub host as in `GH_HOST`, which may be a URL.

    Subdomains of github.com, such as `www.github.com`, mean github.com, and those of a tenant
    of GHE.com mean the tenant.

    Returns:
        The host in lower case, with its port if there is one; empty if it is not a host.
    """
    parts = split_url(text if "://" in text else f"https://{text}")
    host = parts.netloc.lower()
    if parts.path.strip("/") or not _HOST.fullmatch(host.removesuffix(".")):
        return ""
    host = host.removesuffix(".")
    if host.endswith(".github.com"):
        return "github.com"
    if host.endswith(".ghe.com"):
        return ".".join(host.split(".")[-_TENANT_LABELS:])
    return host


def _from_url(scheme: str, url: str) -> RepositoryAddress | None:
    parts = split_url(url)
    user, _, host = parts.netloc.rpartition("@")
    if scheme in _WEB:
        return _found(host, parts.path, secret="@" in parts.netloc)
    if scheme in _SSH:
        # The port is that of SSH, not of the API.
        return _found(parts.hostname or "", parts.path, secret=":" in user)
    return None


def _found(host: str, path: str, *, secret: bool = False) -> RepositoryAddress | None:
    name = path.strip("/").removesuffix(".git")
    known = parse_host(host) if host else ""
    if not _NAME.fullmatch(name) or name.endswith(("/.", "/..")) or (host and not known):
        return None
    return RepositoryAddress(host=known, name=name, has_credentials=secret)
