"""Rules of branches, and environments with their branch policies.

docs: rest/repos/rules, rest/branches/branch-protection, rest/deployments/environments,
rest/deployments/branch-policies
"""

from typing import Any
from urllib.parse import quote

from tests.emulator.access import READ, Needs, may
from tests.emulator.answers import error, json_answer, not_found, paginate
from tests.emulator.api import Call, repository_route
from tests.emulator.clock import as_text
from tests.emulator.shapes import node_id
from tests.emulator.wire import Answer

_READ = Needs("actions")
_ADMINISTER = Needs("administration", "read", "admin")


@repository_route("GET", "/rules/branches/{branch}", READ)
def list_rules(call: Call) -> Answer:
    """The active rules of a branch, which may not exist."""
    repository, branch = call.repository, call.arguments["branch"]
    kinds = list(repository.branch_rules.get(branch, ()))
    if branch in repository.protected_branches:
        kinds.append("pull_request")
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": repository.full_name,
        "ruleset_id": repository.id,
    }
    chosen, headers = paginate([{"type": kind, **source} for kind in kinds], call.query, call.url)
    return json_answer(chosen, headers=headers)


@repository_route("GET", "/rulesets/{number}", READ)
def get_ruleset(call: Call) -> Answer:
    """The ruleset of the rules of all branches; its bypass list is for those who may change it."""
    repository = call.repository
    document: dict[str, Any] = {
        "id": repository.id,
        "name": "protect",
        "target": "branch",
        "source_type": "Repository",
        "source": repository.full_name,
        "enforcement": "active",
        "node_id": node_id("Ruleset", repository.id),
        "current_user_can_bypass": "never",
    }
    if may(call.token, repository, _ADMINISTER):
        document["bypass_actors"] = repository.bypass_actors
    return json_answer(document)


@repository_route("GET", "/branches/{branch}/protection", _ADMINISTER)
def get_protection(call: Call) -> Answer:
    """Classic protection of a branch, which only administrators may read."""
    found = call.repository.protection.get(call.arguments["branch"])
    if found is None:
        raise error(404, "Branch not protected")
    return json_answer(found)


@repository_route("GET", "/environments", _READ)
def list_environments(call: Call) -> Answer:
    """All environments."""
    names = list(call.repository.environments)
    chosen = [_environment(call, name) for name in names]
    return json_answer({"total_count": len(names), "environments": chosen})


@repository_route("GET", "/environments/{environment}", _READ)
def get_environment(call: Call) -> Answer:
    """An environment and what kind of branch policy it has."""
    _patterns(call)
    return json_answer(_environment(call, call.arguments["environment"]))


def _environment(call: Call, name: str) -> dict[str, Any]:
    repository = call.repository
    dates = as_text(repository.created_at)
    url = f"{call.world.api_url}/repos/{repository.full_name}/environments/{quote(name)}"
    document: dict[str, Any] = {
        "id": repository.id,
        "node_id": node_id("Environment", repository.id),
        "name": name,
        "url": url,
        "html_url": f"{call.world.server_url}/{repository.full_name}/deployments",
        "created_at": dates,
        "updated_at": dates,
        "protection_rules": [],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    }
    if repository.environments[name] is None:
        document["deployment_branch_policy"] = None
    return document


@repository_route("GET", "/environments/{environment}/deployment-branch-policies", _READ)
def list_policies(call: Call) -> Answer:
    """The patterns of branches that an environment accepts."""
    patterns = _patterns(call) or ()
    found = [
        {"id": number, "node_id": node_id("Policy", number), "name": name, "type": "branch"}
        for number, name in enumerate(patterns, 1)
    ]
    return json_answer({"total_count": len(found), "branch_policies": found})


def _patterns(call: Call) -> tuple[str, ...] | None:
    environments = call.repository.environments
    if call.arguments["environment"] not in environments:
        raise not_found()
    return environments[call.arguments["environment"]]
