"""Checks recorded requests and answers against GitHub's published schema.

The models are githubkit's, generated from GitHub's own OpenAPI documents, so that the emulator
cannot drift from the API it stands for, nor its clients from what the API takes. Only API traffic
with JSON bodies is checked; answers are there once `Emulator.keep_answers` was called.
"""

import re
from functools import cache, reduce
from operator import or_
from typing import Any

from githubkit_schemas.v2022_11_28 import models as m
from pydantic import TypeAdapter, ValidationError

from tests.emulator.log import Request

_R = r"(?:/repos/[^/]+/[^/]+|/repositories/\d+)"
_PAGES_BODY = (
    m.ReposOwnerRepoPagesPutBodyAnyof0
    | m.ReposOwnerRepoPagesPutBodyAnyof1
    | m.ReposOwnerRepoPagesPutBodyAnyof2
    | m.ReposOwnerRepoPagesPutBodyAnyof3
    | m.ReposOwnerRepoPagesPutBodyAnyof4
)
_NEW_PAGES_BODY = m.ReposOwnerRepoPagesPostBodyAnyof0 | m.ReposOwnerRepoPagesPostBodyAnyof1
_WORKFLOWS = m.ReposOwnerRepoActionsWorkflowsGetResponse200
_RUNS = m.ReposOwnerRepoActionsWorkflowsWorkflowIdRunsGetResponse200
_DISPATCH_BODY = m.ReposOwnerRepoActionsWorkflowsWorkflowIdDispatchesPostBody
_POLICIES = m.ReposOwnerRepoEnvironmentsEnvironmentNameDeploymentBranchPoliciesGetResponse200
_RULES = [getattr(m, f"RepositoryRuleDetailedOneof{number}") for number in range(25)]
_BRANCH_RULES: Any = list[reduce(or_, _RULES)]  # type: ignore[misc]  # 25 models by their names
_REGISTRY_KEY = m.OrgsOrgPrivateRegistriesPublicKeyGetResponse200

_ANSWERS: dict[str, Any] = {
    f"GET {_R}": m.FullRepository,
    f"PATCH {_R}": m.FullRepository,
    "POST /orgs/[^/]+/repos": m.FullRepository,
    "POST /user/repos": m.FullRepository,
    "GET /orgs/[^/]+/repos": list[m.MinimalRepository],
    "GET /users/[^/]+/repos": list[m.MinimalRepository],
    "GET /user/repos": list[m.Repository],
    "GET /user": m.PrivateUser | m.PublicUser,
    "GET /users/[^/]+": m.PrivateUser | m.PublicUser,
    "GET /orgs/[^/]+": m.OrganizationFull,
    "GET /orgs/[^/]+/private-registries": m.OrgsOrgPrivateRegistriesGetResponse200,
    "POST /orgs/[^/]+/private-registries": m.OrgPrivateRegistryConfiguration,
    "GET /orgs/[^/]+/private-registries/public-key": _REGISTRY_KEY,
    "GET /orgs/[^/]+/teams": list[m.Team],
    "GET /orgs/[^/]+/teams/[^/]+": m.TeamFull,
    "GET /orgs/[^/]+/teams/[^/]+/repos/.*": m.TeamRepository,
    "GET /rate_limit": m.RateLimitOverview,
    f"GET {_R}/teams": list[m.Team],
    f"GET {_R}/releases": list[m.Release],
    f"POST {_R}/releases": m.Release,
    f"(GET|PATCH) {_R}/releases/\\d+": m.Release,
    f"GET {_R}/releases/(latest|tags/[^/]+)": m.Release,
    f"GET {_R}/releases/\\d+/assets": list[m.ReleaseAsset],
    f"POST {_R}/releases/\\d+/assets": m.ReleaseAsset,
    f"(GET|PATCH) {_R}/releases/assets/\\d+": m.ReleaseAsset,
    f"GET {_R}/immutable-releases": m.CheckImmutableReleases,
    f"GET {_R}/contents(/.*)?": list[m.ContentDirectoryItems] | m.ContentFile,
    f"GET {_R}/readme": m.ContentFile,
    f"(PUT|DELETE) {_R}/contents/.*": m.FileCommit,
    f"GET {_R}/attestations/[^/]+": m.ReposOwnerRepoAttestationsSubjectDigestGetResponse200,
    f"GET {_R}/git/ref/.*": m.GitRef,
    f"(POST|PATCH) {_R}/git/refs.*": m.GitRef,
    f"GET {_R}/git/matching-refs/.*": list[m.GitRef],
    f"GET {_R}/rules/branches/[^/]+": _BRANCH_RULES,
    f"GET {_R}/rulesets/\\d+": m.RepositoryRuleset,
    f"GET {_R}/branches/[^/]+/protection": m.BranchProtection,
    f"GET {_R}/environments": m.ReposOwnerRepoEnvironmentsGetResponse200,
    f"GET {_R}/environments/[^/]+": m.Environment,
    f"GET {_R}/git/trees/[^/]+": m.GitTree,
    f"GET {_R}/environments/[^/]+/deployment-branch-policies": _POLICIES,
    f"GET {_R}/branches": list[m.ShortBranch],
    f"GET {_R}/branches/.*": m.BranchWithProtection,
    f"GET {_R}/commits": list[m.Commit],
    f"GET {_R}/commits/.*": m.Commit,
    f"GET {_R}/compare/.*": m.CommitComparison,
    f"(GET|POST) {_R}/pages": m.Page,
    f"GET {_R}/pages/builds": list[m.PageBuild],
    f"GET {_R}/pages/builds/latest": m.PageBuild,
    f"POST {_R}/pages/builds": m.PageBuildStatus,
    f"GET {_R}/pulls": list[m.PullRequestSimple],
    f"POST {_R}/pulls": m.PullRequest,
    f"GET {_R}/issues": list[m.Issue],
    f"POST {_R}/issues": m.Issue,
    f"PATCH {_R}/issues/\\d+": m.Issue,
    f"POST {_R}/issues/\\d+/comments": m.IssueComment,
    f"GET {_R}/collaborators": list[m.Collaborator],
    f"PUT {_R}/collaborators/[^/]+": m.RepositoryInvitation,
    f"GET {_R}/collaborators/[^/]+/permission": m.RepositoryCollaboratorPermission,
    f"GET {_R}/invitations": list[m.RepositoryInvitation],
    f"PATCH {_R}/invitations/\\d+": m.RepositoryInvitation,
    f"POST {_R}/actions/workflows/[^/]+/dispatches": m.WorkflowDispatchResponse,
    f"GET {_R}/actions/workflows": _WORKFLOWS,
    f"GET {_R}/actions/workflows/[^/]+/runs": _RUNS,
    f"GET {_R}/actions/runs/\\d+": m.WorkflowRun,
    f"GET {_R}/actions/permissions": m.ActionsRepositoryPermissions,
}
_BODIES: dict[str, Any] = {
    f"PATCH {_R}": m.ReposOwnerRepoPatchBody,
    "POST /orgs/[^/]+/repos": m.OrgsOrgReposPostBody,
    "POST /orgs/[^/]+/private-registries": m.OrgsOrgPrivateRegistriesPostBody,
    "PATCH /orgs/[^/]+/private-registries/.*": m.OrgsOrgPrivateRegistriesSecretNamePatchBody,
    "POST /user/repos": m.UserReposPostBody,
    "PUT /orgs/[^/]+/teams/[^/]+/repos/.*": m.OrgsOrgTeamsTeamSlugReposOwnerRepoPutBody,
    f"POST {_R}/releases": m.ReposOwnerRepoReleasesPostBody,
    f"PATCH {_R}/releases/\\d+": m.ReposOwnerRepoReleasesReleaseIdPatchBody,
    f"PATCH {_R}/releases/assets/\\d+": m.ReposOwnerRepoReleasesAssetsAssetIdPatchBody,
    f"PUT {_R}/contents/.*": m.ReposOwnerRepoContentsPathPutBody,
    f"DELETE {_R}/contents/.*": m.ReposOwnerRepoContentsPathDeleteBody,
    f"POST {_R}/git/refs": m.ReposOwnerRepoGitRefsPostBody,
    f"PATCH {_R}/git/refs/.*": m.ReposOwnerRepoGitRefsRefPatchBody,
    f"POST {_R}/pages": _NEW_PAGES_BODY,
    f"PUT {_R}/pages": _PAGES_BODY,
    f"POST {_R}/pulls": m.ReposOwnerRepoPullsPostBody,
    f"POST {_R}/issues": m.ReposOwnerRepoIssuesPostBody,
    f"PATCH {_R}/issues/\\d+": m.ReposOwnerRepoIssuesIssueNumberPatchBody,
    f"POST {_R}/issues/\\d+/comments": m.ReposOwnerRepoIssuesIssueNumberCommentsPostBody,
    f"PUT {_R}/collaborators/[^/]+": m.ReposOwnerRepoCollaboratorsUsernamePutBody,
    f"PATCH {_R}/invitations/\\d+": m.ReposOwnerRepoInvitationsInvitationIdPatchBody,
    f"POST {_R}/dispatches": m.ReposOwnerRepoDispatchesPostBody,
    f"POST {_R}/actions/workflows/[^/]+/dispatches": _DISPATCH_BODY,
}


