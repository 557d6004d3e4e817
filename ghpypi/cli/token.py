"""Finding the token of a GitHub host, in an order that users can rely on.

The first one found is used: `--token`, `--token-file`, the environment, what `gh auth token` says,
then what `ghpypi login` kept. Tokens of one host are never sent to another: the variables of `gh`
mean what they mean there (`gh help environment`), and stored tokens are stored for a host.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ghpypi.cleanup import run_program
from ghpypi.cli.hosts import workflow_host
from ghpypi.cli.kept import Kept
from ghpypi.core.locator import Hosts
from ghpypi.core.repository_address import parse_host
from ghpypi.core.secret import Secret
from ghpypi.errors import BadTokenError, UsageError

OWN = "GHPYPI_TOKEN"
OWN_HOST = "GHPYPI_TOKEN_HOST"
"""Names the host that `GHPYPI_TOKEN` is for; without it, that is the host of the store."""

GITHUB = ("GH_TOKEN", "GITHUB_TOKEN")
ENTERPRISE = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
VARIABLES = (OWN, *GITHUB, *ENTERPRISE)
GH_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundToken:
    """A token, and where it was.

    Attributes:
        secret: The token.
        place: An option, a variable, a program or a file.
    """

    secret: Secret
    place: str

    @classmethod
    def of(cls, text: str, place: str) -> "FoundToken":
        """Take a token; white space around it is left out.

        Raises:
            BadTokenError: It is none. Nothing of it is repeated.
        """
        secret = Secret(text.strip())
        if not secret.sendable:
            raise BadTokenError(
                f"{place} does not hold a token: it has characters that no token has",
                hint="put one token there and nothing else: copy it again, without spaces, line "
                "ends and quotation marks",
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
        given: `--token`.
        file: `--token-file`.
        environment: Consulted for the variables that `variables_for` names.
        hosts: The GitHub that the token is for.
        named: Whether the user named that GitHub.

    Raises:
        UsageError: The file that was named cannot be read.
        BadTokenError: What is there is no token.
    """
    if given:
        return FoundToken.of(given, "--token")
    if file:
        return FoundToken.of(_read(file), f"--token-file {file}")
    for variable in variables_for(hosts, environment, named=named):
        if value := environment.get(variable, "").strip():
            return FoundToken.of(value, variable)
    return standing_token(hosts, environment)


def variables_for(
    hosts: Hosts, environment: Mapping[str, str], *, named: bool = True
) -> tuple[str, ...]:
    """List the variables that may hold a token of a GitHub, first come first.

    `GH_TOKEN` and `GITHUB_TOKEN` are for github.com and tenants of GHE.com, and the others for
    Enterprise Servers (`gh help environment`). In a workflow, `GITHUB_TOKEN` is of the GitHub that
    the workflow runs on.

    Args:
        hosts: The GitHub that the token is for.
        environment: Says whether this is a workflow, and whom `GHPYPI_TOKEN` is for.
        named: Whether the user named that GitHub, in an option or in the environment. A host that
            only a file of the checkout names may be anybody's, and is sent no token that is not
            known to be for it.
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
    """Say why a token in the environment is not used for a GitHub; empty if there is none."""
    good = variables_for(hosts, environment, named=named)
    unused = [each for each in VARIABLES if each not in good and environment.get(each, "").strip()]
    if not unused:
        return ""
    if not named and unused[0] in {OWN, *ENTERPRISE} and not environment.get(OWN_HOST):
        return (
            f"{unused[0]} is not sent to '{hosts.hostname}', which only a file here names; if the "
            f"token is for it, set GH_HOST={hosts.hostname}"
        )
    right = "GH_ENTERPRISE_TOKEN" if hosts.is_enterprise_server else "GH_TOKEN"
    return (
        f"{unused[0]} is for another host and is not sent to '{hosts.hostname}'; for that, set "
        f"{OWN} or {right}"
    )


def standing_token(hosts: Hosts, environment: Mapping[str, str]) -> FoundToken | None:
    """Find the token of somebody who is signed in: with `gh`, else with `ghpypi login`."""
    if secret := token_of_gh(hosts):
        return FoundToken(secret=secret, place="gh auth token")
    kept = Kept.of(environment).token(hosts.hostname)
    return FoundToken.of(kept[0].reveal(), kept[1]) if kept else None


def _read(path: Path) -> str:
    try:
        # Editors of Windows begin a file with a mark.
        text = path.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise UsageError(f"the token file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the token file {path} is no text") from error
    if not text:
        raise UsageError(f"the token file {path} is empty")
    return text


def token_of_gh(hosts: Hosts) -> Secret | None:
    """Ask GitHub's own command line tool, where somebody is signed in."""
    program = shutil.which("gh")
    if program is None:
        return None
    # What stands in variables was looked for, and may be of another GitHub; `gh` would repeat it.
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    try:
        answer = run_program(
            [program, "auth", "token", "--hostname", hosts.hostname],
            environment=environment,
            timeout=GH_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    secret = Secret(answer.stdout.decode(errors="replace").strip())
    return secret if answer.returncode == 0 and secret.sendable else None
