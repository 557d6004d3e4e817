"""Which store a command works on, and on which GitHub that is."""

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ghpypi.cleanup import run_program
from ghpypi.cli.hosts import hosts_for, usual_hosts
from ghpypi.cli.token import standing_token
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.repository_address import RepositoryAddress, parse_host
from ghpypi.stores import locate

MEMORY = "memory:"
"""Begins the name of a store that ends with the server."""


GIT_SECONDS = 60
"""Maximum time for git to name the remote of a checkout, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A store that was chosen.

    Attributes:
        locator: The store; `None` if none was named.
        hosts: The GitHub that it is on, or that stores usually are on.
        named: Whether the user named that GitHub: as part of a store in an option or a variable,
            or as the usual one. What a file of the checkout says is not the user's word.
    """

    locator: Locator | None
    hosts: Hosts
    named: bool


def choose(given: str | None, configured: str, api_url: str | None) -> Choice:
    """Choose the store: option, environment, configuration, workflow, then the checkout.

    Args:
        given: `--store`.
        configured: `store` in the configuration.
        api_url: `--api-url`.

    Raises:
        UsageError: What comes first is not a store, or `--api-url` is of another GitHub.
    """
    usual = usual_hosts(api_url, os.environ)
    if text := given or os.environ.get("GHPYPI_STORE"):
        return _chosen(locate(text), usual, api_url, named=True)
    if configured:
        return _chosen(locate(configured), usual, api_url, named=False)
    if text := os.environ.get("GITHUB_REPOSITORY"):
        host = parse_host(os.environ.get("GITHUB_SERVER_URL", ""))
        elsewhere = host if host and not api_url and not usual.matches(host) else ""
        locator = replace(locate(text), host=elsewhere)
        return _chosen(locator, usual, api_url, named=True)
    origin = _origin(usual, api_url)
    if origin is None:
        return Choice(locator=None, hosts=usual, named=True)
    return _chosen(origin, usual, api_url, named=False)


def _chosen(locator: Locator, usual: Hosts, api_url: str | None, *, named: bool) -> Choice:
    hosts = hosts_for(locator, api_url, os.environ)
    return Choice(locator=locator, hosts=hosts, named=named or hosts == usual)


def _origin(usual: Hosts, api_url: str | None) -> Locator | None:
    """Find the repository that this checkout comes from; `None` if it is not on a known GitHub."""
    address = RepositoryAddress.parse(_origin_url())
    if address is None:
        return None
    if usual.matches(address.host):
        return Locator(kind="github", value=address.name)
    chosen = api_url or os.environ.get("GH_HOST") or os.environ.get("GITHUB_API_URL")
    if chosen or not address.host:
        return None
    hosts = Hosts.of(address.host)
    # Any other host may be a GitLab; whoever is signed in there knows that it is a GitHub.
    if hosts.is_enterprise_server and standing_token(hosts, os.environ) is None:
        return None
    return Locator(kind="github", value=address.name, host=address.host)


def _origin_url() -> str:
    """Return the URL of the git remote `origin`; empty outside of a checkout."""
    try:
        answer = run_program(["git", "remote", "get-url", "origin"], timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    url = answer.stdout.decode(errors="replace").strip()
    return url if answer.returncode == 0 else ""


def naming_host(stores: Iterable[str]) -> str | None:
    """Find the first of several stores that names its host; `None` if none does.

    Raises:
        UsageError: One of them is not a store.
    """
    repositories = (each for each in stores if not each.startswith(MEMORY))
    return next((each for each in repositories if locate(each).host), None)
