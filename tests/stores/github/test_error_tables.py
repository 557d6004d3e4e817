"""What each answer of GitHub means: error class, sentence and hint."""

import json
from typing import Any

import pytest

from ghpypi.errors import (
    BadTokenError,
    ConflictError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.stores.github.api_messages import ApiResponse
from ghpypi.stores.github.error_rules import explain, rule_for
from ghpypi.stores.github.error_tables import API, PUBLIC, STORAGE, api_error
from ghpypi.stores.github.permissions import CONTENTS, Permission

SSO = "https://github.com/orgs/acme/sso?authorization_request=A1B2"


def answer(
    status: int,
    message: str = "",
    *,
    authenticated: bool = True,
    needs: Permission | None = None,
    errors: Any = None,
    **headers: str,
) -> ApiResponse:
    data = {"message": message, **({"errors": errors} if errors else {})}
    return ApiResponse(
        request="GET /x",
        host="api.github.com",
        status=status,
        headers={key.replace("_", "-"): value for key, value in headers.items()},
        text=json.dumps(data) if message else "",
        authenticated=authenticated,
        needs=needs,
    )


def already_exists(field: str) -> list[dict[str, str]]:
    return [{"resource": "Release", "code": "already_exists", "field": field}]


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        pytest.param(
            answer(401, "Bad credentials"),
            BadTokenError,
            "GitHub does not accept this token (Bad credentials)",
            id="bad token",
        ),
        pytest.param(
            answer(401, "Requires authentication", authenticated=False),
            NotAllowedError,
            "GitHub requires a token for this (Requires authentication)",
            id="no token",
        ),
        pytest.param(
            answer(403, "Resource protected by SAML.", x_github_sso=f"required; url={SSO}"),
            NotAllowedError,
            "the organization requires this token to be authorized for single sign-on",
            id="single sign-on, with an address",
        ),
        pytest.param(
            answer(403, "Resource protected by organization SAML enforcement."),
            NotAllowedError,
            "the organization requires this token to be authorized for single sign-on",
            id="single sign-on",
        ),
        pytest.param(
            answer(403, "the `acme` organization has an IP allow list enabled"),
            NotAllowedError,
            "the organization allows requests from some addresses only",
            id="allowed addresses",
        ),
        pytest.param(
            answer(403, "Repository was archived so is read-only."),
            RefusedError,
            "the repository is archived, so it is read-only",
            id="archived",
        ),
        pytest.param(
            answer(451, "Repository access blocked"),
            RefusedError,
            "GitHub has blocked it (Repository access blocked)",
            id="blocked",
        ),
        pytest.param(
            answer(403, "`acme` forbids access via a personal access token (classic)."),
            NotAllowedError,
            "the organization does not allow tokens of this kind",
            id="kind of token",
        ),
        pytest.param(
            answer(403, "Upgrade to GitHub Pro or make this repository public to enable this."),
            NotAllowedError,
            "the plan of this account does not include it",
            id="plan",
        ),
        pytest.param(
            answer(409, "Repository rule violations found\n\nChanges must be made through a pull "
                   "request."),
            NotAllowedError,
            "a rule protects the branch (Repository rule violations found",
            id="rule of a branch",
        ),
        pytest.param(
            answer(403, "Resource not accessible by integration"),
            NotAllowedError,
            "the token of this workflow or app lacks a permission",
            id="workflow token",
        ),
        pytest.param(
            answer(403, "Resource not accessible by personal access token"),
            NotAllowedError,
            "this fine-grained token lacks a permission",
            id="fine-grained token",
        ),
        pytest.param(
            answer(403, "Must have admin rights to Repository."),
            NotAllowedError,
            "this takes the role admin (Must have admin rights to Repository.)",
            id="role",
        ),
        pytest.param(
            answer(403, "No."), NotAllowedError, "this token may not do that (No.)", id="403"
        ),
        pytest.param(
            answer(404, "Not Found"),
            NotFoundError,
            "not found, or this token may not see it",
            id="404",
        ),
        pytest.param(
            answer(404, "Not Found", authenticated=False),
            NotFoundError,
            "not found, or not public",
            id="404 without a token",
        ),
        pytest.param(
            answer(409, "Git Repository is empty."),
            RefusedError,
            "the repository is empty, and a release needs a commit",
            id="empty repository",
        ),
        pytest.param(
            answer(409, "README.md does not match"),
            TryLaterError,
            "it was changed by someone else at the same time",
            id="conflict",
        ),
        pytest.param(
            answer(422, "Validation Failed", errors=already_exists("name")),
            ConflictError,
            "the name is in use already (Validation Failed: already_exists)",
            id="name in use",
        ),
        pytest.param(
            answer(422, "tag_name was used by an immutable release"),
            ConflictError,
            "the tag was used by an immutable release and can never be used again",
            id="burned tag",
        ),
        pytest.param(
            answer(422, "Cannot upload assets to an immutable release."),
            RefusedError,
            "the release is immutable and accepts no more files",
            id="immutable release",
        ),
        pytest.param(
            answer(422, "file_count limited to 1000 assets per release"),
            RefusedError,
            "the release is full",
            id="full release",
        ),
        pytest.param(
            answer(422, "Only the first 1000 results are available."),
            FailedError,
            "there are more releases than GitHub lists",
            id="too many releases",
        ),
        pytest.param(
            answer(422, "Validation Failed", errors=["tag_name is not a valid tag"]),
            FailedError,
            "git does not allow this tag (Validation Failed: tag_name is not a valid tag)",
            id="odd tag",
        ),
        pytest.param(
            answer(422, "Failed", errors=["size must be less than or equal to 2147483648", 7]),
            FailedError,
            "it does not have a size that GitHub accepts",
            id="too large",
        ),
        pytest.param(
            answer(422, "Failed", errors="Not like this"),
            FailedError,
            "GitHub refuses it (Failed: Not like this)",
            id="422",
        ),
        pytest.param(
            answer(301, "Moved Permanently"),
            TryLaterError,
            "the repository was renamed or moved in the meantime",
            id="moved",
        ),
        pytest.param(answer(410, "Gone"), NotFoundError, "it is gone (Gone)", id="gone"),
        pytest.param(
            answer(418, "Teapot"), FailedError, "GitHub responds with HTTP 418 (Teapot)", id="other"
        ),
        pytest.param(
            ApiResponse(request="GET /x", host="x", status=413, text="<html>"),
            FailedError,
            "it is too large for GitHub (HTTP 413)",
            id="413 of a server in front",
        ),
    ],
)  # fmt: skip
def test_an_answer_of_the_api_says_its_reason(
    given: ApiResponse, kind: type[GhpypiError], sentence: str
) -> None:
    error = api_error(given)

    assert type(error) is kind
    assert error.message.startswith(f"GET /x: {sentence}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<!doctype html><h1>Sign in</h1>", "a page of HTML or XML"),
        ("", "no content"),
        ('{"mess', "JSON of another shape"),
        ("[]", "JSON of another shape"),
        ("Forbidden", "text that is not JSON"),
    ],
)
def test_an_error_that_is_not_githubs_says_nothing_of_tokens_and_names(
    status: int, text: str, kind: str
) -> None:
    error = api_error(ApiResponse(request="GET /x", host="proxy", status=status, text=text))

    assert isinstance(error, TryLaterError)
    assert f"'proxy' responds with HTTP {status} and {kind}" in error.message
    assert "token" not in f"{error.message}{error.hint}"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_of_the_storage_host_is_not_about_the_token(status: int) -> None:
    given = ApiResponse(request="GET /x", host="cdn", status=status, text="<Error>")
    error = explain(rule_for(STORAGE, given), given)

    assert isinstance(error, TryLaterError)
    assert error.message == (
        f"GET /x: the storage host 'cdn' refuses the signed address (HTTP {status})"
    )
    assert "token" not in error.hint


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (
            answer(403, "No.", x_accepted_github_permissions="contents=write"),
            "the token needs the permission contents=write",
        ),
        (answer(403, "No."), ""),
        (answer(403, "No.", needs=CONTENTS), str(CONTENTS)),
        (
            answer(403, "No.", needs=CONTENTS, x_accepted_github_permissions="contents=write"),
            f"{CONTENTS} (GitHub asks for contents=write)",
        ),
        (
            answer(403, "by integration", needs=CONTENTS),
            f"{CONTENTS}; in a workflow, add it to the 'permissions' of the job",
        ),
        (
            answer(403, "Protected by SAML", x_github_sso=f"required; url={SSO}"),
            f"authorize it at {SSO}",
        ),
    ],
)
def test_a_hint_names_the_permission_that_is_missing(given: ApiResponse, hint: str) -> None:
    assert api_error(given).hint == hint


@pytest.mark.parametrize("table", [API, STORAGE, PUBLIC], ids=["api", "storage", "public"])
def test_a_table_has_a_rule_for_every_answer(table: tuple[Any, ...]) -> None:
    for status in range(200, 600):
        for text in ("", "{}", '{"message": "x"}', "<html>"):
            given = ApiResponse(request="GET /x", host="x", status=status, text=text)

            assert explain(rule_for(table, given), given).message.startswith("GET /x: ")


def test_only_a_name_in_use_is_a_conflict() -> None:
    conflicts = [rule for rule in API if rule.error is ConflictError]

    assert [rule.code or rule.message for rule in conflicts] == [
        "used by an immutable release",
        "already_exists",
    ]
