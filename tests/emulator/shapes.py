"""Accounts and repositories as GitHub's API writes them."""

import base64
from typing import Any

from tests.emulator.access import role_with
from tests.emulator.accounts import Account, Team, Token, rank
from tests.emulator.clock import as_text
from tests.emulator.repository import Repository
from tests.emulator.state import World

_ACCOUNT_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = (
    "forks_count",
    "stargazers_count",
    "watchers_count",
    "open_issues_count",
    "forks",
    "open_issues",
    "watchers",
)


def node_id(kind: str, number: int) -> str:
    """An opaque id as GraphQL uses it."""
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def simple_user(world: World, account: Account) -> dict[str, Any]:
    """Schema `simple-user`, for people and organizations."""
    url = f"{world.api_url}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id(account.kind, account.id),
        "avatar_url": f"{world.server_url}/avatars/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.server_url}/{account.login}",
        **{name: url + path for name, path in _ACCOUNT_LINKS.items()},
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def public_user(world: World, account: Account) -> dict[str, Any]:
    """Schema `public-user`."""
    dates = as_text(account.created_at)
    nothing = ("company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    return {
        **simple_user(world, account),
        "name": account.login,
        **dict.fromkeys(nothing),
        "public_repos": len(_owned(world, account, private=False)),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": dates,
        "updated_at": dates,
    }


def private_user(world: World, account: Account) -> dict[str, Any]:
    """Schema `private-user`: one's own account."""
    private = len(_owned(world, account, private=True))
    return {
        **public_user(world, account),
        "private_gists": 0,
        "total_private_repos": private,
        "owned_private_repos": private,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def organization(world: World, account: Account) -> dict[str, Any]:
    """Schema `organization-full`."""
    url = f"{world.api_url}/orgs/{account.login}"
    dates = as_text(account.created_at)
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node_id("Organization", account.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.server_url}/avatars/u/{account.id}?v=4",
        "description": None,
        "name": account.login,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": len(_owned(world, account, private=False)),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{world.server_url}/{account.login}",
        "type": "Organization",
        "default_repository_permission": account.base_permission,
        "created_at": dates,
        "updated_at": dates,
        "archived_at": None,
    }


def _owned(world: World, account: Account, *, private: bool) -> list[Repository]:
    return [one for one in world.repositories() if one.owner is account and one.private is private]


def repository(one: Repository, token: Token | None) -> dict[str, Any]:
    """Schema `repository`; the permissions are those of the caller."""
    world = one.world
    url = f"{world.api_url}/repos/{one.full_name}"
    web = f"{world.server_url}/{one.full_name}"
    host = world.server_url.partition("://")[2]
    document: dict[str, Any] = {
        "id": one.id,
        "node_id": node_id("Repository", one.id),
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": simple_user(world, one.owner),
        "html_url": web,
        "description": one.description,
        "fork": False,
        "url": url,
        **{name: url + path for name, path in _REPOSITORY_LINKS.items()},
        "git_url": f"git://{host}/{one.full_name}.git",
        "ssh_url": f"git@{host}:{one.full_name}.git",
        "clone_url": f"{web}.git",
        "svn_url": web,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "created_at": as_text(one.created_at),
        "updated_at": as_text(one.pushed_at),
        "pushed_at": as_text(one.pushed_at),
        **dict.fromkeys(_COUNTS, 0),
        "size": one.size,
        "default_branch": one.default_branch,
        "topics": [],
        "is_template": False,
        "visibility": one.visibility,
        "archived": one.archived,
        "disabled": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "has_pages": one.site is not None,
        **_features(),
    }
    if token is not None:
        document["permissions"] = _permissions(role_with(token, one))
    return document


def full_repository(one: Repository, token: Token | None) -> dict[str, Any]:
    """Schema `full-repository`."""
    document = {**repository(one, token), "subscribers_count": 0, "network_count": 0}
    if one.owner.kind == "Organization":
        document["organization"] = simple_user(one.world, one.owner)
    return document


def _features() -> dict[str, bool]:
    names = ("issues", "projects", "wiki", "downloads")
    return {**{f"has_{name}": True for name in names}, "has_discussions": False}


def _permissions(role: str) -> dict[str, bool]:
    levels = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage"}
    reached = {name: rank(role) >= rank(level) for name, level in levels.items()}
    return {**reached, "pull": rank(role) >= rank("read")}


def role_permissions(role: str) -> dict[str, bool]:
    """A role spelt as five booleans."""
    return _permissions(role)


def team(world: World, account: Account, one: Team, role: str = "pull") -> dict[str, Any]:
    """Schema `team`."""
    url = f"{world.api_url}/organizations/{account.id}/team/{one.id}"
    return {
        "id": one.id,
        "node_id": node_id("Team", one.id),
        "name": one.name,
        "slug": one.slug,
        "description": one.description,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": role,
        "url": url,
        "html_url": f"{world.server_url}/orgs/{account.login}/teams/{one.slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": account.id,
        "parent": None,
    }
