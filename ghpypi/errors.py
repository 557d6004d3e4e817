"""Every failure a user can meet: what happened, what to do about it, and the exit code.

Each class owns its exit code. An instance holds a sentence that says what is wrong with which
thing, a hint that says what to do, and, where several faults of a kind were found together, all
of them.
"""

from collections.abc import Iterable


class GhpypiError(Exception):
    """The root of all errors that are shown to a user without a traceback.

    Args:
        message: What happened, and to which thing.
        hint: What to do about it.
        faults: The single faults, where more than one was found.
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
    """The work could not be done."""


class OldFormatError(FailedError):
    """What is published was written by an older ghpypi, whose format this one does not read."""


class RefusedError(FailedError):
    """Doing it would break a promise to those who install from here, so it was not begun."""


class OccupiedError(RefusedError):
    """The site has files that ghpypi did not write where pages have to be written or removed.

    Args:
        site: The site.
        paths: The files in the way; folders end in `/`.
    """

    def __init__(self, site: str, paths: Iterable[str]) -> None:
        faults = sorted(set(paths))
        super().__init__(
            f"{site} has files that ghpypi did not write where the index has to be written; "
            "nothing was written",
            faults=faults,
            hint='publish the index in a folder of its own, with path = "pypi" in the table '
            "[site] of ghpypi.toml, or replace these files with 'ghpypi index --adopt'",
        )


class UnfinishedError(RefusedError):
    """A release is not published, because uploads of some of its files broke off."""


class UsageError(GhpypiError):
    """The command line or the environment asks for something that makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """`ghpypi.toml` is wrong; each fault carries its place, such as `index.branch`."""


class DifferenceError(GhpypiError):
    """A check found that what is published is not what it should be."""

    exit_code = 3


class NotAllowedError(GhpypiError):
    """The token is missing, expired, or may not do this."""

    exit_code = 4


class BadTokenError(NotAllowedError):
    """The remote does not know the token: it expired, was revoked, or never was one."""


class NotFoundError(GhpypiError):
    """The named thing does not exist, or this token may not see it."""

    exit_code = 5


class NoIndexWorkflowError(NotFoundError):
    """No workflow of a repository rebuilds its index on request."""


class ConflictError(GhpypiError):
    """The same filename is there already, with other content."""

    exit_code = 6


class TryLaterError(GhpypiError):
    """The remote refused for now: limits, outages, lost connections."""

    exit_code = 7


class RateLimitedError(TryLaterError):
    """The remote limits the rate of requests, for longer than this run waits."""


class DamagedError(TryLaterError):
    """What arrived is not the file that the store holds; this says nothing about the file itself.

    Proxies answer with pages of their own, and connections break off. Never remember it as a
    fault of the file.
    """


class OutdatedError(TryLaterError):
    """The site changed between reading and writing; read again, then write again."""
