"""The meaning of error responses of GitHub's API and of its storage host, as a table for each.

The first rule that matches a response decides on the error, its reason and its hint. The meaning
must not depend on the command, so no other module composes messages from a status. Messages of
git are in `git_errors`.

Sources: GitHub documentation, "Troubleshooting the REST API", "About authentication with single
sign-on", "Managing allowed IP addresses for your organization", "Immutable releases", "About
releases" (limits), "Available rules for rulesets".
"""

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
from ghpypi.stores.github.api_messages import NOT_GITHUB, ApiResponse
from ghpypi.stores.github.error_rules import ErrorRule, explain, rule_for

PROTECTED = "a rule protects the branch"
"""The reason why a file of a protected branch cannot be written."""

NO_COMMIT = "there is no such commit"
"""The reason why a revision of a repository that the token may read is not found."""

TOKEN_HINT = "set GHPYPI_TOKEN, or sign in with 'gh auth login'"  # noqa: S105 - a hint


API = (
    ErrorRule(
        status=(301, 302, 307, 308),
        error=TryLaterError,
        reason="the repository was renamed or moved in the meantime",
        hint="run the same command again",
    ),
    ErrorRule(
        status=(413,),
        error=FailedError,
        reason="it is too large for GitHub (HTTP 413)",
    ),
    ErrorRule(
        github=False,
        error=TryLaterError,
        reason="'{host}' responds with HTTP {status} and {kind}, which is not a response of "
        "GitHub's API",
        hint=NOT_GITHUB,
    ),
    ErrorRule(
        status=(401,),
        authenticated=False,
        error=NotAllowedError,
        reason="GitHub requires a token for this ({message})",
        hint=TOKEN_HINT,
    ),
    ErrorRule(
        status=(401,),
        error=BadTokenError,
        reason="GitHub does not accept this token ({message})",
        hint="it may have expired or been revoked: create a new one, or run 'gh auth login'",
    ),
    ErrorRule(
        status=(403,),
        header="x-github-sso",
        error=NotAllowedError,
        reason="the organization requires this token to be authorized for single sign-on",
        hint="authorize it at {sso}",
    ),
    ErrorRule(
        status=(403,),
        message="SAML enforcement",
        error=NotAllowedError,
        reason="the organization requires this token to be authorized for single sign-on",
        hint="choose 'Configure SSO' next to the token in the settings of its user",
    ),
    ErrorRule(
        status=(403,),
        message="IP allow list",
        error=NotAllowedError,
        reason="the organization allows requests from some addresses only ({message})",
        hint="run this in a network that is allowed, or have an owner allow this address",
    ),
    ErrorRule(
        status=(403,),
        message="archived",
        error=RefusedError,
        reason="the repository is archived, so it is read-only",
        hint="unarchive it at the end of its settings, or use another repository",
    ),
    ErrorRule(
        status=(403, 451),
        message="access blocked|unavailable|disabled",
        error=RefusedError,
        reason="GitHub has blocked it ({message})",
        hint="ask the owner of the repository, or GitHub Support",
    ),
    ErrorRule(
        status=(403,),
        message="forbids access via",
        error=NotAllowedError,
        reason="the organization does not allow tokens of this kind ({message})",
        hint="create a token of a kind and with a lifetime that the organization allows",
    ),
    ErrorRule(
        status=(403,),
        message="upgrade to|billing|plan",
        error=NotAllowedError,
        reason="the plan of this account does not include it ({message})",
        hint="make the repository public, or ask its owner for another plan",
    ),
    ErrorRule(
        status=(403, 409, 422),
        message="pull request|protected branch|protected ref|rule violation|status check"
        "|verified signature|matching .*rule",
        error=NotAllowedError,
        reason=f"{PROTECTED} ({{message}})",
        hint="commit the change through a pull request, or let the user of the token bypass "
        "the rule",
    ),
    ErrorRule(
        status=(403,),
        message="by integration",
        error=NotAllowedError,
        reason="the token of this workflow or app lacks a permission ({message})",
        hint="{needed}; in a workflow, add it to the 'permissions' of the job",
    ),
    ErrorRule(
        status=(403,),
        message="by personal access token",
        error=NotAllowedError,
        reason="this fine-grained token lacks a permission ({message})",
        hint="{needed}",
    ),
    ErrorRule(
        status=(403,),
        message="admin",
        error=NotAllowedError,
        reason="this takes the role admin ({message})",
        hint="ask an administrator to give the user of the token the role admin; {needed}",
    ),
    ErrorRule(
        status=(403,),
        error=NotAllowedError,
        reason="this token may not do that ({message})",
        hint="{needed}",
    ),
    ErrorRule(
        status=(404,),
        authenticated=False,
        error=NotFoundError,
        reason="not found, or not public",
        hint=f"check the name; for a private repository, {TOKEN_HINT}",
    ),
    ErrorRule(
        status=(404,),
        error=NotFoundError,
        reason="not found, or this token may not see it",
        hint="check the name and the permissions of the token; {needed}",
    ),
    ErrorRule(
        status=(410,),
        error=NotFoundError,
        reason="it is gone ({message})",
    ),
    ErrorRule(
        status=(409, 422),
        message="repository is empty",
        error=RefusedError,
        reason="the repository is empty, and a release needs a commit",
        hint="commit something, such as a README, then run this again",
    ),
    ErrorRule(
        status=(422,),
        message="no commit found",
        error=NotFoundError,
        reason=f"{NO_COMMIT} ({{message}})",
    ),
    ErrorRule(
        status=(422,),
        message="used by an immutable release",
        error=ConflictError,
        reason="the tag was used by an immutable release and can never be used again",
        hint="choose another tag with --tag",
    ),
    ErrorRule(
        status=(422,),
        message="immutable release",
        error=RefusedError,
        reason="the release is immutable and accepts no more files",
        hint="upload them to another release with --tag",
    ),
    ErrorRule(
        status=(422,),
        message="file_count",
        error=RefusedError,
        reason="the release is full ({message})",
        hint="upload to another release with --tag",
    ),
    ErrorRule(
        status=(422,),
        message="only the first",
        error=FailedError,
        reason="there are more releases than GitHub lists ({message})",
        hint="spread the files over several repositories: index.repositories in ghpypi.toml",
    ),
    ErrorRule(
        status=(422,),
        message="valid tag|well.formed|tag_name",
        error=FailedError,
        reason="git does not allow this tag ({message})",
        hint="choose another tag with --tag: no spaces, no '..', none of ~^:?*[\\",
    ),
    ErrorRule(
        status=(422,),
        message=r"too large|is too long|\bsize\b",
        error=FailedError,
        reason="it does not have a size that GitHub accepts ({message})",
    ),
    ErrorRule(
        status=(422,),
        code="already_exists",
        error=ConflictError,
        reason="the name is in use already ({message})",
    ),
    ErrorRule(
        status=(422,),
        error=FailedError,
        reason="GitHub refuses it ({message})",
    ),
    ErrorRule(
        status=(409,),
        error=TryLaterError,
        reason="it was changed by someone else at the same time ({message})",
        hint="run the same command again",
    ),
    ErrorRule(
        error=FailedError,
        reason="GitHub responds with HTTP {status} ({message})",
    ),
)
"""The API, and the host that takes uploads."""

