"""Finding the token, in an order that users can rely on.

The first one found is used: `--token`, `--token-file`, `GHPYPI_TOKEN`, `GH_TOKEN`, `GITHUB_TOKEN`,
then what `gh auth token` says, then what `ghpypi login` kept.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ghpypi.cleanup import run_program
from ghpypi.cli.kept import Kept
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError

VARIABLES = ("GHPYPI_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
GH_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A token, and where it was.

    Attributes:
        secret: The token.
        place: An option, a variable, a program or a file.
    """

    secret: Secret
    place: str


def find_token(
    given: str | None, file: Path | None, environment: Mapping[str, str], hosts: Hosts
) -> Secret | None:
    """Find a token, or `None`: public repositories can be read without one.

    Raises:
        UsageError: The file that was named cannot be used.
    """
    found = locate_token(given, file, environment, hosts)
    return found.secret if found else None


def locate_token(
    given: str | None, file: Path | None, environment: Mapping[str, str], hosts: Hosts
) -> Found | None:
    """Find a token, and say where it was.

    Raises:
        UsageError: The file that was named cannot be used.
    """
    if given:
        return Found(secret=Secret(given.strip()), place="--token")
    if file:
        return Found(secret=_from_file(file), place=f"--token-file {file}")
    for variable in VARIABLES:
        if value := environment.get(variable, "").strip():
            return Found(secret=Secret(value), place=variable)
    return standing_token(hosts, environment)


def standing_token(hosts: Hosts, environment: Mapping[str, str]) -> Found | None:
    """Find the token of somebody who is signed in: with `gh`, else with `ghpypi login`."""
    if secret := token_of_gh(hosts):
        return Found(secret=secret, place="gh auth token")
    kept = Kept.of(environment).token(hosts.hostname)
    return Found(secret=kept[0], place=kept[1]) if kept else None


def _from_file(path: Path) -> Secret:
    try:
        text = path.read_text().strip()
    except OSError as error:
        raise UsageError(f"the token file {path} cannot be read: {error.strerror}") from error
    if not text or len(text.split()) > 1:
        raise UsageError(f"the token file {path} must hold one token and nothing else")
    return Secret(text)


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
    token = answer.stdout.decode(errors="replace").strip()
    return Secret(token) if answer.returncode == 0 and token else None
