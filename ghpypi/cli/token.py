"""Finding the token, in an order that users can rely on.

The first one found is used: `--token`, `--token-file`, `GHPYPI_TOKEN`, `GH_TOKEN`, `GITHUB_TOKEN`,
then what `gh auth token` says, then the system keyring (with the extra `keyring`).
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError

VARIABLES = ("GHPYPI_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
GH_SECONDS = 10


def find_token(
    given: str | None, file: Path | None, environment: Mapping[str, str], hosts: Hosts
) -> Secret | None:
    """Find a token, or `None`: public repositories can be read without one.

    Raises:
        UsageError: The file that was named cannot be used.
    """
    if given:
        return Secret(given.strip())
    if file:
        return _from_file(file)
    for variable in VARIABLES:
        if value := environment.get(variable, "").strip():
            return Secret(value)
    return _from_gh(hosts) or _from_keyring(hosts)


def _from_file(path: Path) -> Secret:
    try:
        text = path.read_text().strip()
    except OSError as error:
        raise UsageError(f"the token file {path} cannot be read: {error.strerror}") from error
    if not text or len(text.split()) > 1:
        raise UsageError(f"the token file {path} must hold one token and nothing else")
    return Secret(text)


def _from_gh(hosts: Hosts) -> Secret | None:
    """Ask GitHub's own command line tool, where somebody is signed in."""
    program = shutil.which("gh")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "auth", "token", "--hostname", hosts.hostname],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=GH_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    token = answer.stdout.strip()
    return Secret(token) if answer.returncode == 0 and token else None


def _from_keyring(hosts: Hosts) -> Secret | None:
    try:
        import keyring  # noqa: PLC0415 - an extra, and slow to import
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        token = keyring.get_password("ghpypi", hosts.hostname)
    except KeyringError:
        return None
    return Secret(token) if token else None