class SchemaError(AssertionError):
    """A body that GitHub's schema does not allow."""


def check(request: Request) -> bool:
    """Check one recorded request and its answer; whether there was anything to check.

    Raises:
        SchemaError: one of them is not as GitHub's schema says, or has no schema here.
    """
    if request.origin not in {"api", "uploads"}:
        return False
    sent = bool(request.body) and request.origin == "api"
    if sent and request.status < 400:
        _validate(request, "request", _model(request, "bodies"), request.body)
    kind = request.answer_headers.get("Content-Type", "")
    if not request.answer or not kind.startswith("application/json"):
        return sent
    _validate(request, "answer", _answer_model(request), _as_published(request.answer))
    return True


def check_all(requests: list[Request]) -> int:
    """Check all of them; how many there were to check."""
    return sum(map(check, requests))


def _answer_model(request: Request) -> Any:
    if request.status < 300:
        return _model(request, "answers")
    # Where `errors` holds objects the schema is validation-error, else basic-error.
    return m.ValidationError if b'"errors":[{' in request.answer else m.BasicError


def _as_published(body: bytes) -> bytes:
    # The schema's enumeration of asset states lacks `starter`, which GitHub does answer
    # (docs: rest/releases/assets names it in the text).
    return body.replace(b'"state":"starter"', b'"state":"open"')


def _model(request: Request, table: str) -> Any:
    found = _find(table, f"{request.method} {request.path}")
    if found is None:
        raise SchemaError(f"no schema for {table} of {request.method} {request.path}")
    return found


@cache
def _find(table: str, call: str) -> Any:
    rows = _ANSWERS if table == "answers" else _BODIES
    return next((model for call_of, model in rows.items() if re.fullmatch(call_of, call)), None)


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _validate(request: Request, what: str, model: Any, body: bytes) -> None:
    try:
        _adapter(model).validate_json(body)
    except ValidationError as invalid:
        where = f"{what} of {request.method} {request.path} ({request.status})"
        raise SchemaError(f"{where}: {invalid}") from invalid
