"""What git knows of the folder we are in."""

import subprocess

from ghpypi.cleanup import run_program
from ghpypi.core.locator import Hosts

GIT_SECONDS = 60


def find_origin(hosts: Hosts) -> str:
    """Ask git where this checkout comes from; empty if it is none, or from elsewhere."""
    try:
        answer = run_program(["git", "remote", "get-url", "origin"], timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    url = answer.stdout.decode(errors="replace").strip()
    return hosts.repository_of(url) if answer.returncode == 0 else ""
