"""Reading the rules of a branch: what may be pushed to it, and which environments deploy it.

Who may bypass a rule is visible to administrators only, and so is classic branch protection.

Sources: GitHub documentation, "REST API endpoints for rules", "... for protected branches",
"... for deployment environments", "... for deployment branch policies" and "Available rules for
rulesets".
"""

from collections.abc import Iterator
from typing import Any

from ghpypi.core.doctor.state import PushRule
from ghpypi.core.patterns import matches_glob
from ghpypi.stores.github.api_messages import ApiRequest, ApiResponse, quote_segment
from ghpypi.stores.github.client import Client

BLOCKING = frozenset({
    "code_scanning",
    "merge_queue",
    "pull_request",
    "required_deployments",
    "required_signatures",
    "required_status_checks",
    "update",
    "workflows",
})  # fmt: skip
"""The rules that a plain push of a new commit cannot satisfy."""

CREATION = "creation"
"""The rule that prevents the branch from being created."""

REWRITING = "non_fast_forward"
"""The rule that prevents the branch from being replaced by a shorter one."""

ACTIONS_APP = 15368
"""The ID of the app at github.com whose tokens workflows have."""

ACTIONS_SLUG = "github-actions"

UNPROTECTED = "Branch not protected"

_HIDDEN = (401, 403, 404)

_ACTORS = {
    "DeployKey": "deploy keys",
    "OrganizationAdmin": "owners of the organization",
    "Integration": "an app",
    "RepositoryRole": "a role",
    "Team": "a team",
    "User": "a user",
}


class BranchRules:
    """Reads the rules of a branch.

    Args:
        repository: `OWNER/REPO`.
        branch: The branch.
        client: The client.
    """

    def __init__(self, repository: str, branch: str, *, client: Client) -> None:
        self._repository = repository
        self._branch = branch
        self._client = client

    def blocking(self, *, rewritten: bool = False) -> tuple[PushRule, ...]:
        """Return the active rules of rulesets that prevent a push; none if they cannot be read.

        Rules of organizations and enterprises are among them.

        Args:
            rewritten: The branch is replaced from time to time, as `history` in `[index]` requires.
        """
        response = self._get(f"/rules/branches/{quote_segment(self._branch)}", per_page=100)
        if not response.ok:  # also an Enterprise Server without rulesets
            return ()
        blocking = BLOCKING if self._exists() else BLOCKING | {CREATION}
        if rewritten:
            blocking |= {REWRITING}
        found = response.parsed(
            lambda data: {
                (str(rule["type"]), int(rule["ruleset_id"]))
                for rule in data
                if rule["type"] in blocking
            }
        )
        sets = {number: self._ruleset(number) for number in sorted({x for _, x in found})}
        return tuple(sets[number]._replace(kind=kind) for kind, number in sorted(found))

    def protection(self, *, rewritten: bool = False) -> tuple[tuple[PushRule, ...], bool]:
        """Return what classic branch protection prevents, and whether that is known.

        Only administrators may read it. Others see whether the branch is protected at all.

        Args:
            rewritten: As for `blocking`.
        """
        if not self._protected():
            return (), True
        response = self._get(f"/branches/{quote_segment(self._branch)}/protection")
        if response.ok:
            return response.parsed(lambda data: tuple(_protection(data, rewritten=rewritten))), True
        # "Branch not protected" is the answer to administrators where only rulesets protect it.
        return (), response.message == UNPROTECTED

    def _ruleset(self, number: int) -> PushRule:
        """Read the name of a ruleset and who may bypass it, as far as the token may see it."""
        response = self._get(f"/rulesets/{number}")
        if not response.ok:
            return PushRule(kind="", source=f"ruleset {number}")
        return response.parsed(_ruleset)

    def deployable(self, environment: str) -> bool | None:
        """Return whether an environment accepts deployments of the branch; `None` if unknown."""
        path = f"/environments/{quote_segment(environment)}"
        response = self._get(path)
        if not response.ok:
            return None
        policy = response.parsed(lambda data: data.get("deployment_branch_policy"))
        if not policy:
            return True
        if policy.get("protected_branches"):
            return self._protected()
        policies = self._get(f"{path}/deployment-branch-policies", per_page=100)
        if not policies.ok:
            return None
        return any(matches(pattern, self._branch) for pattern in policies.parsed(_branch_patterns))

    def _exists(self) -> bool:
        return self._branch_document().ok

    def _protected(self) -> bool | None:
        response = self._branch_document()
        return response.parsed(lambda data: bool(data["protected"])) if response.ok else None

    def _branch_document(self) -> ApiResponse:
        return self._get(f"/branches/{quote_segment(self._branch)}")

    def _get(self, path: str, **query: str | int) -> ApiResponse:
        path = f"/repos/{self._repository}{path}"
        return self._client.call(ApiRequest(verb="GET", path=path, query=query, expect=_HIDDEN))


def matches(pattern: str, branch: str) -> bool:
    """Return whether a pattern of a policy matches a branch; `*` does not match a slash.

    Source: GitHub documentation, "Deployments and environments"; Ruby, `File.fnmatch` with
    `FNM_PATHNAME`.
    """
    if "**" in pattern:
        return matches_glob(branch, pattern)
    patterns, parts = pattern.split("/"), branch.split("/")
    return len(patterns) == len(parts) and all(map(matches_glob, parts, patterns))


def _branch_patterns(data: Any) -> list[str]:
    policies = data["branch_policies"]
    return [str(x["name"]) for x in policies if x.get("type", "branch") == "branch"]


def _ruleset(data: Any) -> PushRule:
    source = f"ruleset '{data['name']}'"
    actors = data.get("bypass_actors")
    if actors is None:  # only those who may change the ruleset see it
        return PushRule(kind="", source=source)
    # A push needs more than the permission to bypass rules in pull requests.
    pushing = [x for x in actors if x.get("bypass_mode") != "pull_request"]
    return PushRule(
        kind="",
        source=source,
        bypass=tuple(dict.fromkeys(_ACTORS.get(x["actor_type"], x["actor_type"]) for x in pushing)),
        lets_workflows=any(
            (x["actor_type"], x.get("actor_id")) == ("Integration", ACTIONS_APP) for x in pushing
        ),
    )


def _protection(data: Any, *, rewritten: bool) -> Iterator[PushRule]:
    """Yield what classic protection prevents, with the names of the rules of rulesets."""
    reviews, pushers = data.get("required_pull_request_reviews"), data.get("restrictions")
    if reviews is not None:
        yield _classic("pull_request", reviews.get("bypass_pull_request_allowances") or {})
    if pushers is not None:
        yield _classic("update", pushers)
    if data.get("required_status_checks") is not None:
        yield _classic("required_status_checks", {})
    for key, kind in (("required_signatures", "required_signatures"), ("lock_branch", "locked")):
        if (data.get(key) or {}).get("enabled"):
            yield _classic(kind, {})
    if rewritten and not (data.get("allow_force_pushes") or {}).get("enabled"):
        yield _classic(REWRITING, {})


def _classic(kind: str, allowed: Any) -> PushRule:
    """Describe a rule of classic protection.

    Args:
        kind: What it requires.
        allowed: The people, teams and apps that it does not apply to.
    """
    apps = [str(app["slug"]) for app in allowed.get("apps") or ()]
    people = [f"@{user['login']}" for user in allowed.get("users") or ()]
    teams = [str(team["slug"]) for team in allowed.get("teams") or ()]
    return PushRule(
        kind=kind,
        source="classic branch protection",
        page="settings/branches",
        bypass=(*people, *teams, *apps),
        lets_workflows=ACTIONS_SLUG in apps,
    )
