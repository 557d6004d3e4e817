"""What git says, in our words.

It speaks to people; what is looked for are sentences that it and GitHub have kept for years.
"""

import re

from ghpypi.errors import (
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)

DENIED = re.compile(
    r"(returned error:|RPC failed; HTTP) 40[13]|Authentication failed|could not read Username"
    r"|Permission to .* denied"
    r"|Write access to repository not granted|protected branch|GH0\d\d|\bdeclined\b"
    r"|refusing to allow",
    re.IGNORECASE,
)
MISSING = re.compile(r"returned error: 404|repository .* not found", re.IGNORECASE)
MOVED = re.compile(r"returned error: 30\d", re.IGNORECASE)
LATER = re.compile(
    r"returned error: (5\d\d|429)|Could not resolve host|Connection (reset|refused|timed out)"
    r"|RPC failed(?!; HTTP 4)|early EOF|unexpected disconnect|hung up|Recv failure|Empty reply"
    r"|transfer closed"
    r"|Failed to connect|Operation timed out|bad band|protocol error",
    re.IGNORECASE,
)
ABSENT = re.compile(r"couldn't find remote ref", re.IGNORECASE)
REJECTED = re.compile(r"\[(remote )?rejected\]|\[remote failure\]|cannot lock ref|stale info")


def translate(what: str, told: str) -> GhpypiError:
    """Say what it means that git failed."""
    if DENIED.search(told):
        return NotAllowedError(
            f"{what}: not allowed ({_line(told, DENIED)})",
            hint="the token needs write access to the repository's contents, "
            "and no rule may keep it from the branch",
        )
    if MISSING.search(told):
        return NotFoundError(f"{what}: not found ({_line(told, MISSING)})")
    if MOVED.search(told):
        # It was called so when the run began, so the next one learns the new name.
        return TryLaterError(
            f"{what}: the repository was renamed meanwhile", hint="run the same command again"
        )
    last = (told.strip().splitlines() or ["no explanation"])[-1]
    return FailedError(f"{what} failed: {last}")


def _line(told: str, telling: "re.Pattern[str]") -> str:
    """Pick the line that tells why: the last one often says only that it failed."""
    return next(line.strip() for line in told.splitlines() if telling.search(line))
