"""Credentials of the AWS CLI: profiles, single sign-on, assumed roles.

object_store knows the variables of the environment and the metadata of machines, but no profiles.
`aws configure export-credentials` knows all of them, and is what the tools of AWS document for
other programs.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ghpypi.child_environment import child_environment, secrets_found
from ghpypi.cleanup import run_program
from ghpypi.core.parsing import parse_json
from ghpypi.errors import NotAllowedError

TIMEOUT_SECONDS = 60.0
"""Maximum time for the AWS CLI to answer, in seconds: it may ask a service of AWS."""

MARGIN = timedelta(minutes=10)
"""Time before the end of credentials at which new ones are asked for; obstore asks 5 minutes
before."""

OTHERS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
"""Variables with credentials that object_store finds itself."""


def profile_source() -> "ProfileCredentials | None":
    """Return the credentials of a profile; `None` if there is none, or no AWS CLI."""
    if secrets_found(OTHERS) or not shutil.which("aws"):
        return None
    named = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    files = (
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ("AWS_CONFIG_FILE", "config"),
    )
    places = (Path(os.environ.get(name) or Path.home() / ".aws" / file) for name, file in files)
    found = bool(named) or any(place.is_file() for place in places)
    return ProfileCredentials() if found else None


class ProfileCredentials:
    """The credentials of a profile, until shortly before they expire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Mapping[str, Any] | None = None

    def __call__(self) -> Mapping[str, Any]:
        """Return the credentials; each bucket and folder asks for them once.

        Raises:
            NotAllowedError: There are none.
        """
        with self._lock:
            if self._found is None or _expires_soon(self._found):
                self._found = _exported()
            return self._found


def _expires_soon(credentials: Mapping[str, Any]) -> bool:
    end = credentials["expires_at"]
    return end is not None and end - datetime.now(UTC) < MARGIN


def _exported() -> Mapping[str, Any]:
    """Ask the AWS CLI for credentials, in the form that obstore takes.

    Raises:
        NotAllowedError: It has none, such as after the end of a session.
    """
    command = ["aws", "configure", "export-credentials", "--format", "process"]
    try:
        done = run_program(command, child_environment(), timeout=TIMEOUT_SECONDS)
        found = parse_json(done.stdout) if done.returncode == 0 else None
        expires = found.get("Expiration") if found else None
        if found:
            return {
                "access_key_id": found["AccessKeyId"],
                "secret_access_key": found["SecretAccessKey"],
                "token": found.get("SessionToken"),
                "expires_at": datetime.fromisoformat(expires) if expires else None,
            }
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, AttributeError):
        pass  # what it printed may be a secret
    raise NotAllowedError(
        "the AWS CLI has no credentials for its profile",
        hint="sign in with 'aws sso login', or check 'aws sts get-caller-identity'",
    )
