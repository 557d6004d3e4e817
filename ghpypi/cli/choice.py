"""The choice of the store, and of its GitHub server."""

import os
import subprocess
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import run_program
from ghpypi.cli.hosts import default_hosts, hosts_for
from ghpypi.cli.token import stored_token
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.config.stores import is_store_name, store_of_name
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.repository_address import RepositoryAddress, parse_host
from ghpypi.stores import locate

MEMORY = "memory:"
"""Prefix of stores in memory, whose content is lost when the server stops."""


GIT_SECONDS = 60
"""Maximum time for git to name the remote of a checkout, in seconds."""


class Choice(NamedTuple):
    """The chosen store.

    Attributes:
        locator: The store; `None` if none was specified.
        hosts: The GitHub server of the store, or the default one.
        named: Whether the user specified that server: as part of a store in an option or variable,
            or as the default. A file of the checkout does not count, as anyone may have written it.
        from_table: Whether the store was chosen by its name in `[stores]` of the configuration.
    """

    locator: Locator | None
    hosts: Hosts
    named: bool
    from_table: bool = False


def choose(
    given: str | None, config: Config, api_url: str | None, *, source: str = CONFIG_FILE
) -> Choice:
    """Choose the store: from option, environment, configuration, workflow, then the checkout.

    Args:
        given: The value of `--store`.
        config: The configuration in the checkout.
        api_url: The value of `--api-url`.
        source: The name of the file with the configuration.

    Raises:
        UsageError: The first value found is not a store, or `--api-url` is that of another server.
    """
    usual = default_hosts(api_url, os.environ)
    if text := given or os.environ.get("GHPYPI_STORE"):
        if is_store_name(text):
            locator = locate(store_of_name(text, config.stores, source=source))
            return _chosen(locator, usual, api_url, named=False)._replace(from_table=True)
        return _chosen(locate(text), usual, api_url, named=True)
    if config.store:
        return _chosen(locate(config.store), usual, api_url, named=False)
    if text := os.environ.get("GITHUB_REPOSITORY"):
        host = parse_host(os.environ.get("GITHUB_SERVER_URL", ""))
        elsewhere = host if host and not api_url and not usual.matches(host) else ""
        locator = locate(text)._replace(host=elsewhere)
        return _chosen(locator, usual, api_url, named=True)
    origin = _origin(usual, api_url)
    if origin is None:
        return Choice(locator=None, hosts=usual, named=True)
    return _chosen(origin, usual, api_url, named=False)


def _chosen(locator: Locator, usual: Hosts, api_url: str | None, *, named: bool) -> Choice:
    hosts = hosts_for(locator, api_url, os.environ)
    return Choice(locator=locator, hosts=hosts, named=named or hosts == usual)


def _origin(usual: Hosts, api_url: str | None) -> Locator | None:
    """Return the repository of the git remote; `None` if its host is not a known GitHub."""
    address = RepositoryAddress.parse(_origin_url())
    if address is None:
        return None
    if usual.matches(address.host):
        return Locator(kind="github", value=address.name)
    chosen = api_url or os.environ.get("GH_HOST") or os.environ.get("GITHUB_API_URL")
    if chosen or not address.host:
        return None
    hosts = Hosts.of(address.host)
    # Another host may be a GitLab; a stored token for it proves that it is a GitHub.
    if hosts.is_enterprise_server and stored_token(hosts, os.environ) is None:
        return None
    return Locator(kind="github", value=address.name, host=address.host)


def _origin_url() -> str:
    """Return the URL of the git remote `origin`; empty outside of a checkout."""
    try:
        answer = run_program(
            ["git", "remote", "get-url", "origin"], child_environment(), timeout=GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    url = answer.stdout.decode(errors="replace").strip()
    return url if answer.returncode == 0 else ""


def naming_host(stores: Iterable[str], names: Callable[[str], str] = str) -> str | None:
    """Return the first store that includes a host; `None` if there is none.

    Args:
        stores: The stores.
        names: Replaces the name of a store by its URL; by default, stores have no names.

    Raises:
        UsageError: A value is not a store.
    """
    repositories = (each for each in stores if not each.startswith(MEMORY))
    return next((each for each in repositories if locate(names(each)).host), None)
