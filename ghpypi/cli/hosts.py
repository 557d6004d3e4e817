"""The choice of the GitHub server: `--api-url`, `GH_HOST`, `GITHUB_API_URL`, then github.com.

A store that includes a host is on that host. `GITHUB_API_URL` and `GITHUB_SERVER_URL` are set in
each workflow, so they only provide the URLs of a server, and do not override the host of a store.
"""

from collections.abc import Mapping

from ghpypi.core.locator import Hosts, Locator
from ghpypi.errors import UsageError

GITHUB_API = "https://api.github.com"


def default_hosts(api_url: str | None, environment: Mapping[str, str]) -> Hosts:
    """Return the default GitHub server, for stores without a host.

    Args:
        api_url: The value of `--api-url`.
        environment: Environment variables: `GH_HOST`, `GITHUB_API_URL` and `GITHUB_SERVER_URL`.

    Raises:
        UsageError: One of them is not a valid URL or host.
    """
    if api_url:
        return Hosts.parse(api_url)
    runner = _of_runner(environment)
    named = environment.get("GH_HOST", "").strip()
    if named:
        hosts = Hosts.of(named)
        return runner if runner.matches(hosts.hostname) else hosts
    return runner


def hosts_for(locator: Locator, api_url: str | None, environment: Mapping[str, str]) -> Hosts:
    """Return the GitHub server of a store.

    Raises:
        UsageError: `--api-url` is the URL of another server.
    """
    usual = default_hosts(api_url, environment)
    if not locator.host or usual.matches(locator.host):
        return usual
    if api_url:
        raise UsageError(
            f"the store '{locator}' is on '{locator.host}', but --api-url is that of "
            f"'{usual.hostname}'",
            hint="omit --api-url, or the host of the store",
        )
    runner = _of_runner(environment)
    return runner if runner.matches(locator.host) else Hosts.of(locator.host)


def workflow_host(environment: Mapping[str, str]) -> str:
    """Return the GitHub host of the running workflow; empty outside of a workflow."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return ""
    return _of_runner(environment).hostname


def _of_runner(environment: Mapping[str, str]) -> Hosts:
    return Hosts.parse(
        environment.get("GITHUB_API_URL") or GITHUB_API, environment.get("GITHUB_SERVER_URL", "")
    )
