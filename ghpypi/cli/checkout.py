"""What git knows of the folder we are in."""

import subprocess

from ghpypi.core.locator import Hosts


def find_origin(hosts: Hosts) -> str:
    """Ask git where this checkout comes from; empty if it is none, or from elsewhere."""
    try:
        answer = subprocess.run(
            ["git", "remote", "get-url", "origin"],
            capture_output=True, check=False, text=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return hosts.repository_of(answer.stdout.strip()) if answer.returncode == 0 else ""
