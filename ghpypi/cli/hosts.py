"""Which GitHub a command talks to: `--api-url`, `GH_HOST`, `GITHUB_API_URL`, then github.com.

A store that names its host is on that host. `GITHUB_API_URL` and `GITHUB_SERVER_URL` are set by
the runner of a workflow, so they say where the addresses of one GitHub are, not which to use.
"""

from collections.abc import Mapping

from ghpypi.core.locator import Hosts, Locator
from ghpypi.errors import UsageError

GITHUB_API = "https://api.github.com"


def usual_hosts(api_url: str | None, environment: Mapping[str, str]) -> Hosts:
    """Give the GitHub for stores that name no host.

    Args:
        api_url: `--api-url`.
        environment: Consulted for `GH_HOST`, `GITHUB_API_URL` and `GITHUB_SERVER_URL`.

    Raises:
        UsageError: One of them is not an address.
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
    """Give the GitHub that a store is on.

    Raises:
        UsageError: `--api-url` is the address of another one.
    """
    usual = usual_hosts(api_url, environment)
    if not locator.host or usual.matches(locator.host):
        return usual
    if api_url:
        raise UsageError(
            f"the store '{locator}' is on '{locator.host}', but --api-url is the address of "
            f"'{usual.hostname}'",
            hint="leave out --api-url, or the host of the store",
        )
    runner = _of_runner(environment)
    return runner if runner.matches(locator.host) else Hosts.of(locator.host)


def workflow_host(environment: Mapping[str, str]) -> str:
    """Name the host that a workflow runs on, whose token `GITHUB_TOKEN` is; empty outside."""
    if environment.get("GITHUB_ACTIONS") != "true":
        return ""
    return _of_runner(environment).hostname


def _of_runner(environment: Mapping[str, str]) -> Hosts:
    return Hosts.parse(
        environment.get("GITHUB_API_URL") or GITHUB_API, environment.get("GITHUB_SERVER_URL", "")
    )
