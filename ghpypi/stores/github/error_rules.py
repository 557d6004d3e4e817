"""Rules for error responses: which responses a rule matches, and the error that it makes of one."""

import re
from dataclasses import dataclass

from ghpypi.errors import (
    GhpypiError,
)
from ghpypi.stores.github.api_messages import ApiResponse, describe_body


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """The meaning of some responses.

    Attributes:
        status: The statuses that it matches; empty for all.
        message: A pattern to search for in GitHub's message, ignoring case.
        code: The code of one of its errors.
        header: A header that is present.
        signed: Whether the request had a token; `None` for both.
        github: The response is GitHub's own; `None` for all.
        error: The error.
        reason: The reason, with fields of the response in braces.
        hint: What to do, with such fields, too.
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

    def matches(self, response: ApiResponse) -> bool:
        """Return whether the rule matches a response."""
        return (
            (not self.status or response.status in self.status)
            and (self.authenticated is None or self.authenticated == response.authenticated)
            and (self.github is None or self.github == response.is_github)
            and (not self.header or self.header in response.headers)
            and (not self.code or self.code in response.codes)
            and (not self.message or _found(self.message, response.message))
        )


def rule_for(table: tuple[ErrorRule, ...], response: ApiResponse) -> ErrorRule:
    """Find the rule for a response; the last rule of a table matches everything."""
    return next(rule for rule in table if rule.matches(response))


def explain(rule: ErrorRule, response: ApiResponse) -> GhpypiError:
    """Make the error of a rule."""
    fields = {
        "host": response.host,
        "status": response.status,
        "message": response.message,
        "kind": describe_body(response.text),
        "sso": response.headers.get("x-github-sso", "").partition("url=")[2].partition(";")[0],
        "needed": _needed(response),
    }
    hint = rule.hint.format(**fields).strip("; ")
    return rule.error(f"{response.request}: {rule.reason.format(**fields)}", hint=hint)


def _needed(response: ApiResponse) -> str:
    """Name the missing permission, in the words of the settings page if they are known."""
    asked = response.headers.get("x-accepted-github-permissions", "")
    if response.needs is None:
        return f"the token needs the permission {asked}" if asked else ""
    return f"{response.needs}" + (f" (GitHub asks for {asked})" if asked else "")


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
