"""The meaning of git's error messages, as a table like those of `error_tables` for the API.

git has no error codes, so its messages are recognized by sentences that git and GitHub have kept
for years (git runs with LC_ALL=C). The first rule that matches decides.

Sources: GitHub documentation, "Troubleshooting cloning errors", "About large files on GitHub",
"Troubleshooting rules", "Working with push protection", "About pre-receive hooks".
"""

import re
from typing import NamedTuple

from ghpypi.errors import (
    BadTokenError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.stores.github.error_tables import TOKEN_HINT
from ghpypi.stores.github.permissions import CONTENTS

IN_WORKFLOW = "in a workflow, give the job 'permissions: contents: write'"

LFS_HINT = (
    "GitHub refuses files above 100 MB and pushes above 2 GB on a branch: spread the projects over "
    "several indexes, or publish with --output to another host"
)


class GitErrorRule(NamedTuple):
    """The meaning of a message.

    Attributes:
        message: A pattern to search for, ignoring case.
        error: The error; `None` if the same command may succeed in a moment.
        reason: The reason, as part of a sentence; the line that matched is added.
        hint: What to do.
    """

    message: str
    error: type[GhpypiError] | None
    reason: str = ""
    hint: str = ""


RULES = (
    GitErrorRule(
        message=r"archived so it is read-only",
        error=RefusedError,
        reason="the repository is archived, so it is read-only",
        hint="unarchive it at the end of its settings, or use another repository",
    ),
    GitErrorRule(
        message=r"SAML SSO|single sign-on",
        error=NotAllowedError,
        reason="the organization requires this token to be authorized for single sign-on",
        hint="choose 'Configure SSO' next to the token in the settings of its user",
    ),
    GitErrorRule(
        message=r"IP allow list",
        error=NotAllowedError,
        reason="the organization allows requests from some addresses only",
        hint="run this in a network that is allowed, or have an owner allow this address",
    ),
    GitErrorRule(
        message=r"exceeds GitHub's file size limit|GH001|pack exceeds maximum allowed size"
        r"|(error:|HTTP) 413",
        error=FailedError,
        reason="the push is too large for GitHub",
        hint=LFS_HINT,
    ),
    GitErrorRule(
        message=r"push protection|cannot contain secrets",
        error=RefusedError,
        reason="GitHub found what looks like a secret in the pages",
        hint="remove it from the README of the project, or allow it at the address that GitHub "
        "names with the run's log ('--verbose')",
    ),
    GitErrorRule(
        message=r"refusing to allow",
        error=NotAllowedError,
        reason="the token may not change workflow files",
        hint="a classic token needs the scope workflow, a fine-grained one Workflows: read and "
        "write; ghpypi writes none to this branch: another push of the same branch does",
    ),
    GitErrorRule(
        message=r"Changes must be made through a pull request|protected branch|GH0(06|13)"
        r"|rule violations|Cannot (update|create) this protected ref",
        error=NotAllowedError,
        reason="a rule protects the branch",
        hint="exempt the branch of the index from the rule, or let the user or app of the token "
        "bypass it",
    ),
    GitErrorRule(
        message=r"hook declined|GH0\d\d",
        error=RefusedError,
        reason="a hook of the server declined the push",
        hint="ask who administers the server which rule the hook enforces",
    ),
    GitErrorRule(
        message=r"Permission to .* denied|Write access to repository not granted"
        r"|(error:|HTTP) 403",
        error=NotAllowedError,
        reason="this token may not do that",
        hint=f"{CONTENTS}; {IN_WORKFLOW}",
    ),
    GitErrorRule(
        message=r"Authentication failed|Invalid username or (token|password)|(error:|HTTP) 401",
        error=BadTokenError,
        reason="GitHub does not accept this token",
        hint="it may have expired or been revoked: create a new one, or run 'gh auth login'",
    ),
    GitErrorRule(
        message=r"could not read (Username|Password)",
        error=NotAllowedError,
        reason="a token is needed",
        hint=TOKEN_HINT,
    ),
    GitErrorRule(
        message=r"error: 404|repository .* not found",
        error=NotFoundError,
        reason="not found, or this token may not see it",
        hint="check the name and the permissions of the token",
    ),
    GitErrorRule(
        # The run began with the name that was valid then, so the next one finds the new name.
        message=r"error: 30\d",
        error=TryLaterError,
        reason="the repository was renamed or moved in the meantime",
        hint="run the same command again",
    ),
    GitErrorRule(
        message=r"could not resolve (host|proxy)",
        error=TryLaterError,
        reason="a host name cannot be resolved",
        hint="check the network connection, the name, and HTTPS_PROXY if there is a proxy",
    ),
    GitErrorRule(
        message=r"SSL certificate problem|certificate verif|certificate subject name"
        r"|error setting certificate",
        error=FailedError,
        reason="the certificate of the server is not trusted",
        hint="if a proxy or a private authority signs certificates here, set "
        "REQUESTS_CA_BUNDLE to the file with its certificate, or GIT_SSL_CAINFO for git alone",
    ),
    GitErrorRule(
        message=r"CONNECT tunnel failed, response 4|Received HTTP code 4\d\d from proxy",
        error=FailedError,
        reason="the proxy refuses the connection",
        hint="check HTTPS_PROXY, its user name and password, and NO_PROXY",
    ),
    GitErrorRule(
        message=r"No space left on device|Disk quota exceeded|unable to (write|create)",
        error=FailedError,
        reason="git cannot write to the temporary folder",
        hint="make room, or name another folder in TMPDIR",
    ),
    GitErrorRule(
        message=r"(error:|HTTP) (5\d\d|429)|Connection (reset|refused|timed out)|RPC failed"
        r"|early EOF|unexpected disconnect|hung up|Recv failure|Empty reply|transfer closed"
        r"|Failed to connect|Operation timed out|bad band|protocol error|SSL_ERROR|SSL_connect"
        r"|Internal Server Error|fatal error in commit_refs|not valid: is this a git repository"
        r"|invalid server response|expected flush after",
        error=None,
    ),
    GitErrorRule(
        message=r"\[remote rejected\]",
        error=FailedError,
        reason="GitHub rejected the push",
    ),
    GitErrorRule(message="", error=FailedError),
)

_SAYS_NOTHING = ("error: failed to push some refs", "To http", "Done")
_ABSENT = re.compile(r"couldn't find remote ref", re.IGNORECASE)
_MOVED_ON = re.compile(
    r"\(fetch first\)|\(non-fast-forward\)|\(stale info\)|cannot lock ref"
    r"|failed to update ref|failed to report status",
    re.IGNORECASE,
)


def is_missing_branch(output: str) -> bool:
    """Return whether a fetch failed because the branch does not exist."""
    return _ABSENT.search(output) is not None


def is_outdated_push(output: str) -> bool:
    """Return whether a push was rejected because the branch was changed in the meantime."""
    return _MOVED_ON.search(output) is not None


def is_temporary(output: str) -> bool:
    """Return whether the same command may succeed in a moment."""
    return _rule_for(output).error is None


def _rule_for(output: str) -> GitErrorRule:
    """Find the rule for the output of git; the last rule matches everything."""
    return next(x for x in RULES if re.search(x.message, output, re.IGNORECASE))


def explain(command: str, output: str) -> GhpypiError:
    """Make the error for a command of git that failed.

    Args:
        command: Such as `git push of acme/pypi`.
        output: Its output.
    """
    rule = _rule_for(output)
    line = relevant_line(output)
    message = f"{command}: {rule.reason} ({line})" if rule.reason else f"{command} failed: {line}"
    return (rule.error or TryLaterError)(message, hint=rule.hint)


def relevant_line(output: str) -> str:
    """Choose the line with the reason; the last line often says only that the command failed."""
    # A porcelain push writes a flag, the branch and the reason, with tabs between them.
    lines = [line.rpartition("\t")[2].strip() for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(_SAYS_NOTHING)]
    pattern = _rule_for(output).message
    matching = [x for x in lines if pattern and re.search(pattern, x, re.IGNORECASE)]
    # Of a violated rule, the line with a dash says which one.
    details = [line for line in lines if line.startswith("remote: - ")]
    line = next(iter([*details, *matching, *reversed(lines)]), "no explanation")
    return line.removeprefix("remote: ").removeprefix("- ")
