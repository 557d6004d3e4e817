"""Locators of stores, and the URLs of GitHub servers."""

import re
from collections.abc import Container
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import unquote

from ghpypi.core.parsing import split_url
from ghpypi.core.repository_address import RepositoryAddress, parse_host
from ghpypi.errors import UsageError

_PATH = re.compile(r"[./~\\]|[A-Za-z]:[\\/]")
_GITHUB = "github.com"
_TENANTS = ".ghe.com"
_HOST_HINT = "a store is OWNER/REPO, HOST/OWNER/REPO, the URL of a repository, or a folder"


class Locator(NamedTuple):
    """The location of a store.

    Attributes:
        kind: The kind of store: `github`, `directory`, or the scheme of its URL. Only the registry
            of stores uses it; other code uses capabilities.
        value: `OWNER/REPO`, a path, or the part of a URL after the scheme.
        host: The host of a repository in lower case; empty if it was not specified.
    """

    kind: str
    value: str
    host: str = ""

    @classmethod
    def parse(cls, text: str, *, schemes: Container[str] = ()) -> "Locator":
        """Parse a store: a repository in any form that `gh` accepts, a folder, or a URL.

        A path begins with `.`, `/` or `~`, or is a `file://` URL.

        Args:
            text: The store.
            schemes: The kinds of stores with URLs.

        Raises:
            UsageError: The text is not a store, or contains a password or token.
        """
        scheme, separator, rest = text.partition("://")
        if separator and scheme.lower() == "file":
            return cls(kind="directory", value=unquote(split_url(text).path))
        if separator and scheme.lower() in schemes:
            return cls(kind=scheme.lower(), value=rest)
        if _PATH.match(text):
            return cls(kind="directory", value=text)
        if meant := _without_slashes(text, schemes):
            raise UsageError(f"store '{text}' is not a URL", hint=f"did you mean {meant}?")
        address = RepositoryAddress.parse(text)
        if (address and address.has_credentials) or (not address and "@" in text):
            # The text is not part of the message because it may contain a token.
            raise UsageError(
                "the store contains a user name, password or token",
                hint="write OWNER/REPO or HOST/OWNER/REPO, and set GHPYPI_TOKEN to the token",
            )
        if address:
            return cls(kind="github", value=address.name, host=address.host)
        raise _not_a_store(text, scheme.lower() if separator else "", rest)

    @property
    def owner(self) -> str:
        """The owner of a repository; empty for other stores."""
        return self.value.partition("/")[0] if self.kind == "github" else ""

    def __str__(self) -> str:
        if self.kind not in {"github", "directory"}:
            return f"{self.kind}://{self.value}"
        return f"{self.host}/{self.value}" if self.host else self.value


def _without_slashes(text: str, schemes: Container[str]) -> str:
    """Return the URL that a text such as `s3:/bucket` means; empty if it means none."""
    scheme, colon, rest = text.partition(":")
    known = scheme.lower() in schemes or scheme.lower() in {"file", "http", "https"}
    # A text with a password must not be part of a message.
    if not colon or not known or rest.startswith("//") or "@" in text:
        return ""
    path = rest if scheme.lower() == "file" else rest.lstrip("/")
    return f"{scheme.lower()}://{path}"


def _not_a_store(text: str, scheme: str, rest: str) -> UsageError:
    if scheme in {"http", "https", "ssh"}:
        owner, _, more = split_url(text).path.strip("/").partition("/")
        name = more.partition("/")[0]
        short = f"{split_url(text).netloc}/{owner}/{name}"
        meant = RepositoryAddress.parse(short)
        return UsageError(
            f"store '{text}' is not the URL of a repository",
            hint=f"did you mean {short}?" if meant else _HOST_HINT,
        )
    if scheme:
        return UsageError(
            f"store '{text}': '{scheme}://' stores are not supported",
            hint=f"a store is OWNER/REPO or a folder such as ./{rest or 'index'}",
        )
    return UsageError(
        f"store '{text}' is neither OWNER/REPO nor a path",
        hint=f"write a folder with a leading ./ : ./{PurePath(text).as_posix()}",
    )


class Hosts(NamedTuple):
    """The URLs of a GitHub server: github.com, GHE.com or GitHub Enterprise Server.

    Attributes:
        api: The URL of the REST API, without a trailing slash.
        server: The URL of the website and git, without a trailing slash.
    """

    api: str
    server: str

    @classmethod
    def parse(cls, api: str, server: str = "") -> "Hosts":
        """Create from URLs; the server URL is derived from the API URL if it is empty.

        Raises:
            UsageError: A value is not an http(s) URL.
        """
        api = _checked(api, "the API URL")
        return cls(api=api, server=_checked(server or _server_of(api), "the server URL"))

    @classmethod
    def of(cls, host: str) -> "Hosts":
        """Create from a host name.

        Source: GitHub documentation, "Getting started with the REST API" of each product.

        Raises:
            UsageError: The text is not a host name.
        """
        name = parse_host(host)
        if not name:
            raise UsageError(f"'{host}' is not a host name such as github.com")
        if name == _GITHUB or name.endswith(_TENANTS):
            return cls(api=f"https://api.{name}", server=f"https://{name}")
        return cls(api=f"https://{name}/api/v3", server=f"https://{name}")

    @property
    def hostname(self) -> str:
        """The host of the website, as used by `gh`."""
        return split_url(self.server).netloc.lower()

    @property
    def is_enterprise_server(self) -> bool:
        """Whether it is neither github.com nor a tenant of GHE.com, as in `gh`."""
        return self.hostname != _GITHUB and not self.hostname.endswith(_TENANTS)

    def matches(self, host: str) -> bool:
        """Return whether a host is this one; SSH URLs have no port."""
        host = host.lower()
        return host == self.hostname or host == split_url(self.server).hostname

    def pages(self, repository: str) -> str:
        """Return the Pages URL of a repository, ending in `/`; empty if it cannot be derived.

        Source: GitHub documentation, "Types of GitHub Pages sites".
        """
        if self.hostname != "github.com":
            return ""
        owner, _, name = repository.lower().partition("/")
        site = f"https://{owner}.github.io/"
        return site if name == f"{owner}.github.io" else f"{site}{repository.partition('/')[2]}/"


def _server_of(api: str) -> str:
    """Derive the server URL: `api.X` is for `X`, and `X/api/v3` for `X`.

    Source: GitHub documentation, "Getting started with the REST API" of each product.
    """
    parts = split_url(api)
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def _checked(url: str, what: str) -> str:
    parts = split_url(url)
    if "@" in url:
        raise UsageError(
            f"{what} contains a user name, password or token",
            hint="omit it, and set GHPYPI_TOKEN to the token",
        )
    if parts.scheme not in {"https", "http"} or not parts.netloc:
        raise UsageError(f"{what} '{url}' is not a URL such as https://api.github.com")
    return url.rstrip("/")
