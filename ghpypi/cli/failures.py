"""Failures that no other place has translated: of the operating system, and of ghpypi itself.

Each adapter translates the failures that it expects. What is left can happen at any call: a disk is
full, a folder may not be read, a file is a folder. And a program has bugs.
"""

import errno
import logging

from ghpypi import __version__
from ghpypi.errors import FailedError, GhpypiError

REPORT = "https://github.com/ghpypi/ghpypi/issues"

HINTS = {
    errno.ENOSPC: "free some space, then run the same command again",
    errno.EDQUOT: "free some space, then run the same command again",
    errno.EACCES: "check who owns it and its mode, then run the same command again",
    errno.EPERM: "check who owns it and its mode, then run the same command again",
    errno.EROFS: "choose a place that can be written",
    errno.EMFILE: "allow more open files ('ulimit -n'), then run the same command again",
    errno.ENAMETOOLONG: "choose shorter names",
}
"""What to do, by the number of the error."""

_log = logging.getLogger("ghpypi")


def explain(error: Exception) -> GhpypiError:
    """Say what an error means to a user."""
    if isinstance(error, OSError) and error.errno is not None:
        return _of_system(error)
    _log.debug("internal error", exc_info=error)
    return FailedError(
        f"ghpypi {__version__} failed because of a bug: {type(error).__name__}: {error}",
        hint=f"report it at {REPORT}, with what 'ghpypi --version' and the same command with "
        "--verbose print",
    )


def _of_system(error: OSError) -> FailedError:
    names = " -> ".join(f"'{_text(x)}'" for x in (error.filename, error.filename2) if x is not None)
    reason = (error.strerror or type(error).__name__).lower()
    return FailedError(
        f"{names}: {reason}" if names else reason,
        hint=HINTS.get(error.errno or 0, "run the same command again when that is corrected"),
    )


def _text(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
