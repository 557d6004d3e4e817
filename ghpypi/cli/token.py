"""Finding the token for a GitHub host.

The first one found is used: `--token`, `--token-file`, the environment, `gh auth token`, then the
token stored by `ghpypi login`. Tokens of one host are never sent to another: variables have the
same meaning as for gh (`gh help environment`), and tokens are stored per host.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import run_program
from ghpypi.cli.hosts import workflow_host
from ghpypi.cli.stored_credentials import StoredCredentials
from ghpypi.core.locator import Hosts
from ghpypi.core.repository_address import parse_host
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError, UsageError

OWN = "GHPYPI_TOKEN"
OWN_HOST = "GHPYPI_TOKEN_HOST"
"""The host that `GHPYPI_TOKEN` is for; the host of the store if unset."""

GITHUB = ("GH_TOKEN", "GITHUB_TOKEN")
ENTERPRISE = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
VARIABLES = (OWN, *GITHUB, *ENTERPRISE)
GH_SECONDS = 10


class FoundToken(NamedTuple):
    """A token, and where it was.

    Attributes:
        secret: The token.
        place: The source for messages: an option, variable, program or file.
    """

    secret: Secret
    place: str

    @classmethod
    def of(cls, text: str, place: str) -> "FoundToken":
        """Take a token; white space around it is left out.

        Raises:
            BadTokenError: The text is not a token. The message does not include it.
        """
        secret = Secret(text.strip())
        if not secret.sendable:
            raise BadTokenError(
                f"{place} does not contain a valid token: it has invalid characters",
                hint="copy the token again, without spaces, line breaks and quotation marks",
            )
        return cls(secret=secret, place=place)


def locate_token(
    given: str | None,
    file: Path | None,
    environment: Mapping[str, str],
    hosts: Hosts,
    *,
    named: bool = True,
) -> FoundToken | None:
    """Find a token, and say where it was; `None` if there is none.

    Args:
        given: The value of `--token`.
        file: The value of `--token-file`.
        environment: Environment variables, see `variables_for`.
        hosts: The GitHub server that the token is for.
        named: Whether the user specified that server, see `Choice.named`.

    Raises:
        UsageError: The file cannot be read.
        BadTokenError: The value found is not a token.
    """
    if given:
        return FoundToken.of(given, "--token")
    if file:
        return FoundToken.of(_read(file), f"--token-file {file}")
    for variable in variables_for(hosts, environment, named=named):
        if value := environment.get(variable, "").strip():
            return FoundToken.of(value, variable)
    return stored_token(hosts, environment)


def variables_for(
    hosts: Hosts, environment: Mapping[str, str], *, named: bool = True
) -> tuple[str, ...]:
    """Return the variables that may contain a token for a GitHub server, in order of precedence.

    `GH_TOKEN` and `GITHUB_TOKEN` are for github.com and tenants of GHE.com, and the others for
    Enterprise Servers (`gh help environment`). In a workflow, `GITHUB_TOKEN` is of the GitHub that
    the workflow runs on.

    Args:
        hosts: The GitHub server.
        environment: Environment variables, such as `GHPYPI_TOKEN_HOST` and those of a workflow.
        named: Whether the user specified that server, see `Choice.named`. A host from a file of
            the checkout may be an attacker's, so only tokens known to be for it are used.
    """
    own_host = environment.get(OWN_HOST, "").strip()
    is_ours = hosts.matches(parse_host(own_host)) if own_host else named
    found = [OWN] if is_ours else []
    if not hosts.is_enterprise_server:
        found += GITHUB
    elif named:
        found += ENTERPRISE
    if workflow := workflow_host(environment):
        found = [each for each in found if each != "GITHUB_TOKEN"]
        found += ["GITHUB_TOKEN"] if hosts.matches(workflow) else []
    return tuple(found)


def unused_token(hosts: Hosts, environment: Mapping[str, str], *, named: bool) -> str:
    """Return why a token in the environment is not used; empty if there is no such token."""
    good = variables_for(hosts, environment, named=named)
    unused = [each for each in VARIABLES if each not in good and environment.get(each, "").strip()]
    if not unused:
        return ""
    if not named and unused[0] in {OWN, *ENTERPRISE} and not environment.get(OWN_HOST):
        return (
            f"{unused[0]} is not sent to '{hosts.hostname}', which only a local file specifies; if "
            f"the token is for that host, set GH_HOST={hosts.hostname}"
        )
    why = f"{unused[0]} is for another host and is not sent to '{hosts.hostname}'; for that, set"
    if hosts.is_enterprise_server:
        return f"{why} {OWN} or GH_ENTERPRISE_TOKEN"
    server = "if the store is on an Enterprise Server, write HOST/OWNER/REPO, or set GH_HOST"
    return f"{why} {OWN} or GH_TOKEN; {server}"


def stored_token(hosts: Hosts, environment: Mapping[str, str]) -> FoundToken | None:
    """Return the stored token of `gh auth login` or `ghpypi login`."""
    if secret := token_of_gh(hosts):
        return FoundToken(secret=secret, place="gh auth token")
    stored = StoredCredentials.of(environment).token(hosts.hostname)
    return FoundToken.of(stored[0].reveal(), stored[1]) if stored else None


def _read(path: Path) -> str:
    try:
        # Editors on Windows may write a byte order mark.
        text = path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise UsageError(f"cannot read the token file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the token file {path} is not UTF-8") from error
    if not text:
        raise UsageError(f"the token file {path} is empty")
    return text


def token_of_gh(hosts: Hosts) -> Secret | None:
    """Return the token that GitHub's command line tool `gh` has stored for a host."""
    program = shutil.which("gh")
    if program is None:
        return None
    try:
        answer = run_program(
            [program, "auth", "token", "--hostname", hosts.hostname],
            # Without tokens, which `gh` would print, although they may be for another host.
            child_environment(),
            timeout=GH_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    secret = Secret(answer.stdout.decode(errors="replace").strip())
    return secret if answer.returncode == 0 and secret.sendable else None
