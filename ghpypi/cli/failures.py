"""Messages for unexpected exceptions: errors of the operating system, and bugs of ghpypi.

Adapters translate the exceptions that they expect. Others can occur at any call, such as a full
disk or a folder without read permission.
"""

import errno
import logging

from ghpypi import __version__
from ghpypi.core.project import ISSUES
from ghpypi.errors import FailedError, GhpypiError

HINTS = {
    errno.ENOSPC: "free some space, then run the same command again",
    errno.EDQUOT: "free some space, then run the same command again",
    errno.EACCES: "check its owner and permissions, then run the same command again",
    errno.EPERM: "check its owner and permissions, then run the same command again",
    errno.EROFS: "choose a writable location",
    errno.EMFILE: "raise the limit of open files ('ulimit -n'), then run the same command again",
    errno.ENAMETOOLONG: "choose shorter names",
}
"""Hints by error number."""

_log = logging.getLogger("ghpypi")


def explain(error: Exception) -> GhpypiError:
    """Convert an unexpected exception into an error with a message for users."""
    if isinstance(error, OSError) and error.errno is not None:
        return _of_system(error)
    _log.debug("internal error", exc_info=error)
    return FailedError(
        f"bug in ghpypi {__version__}: {type(error).__name__}: {error}",
        hint=f"report it at {ISSUES} with the output of 'ghpypi --version' and of the same "
        "command with --verbose",
    )


def _of_system(error: OSError) -> FailedError:
    names = " -> ".join(f"'{_text(x)}'" for x in (error.filename, error.filename2) if x is not None)
    reason = (error.strerror or type(error).__name__).lower()
    return FailedError(
        f"{names}: {reason}" if names else reason,
        hint=HINTS.get(error.errno or 0, "fix the cause, then run the same command again"),
    )


def _text(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
