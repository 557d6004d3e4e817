"""What git knows of the folder we are in."""

import subprocess

from ghpypi.cleanup import run_program

GIT_SECONDS = 60


def origin_url() -> str:
    """Ask git where this checkout comes from; empty if it is none."""
    try:
        answer = run_program(["git", "remote", "get-url", "origin"], timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    url = answer.stdout.decode(errors="replace").strip()
    return url if answer.returncode == 0 else ""
