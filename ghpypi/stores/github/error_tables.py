"""What errors of GitHub's API and of its storage host mean: one table for each.

The first rule that fits an answer names the error, says why in words, and what to do. What an
answer means must not depend on the command that met it, so no other module looks at a status to
compose a sentence. Messages of git are in `git_errors`.

Sources: GitHub documentation, "Troubleshooting the REST API", "About authentication with single
sign-on", "Managing allowed IP addresses for your organization", "Immutable releases", "About
releases" (limits), "Available rules for rulesets".
"""

import re
from dataclasses import dataclass

from ghpypi.errors import (
    BadTokenError,
    ConflictError,
    DamagedError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.stores.github.api_messages import NOT_GITHUB, ApiResponse, describe_body

TOKEN_HINT = "set GHPYPI_TOKEN, or sign in with 'gh auth login'"  # noqa: S105 - a hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What some answers mean.

    Attributes:
        status: The statuses it is about; none for all.
        message: A pattern to search for in what GitHub says, ignoring case.
        code: The code of one of its errors.
        header: A header that is there.
        signed: Whether the request had a token; `None` for both.
        github: The answer is GitHub's own; `None` for all.
        error: The error.
        reason: Why, with fields of the answer in braces.
        hint: What to do, likewise.
        attempts: How many times the request is sent before this is an error.
    """

    status: tuple[int, ...] = ()
    message: str = ""
    code: str = ""
    header: str = ""
    authenticated: bool | None = None
    github: bool | None = None
    error: type[GhpypiError]
    reason: str
    hint: str = ""
    attempts: int = 1

    def fits(self, answer: ApiResponse) -> bool:
        """Tell whether it is about this answer."""
        return (
            (not self.status or answer.status in self.status)
            and (self.authenticated is None or self.authenticated == answer.authenticated)
            and (self.github is None or self.github == answer.is_github)
            and (not self.header or self.header in answer.headers)
            and (not self.code or self.code in answer.codes)
            and (not self.message or _found(self.message, answer.message))
        )


API = (
    Rule(
        status=(301, 302, 307, 308),
        error=TryLaterError,
        reason="the repository was renamed or moved in the meantime",
        hint="run the same command again",
    ),
    Rule(
        status=(413,),
        error=FailedError,
        reason="it is too large for GitHub (HTTP 413)",
    ),
    Rule(
        github=False,
        error=TryLaterError,
        reason="'{host}' answers HTTP {status} with {kind}, which is not an answer of GitHub's API",
        hint=NOT_GITHUB,
    ),
    Rule(
        status=(401,),
        authenticated=False,
        error=NotAllowedError,
        reason="GitHub requires a token for this ({message})",
        hint=TOKEN_HINT,
    ),
    Rule(
        status=(401,),
        error=BadTokenError,
        reason="GitHub does not accept this token ({message})",
        hint="it may have expired or been revoked: create a new one, or run 'gh auth login'",
    ),
    Rule(
        status=(403,),
        header="x-github-sso",
        error=NotAllowedError,
        reason="the organization requires this token to be authorized for single sign-on",
        hint="authorize it at {sso}",
    ),
    Rule(
        status=(403,),
        message="SAML enforcement",
        error=NotAllowedError,
        reason="the organization requires this token to be authorized for single sign-on",
        hint="choose 'Configure SSO' beside the token in the settings of its user",
    ),
    Rule(
        status=(403,),
        message="IP allow list",
        error=NotAllowedError,
        reason="the organization allows requests from some addresses only ({message})",
        hint="run this in a network that is allowed, or have an owner allow this address",
    ),
    Rule(
        status=(403,),
        message="archived",
        error=RefusedError,
        reason="the repository is archived, so it is read-only",
        hint="unarchive it at the end of its settings, or use another repository",
    ),
    Rule(
        status=(403, 451),
        message="access blocked|unavailable|disabled",
        error=RefusedError,
        reason="GitHub has blocked it ({message})",
        hint="ask the owner of the repository, or GitHub Support",
    ),
    Rule(
        status=(403,),
        message="forbids access via",
        error=NotAllowedError,
        reason="the organization does not allow tokens of this kind ({message})",
        hint="create a token of a kind and with a lifetime that the organization allows",
    ),
    Rule(
        status=(403,),
        message="upgrade to|billing|plan",
        error=NotAllowedError,
        reason="the plan of this account does not include it ({message})",
        hint="make the repository public, or ask its owner for another plan",
    ),
    Rule(
        status=(403, 409, 422),
        message="pull request|protected branch|protected ref|rule violation|status check"
        "|verified signature|matching .*rule",
        error=NotAllowedError,
        reason="a rule protects the branch ({message})",
        hint="commit the change through a pull request, or let the user of the token bypass "
        "the rule",
    ),
    Rule(
        status=(403,),
        message="by integration",
        error=NotAllowedError,
        reason="the token of this workflow or app lacks a permission ({message})",
        hint="{needed}; in a workflow, add it to the 'permissions' of the job",
    ),
    Rule(
        status=(403,),
        message="by personal access token",
        error=NotAllowedError,
        reason="this fine-grained token lacks a permission ({message})",
        hint="{needed}",
    ),
    Rule(
        status=(403,),
        message="admin",
        error=NotAllowedError,
        reason="this takes the role admin ({message})",
        hint="ask an administrator to give the user of the token the role admin; {needed}",
    ),
    Rule(
        status=(403,),
        error=NotAllowedError,
        reason="this token may not do that ({message})",
        hint="{needed}",
    ),
    Rule(
        status=(404,),
        authenticated=False,
        error=NotFoundError,
        reason="not found, or not public",
        hint=f"check the name; for a private repository, {TOKEN_HINT}",
    ),
    Rule(
        status=(404,),
        error=NotFoundError,
        reason="not found, or this token may not see it",
        hint="check the name and the permissions of the token; {needed}",
    ),
    Rule(
        status=(410,),
        error=NotFoundError,
        reason="it is gone ({message})",
    ),
    Rule(
        status=(409, 422),
        message="repository is empty",
        error=RefusedError,
        reason="the repository is empty, and a release needs a commit",
        hint="commit something, such as a README, then run this again",
    ),
    Rule(
        status=(422,),
        message="used by an immutable release",
        error=ConflictError,
        reason="the tag was used by an immutable release and can never be used again",
        hint="choose another tag with --tag",
    ),
    Rule(
        status=(422,),
        message="immutable release",
        error=RefusedError,
        reason="the release is immutable and takes no more files",
        hint="upload them to another release with --tag",
    ),
    Rule(
        status=(422,),
        message="file_count",
        error=RefusedError,
        reason="the release is full ({message})",
        hint="upload to another release with --tag",
    ),
    Rule(
        status=(422,),
        message="only the first",
        error=FailedError,
        reason="there are more releases than GitHub lists ({message})",
        hint="spread the files over several repositories: index.repositories in ghpypi.toml",
    ),
    Rule(
        status=(422,),
        message="valid tag|well.formed|tag_name",
        error=FailedError,
        reason="git does not allow this tag ({message})",
        hint="choose another tag with --tag: no spaces, no '..', none of ~^:?*[\\",
    ),
    Rule(
        status=(422,),
        message=r"too large|is too long|\bsize\b",
        error=FailedError,
        reason="it does not have a size that GitHub accepts ({message})",
    ),
    Rule(
        status=(422,),
        code="already_exists",
        error=ConflictError,
        reason="the name is in use already ({message})",
    ),
    Rule(
        status=(422,),
        error=FailedError,
        reason="GitHub refuses it ({message})",
    ),
    Rule(
        status=(409,),
        error=TryLaterError,
        reason="it was changed by someone else at the same time ({message})",
        hint="run the same command again",
    ),
    Rule(
        error=FailedError,
        reason="GitHub answers HTTP {status} ({message})",
    ),
)
"""The API, and the host that takes uploads."""

STORAGE = (
    Rule(
        status=(400, 401, 403),
        error=TryLaterError,
        reason="the storage host '{host}' refuses the signed address (HTTP {status})",
        hint="run the same command again: such an address is valid for minutes only; if that "
        "does not help, check whether a proxy or firewall blocks '{host}'",
        attempts=3,
    ),
    Rule(
        status=(404, 410),
        error=NotFoundError,
        reason="the storage host '{host}' does not have the file (HTTP {status})",
        hint="upload the file again",
    ),
    Rule(
        status=(416,),
        error=DamagedError,
        reason="the storage host '{host}' has a shorter file than the release lists",
        hint="run the same command again; if that does not help, upload the file again",
    ),
    Rule(
        status=(200, 206),
        error=DamagedError,
        reason="'{host}' answers with {kind} instead of the file",
        hint="check whether a proxy or firewall changes answers of '{host}'",
        attempts=3,
    ),
    Rule(
        error=FailedError,
        reason="the storage host '{host}' answers HTTP {status}",
        hint="check whether a proxy or firewall changes answers of '{host}'",
    ),
)
"""The hosts that GitHub sends us to for the bytes of files. They know no tokens."""

PUBLIC = (
    Rule(
        error=NotFoundError,
        reason="not found, or not public (HTTP {status} of '{host}')",
        hint=f"check the name; for a private repository, {TOKEN_HINT}",
    ),
)
"""The addresses that everyone downloads from, asked without a token."""


def api_error(answer: ApiResponse) -> GhpypiError:
    """Make the error that an answer of the API means."""
    return explain(rule_for(API, answer), answer)


def rule_for(table: tuple[Rule, ...], answer: ApiResponse) -> Rule:
    """Find the rule for an answer; the last of a table fits all."""
    return next(rule for rule in table if rule.fits(answer))


def explain(rule: Rule, answer: ApiResponse) -> GhpypiError:
    """Make the error that a rule says."""
    fields = {
        "host": answer.host,
        "status": answer.status,
        "message": answer.message,
        "kind": describe_body(answer.text),
        "sso": answer.headers.get("x-github-sso", "").partition("url=")[2].partition(";")[0],
        "needed": _needed(answer),
    }
    hint = rule.hint.format(**fields).strip("; ")
    return rule.error(f"{answer.request}: {rule.reason.format(**fields)}", hint=hint)


def _needed(answer: ApiResponse) -> str:
    """Say which permission is missing, in the words of the settings page if they are known."""
    asked = answer.headers.get("x-accepted-github-permissions", "")
    if answer.needs is None:
        return f"the token needs the permission {asked}" if asked else ""
    return f"{answer.needs}" + (f" (GitHub asks for {asked})" if asked else "")


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