STORAGE = (
    ErrorRule(
        status=(400, 401, 403),
        error=TryLaterError,
        reason="the storage host '{host}' refuses the signed address (HTTP {status})",
        hint="run the same command again: such an address is valid for minutes only; if that "
        "does not help, check whether a proxy or firewall blocks '{host}'",
        attempts=3,
    ),
    ErrorRule(
        status=(404, 410),
        error=NotFoundError,
        reason="the storage host '{host}' does not have the file (HTTP {status})",
        hint="upload the file again",
    ),
    ErrorRule(
        status=(416,),
        error=DamagedError,
        reason="the storage host '{host}' has a shorter file than the release lists",
        hint="run the same command again; if that does not help, upload the file again",
    ),
    ErrorRule(
        status=(200, 206),
        error=DamagedError,
        reason="'{host}' sends {kind} instead of the file",
        hint="check whether a proxy or firewall modifies responses of '{host}'",
        attempts=3,
    ),
    ErrorRule(
        error=FailedError,
        reason="the storage host '{host}' responds with HTTP {status}",
        hint="check whether a proxy or firewall modifies responses of '{host}'",
    ),
)
"""The storage hosts that the API redirects to. They know no tokens."""

PUBLIC = (
    ErrorRule(
        error=NotFoundError,
        reason="not found, or not public (HTTP {status} of '{host}')",
        hint=f"check the name; for a private repository, {TOKEN_HINT}",
    ),
)
"""The public addresses of assets, requested without a token."""


def api_error(response: ApiResponse) -> GhpypiError:
    """Make the error for a response of the API."""
    return explain(rule_for(API, response), response)
