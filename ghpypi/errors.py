"""All errors that users see, with exit codes.

The class determines the exit code. An instance has a message that says what went wrong with which
object, a hint that says what to do, and a list of faults if several were found together.
"""

from collections.abc import Iterable


class GhpypiError(Exception):
    """Base class of all errors that are shown to users without a traceback.

    Args:
        message: What went wrong, and with which object.
        hint: What to do; an imperative.
        faults: The individual faults, if there can be more than one.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", faults: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  - {fault}" for fault in self.faults)])


class FailedError(GhpypiError):
    """The operation failed."""


class OldFormatError(FailedError):
    """The published catalog has a format of an older version that is no longer supported."""


class RefusedError(FailedError):
    """The operation was not started because it would break the index for its users."""


class OccupiedError(RefusedError):
    """Files that ghpypi did not write are at paths of the index.

    Args:
        site: The name of the site.
        paths: The conflicting paths; folders end in `/`.
    """

    def __init__(self, site: str, paths: Iterable[str]) -> None:
        faults = sorted(set(paths))
        super().__init__(
            f"{site} has files that ghpypi did not write at paths of the index; nothing was "
            "written",
            faults=faults,
            hint='publish the index in a separate folder (path = "pypi" in [site] of ghpypi.toml), '
            "or overwrite these files with 'ghpypi index --adopt'",
        )


class UnfinishedError(RefusedError):
    """A release cannot be published because the upload of some files was interrupted."""


class UsageError(GhpypiError):
    """An option, argument or environment variable is invalid."""

    exit_code = 2


class UnknownVisibilityError(UsageError):
    """A repository has to be created, and it is not known who may read it."""


class ConfigError(UsageError):
    """`ghpypi.toml` is invalid; each fault includes its key, such as `index.branch`."""


class DifferenceError(GhpypiError):
    """A check found that the published site is out of date."""

    exit_code = 3


class NotAllowedError(GhpypiError):
    """The token is missing, expired, or lacks permissions."""

    exit_code = 4


class BadTokenError(NotAllowedError):
    """GitHub does not recognize the token: it is invalid, expired or revoked."""


class NotFoundError(GhpypiError):
    """An object does not exist, or the token may not read it."""

    exit_code = 5


class NoIndexWorkflowError(NotFoundError):
    """The repository has no index workflow that can be started."""


class ConflictError(GhpypiError):
    """A file of the same name exists with different content."""

    exit_code = 6


class TryLaterError(GhpypiError):
    """A temporary failure: rate limit, outage or lost connection."""

    exit_code = 7


class RateLimitedError(TryLaterError):
    """The remote limits the rate of requests, for longer than this run waits."""


class DamagedError(TryLaterError):
    """A download differs from the stored file, which says nothing about the stored file itself.

    Proxies may send pages of their own, and connections may be interrupted. Never record this as a
    fault of the file.
    """


class OutdatedError(TryLaterError):
    """The site was changed by another process between reading and writing; retry."""


class PartMismatchError(TryLaterError):
    """Two files of a published catalog do not belong together.

    An index run is publishing, or was interrupted.

    Args:
        message: What does not match.
        hint: What to do.
        names: The projects concerned.
    """

    def __init__(self, message: str, *, hint: str, names: Iterable[str]) -> None:
        super().__init__(message, hint=hint)
        self.names = frozenset(names)
