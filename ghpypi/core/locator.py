"""Where a store is, from one word; and the addresses of the GitHub it is on."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from urllib.parse import unquote

from ghpypi.core.parsing import split_url
from ghpypi.errors import UsageError

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_PATH = re.compile(r"[./~\\]|[A-Za-z]:[\\/]")
_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?!//)(?P<path>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """Where a store is.

    Attributes:
        kind: What it is.
        value: `OWNER/REPO`, or a path.
    """

    kind: Literal["github", "directory"]
    value: str

    @classmethod
    def parse(cls, text: str) -> "Locator":
        """Tell what is meant: `OWNER/REPO`, or a path that begins with `.`, `/` or `~`.

        Raises:
            UsageError: It is neither.
        """
        scheme, separator, rest = text.partition("://")
        if separator:
            if scheme == "file":
                return cls(kind="directory", value=unquote(split_url(text).path))
            raise UsageError(
                f"store '{text}': '{scheme}://' stores are not supported",
                hint=f"a store is OWNER/REPO or a folder such as ./{rest or 'index'}",
            )
        if _PATH.match(text):
            return cls(kind="directory", value=text)
        if _REPOSITORY.fullmatch(text):
            return cls(kind="github", value=text)
        raise UsageError(
            f"store '{text}' is neither OWNER/REPO nor a path",
            hint=f"write a folder with a leading ./ : ./{PurePath(text).as_posix()}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The addresses of one GitHub: github.com, GHE.com or an Enterprise Server.

    Attributes:
        api: Of the REST API, without a slash at the end.
        server: Of the web side and git, without a slash at the end.
    """

    api: str
    server: str

    @classmethod
    def parse(cls, api: str, server: str = "") -> "Hosts":
        """Check both; the web side follows from the API if it is not said.

        Raises:
            UsageError: One is no http(s) URL.
        """
        api = _checked(api, "the API URL")
        return cls(api=api, server=_checked(server or _server_of(api), "the server URL"))

    @property
    def hostname(self) -> str:
        """The host of the web side, as `gh` names it."""
        return split_url(self.server).netloc

    def pages(self, repository: str) -> str:
        """Say where Pages of a repository are, ending in `/`; empty where it cannot be known.

        Source: GitHub documentation, "Types of GitHub Pages sites".
        """
        if self.hostname != "github.com":
            return ""
        owner, _, name = repository.lower().partition("/")
        site = f"https://{owner}.github.io/"
        return site if name == f"{owner}.github.io" else f"{site}{repository.partition('/')[2]}/"

    def repository_of(self, remote: str) -> str:
        """Name the repository that a git remote URL means; empty if it is on another host."""
        scp = _SCP.fullmatch(remote)
        if scp and "://" not in remote:
            host, path = scp["host"], scp["path"]
        else:
            parts = split_url(remote)
            host, path = parts.netloc.rpartition("@")[2], parts.path
        name = path.strip("/").removesuffix(".git")
        same = host.partition(":")[0] == self.hostname.partition(":")[0]
        return name if same and _REPOSITORY.fullmatch(name) else ""


def _server_of(api: str) -> str:
    """Derive the web side: `api.X` is for `X`, and `X/api/v3` for `X`.

    Source: GitHub documentation, "Getting started with the REST API" of each product.
    """
    parts = split_url(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def _checked(url: str, what: str) -> str:
    parts = split_url(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.username:
        raise UsageError(f"{what} '{url}' is not an address such as https://api.github.com")
    return url.rstrip("/")
