"""One repository: its git data, releases, roles and Pages site, as state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.emulator.accounts import Account, rank, strongest
from tests.emulator.gitstore import GitStore
from tests.emulator.release import Asset, Release

if TYPE_CHECKING:
    from tests.emulator.state import World


@dataclass(slots=True, eq=False)
class Build:
    """One build of a Pages site."""

    id: int
    commit: str
    created_at: datetime
    pusher: Account
    status: str = "built"


@dataclass(slots=True, eq=False)
class Site:
    """A repository's Pages site and where it is built from."""

    branch: str = "gh-pages"
    path: str = "/"
    build_type: str = "legacy"
    https_enforced: bool = True
    public: bool = True
    cname: str | None = None
    builds: list[Build] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Comment:
    """A comment on an issue."""

    id: int
    body: str
    user: Account
    created_at: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class Issue:
    """An issue of a repository."""

    id: int
    number: int
    title: str
    body: str
    user: Account
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class PullRequest:
    """A proposal to merge one branch into another."""

    id: int
    number: int
    title: str
    body: str
    head: str
    base: str
    user: Account
    created_at: datetime
    state: str = "open"


@dataclass(slots=True, eq=False)
class Run:
    """A run of a workflow; what it does is the business of the test."""

    id: int
    workflow: str
    event: str
    created_at: datetime
    title: str
    status: str = "queued"
    conclusion: str | None = None

    def finish(self, conclusion: str = "success") -> None:
        """End it."""
        self.status, self.conclusion = "completed", conclusion


@dataclass(slots=True, eq=False)
class Invitation:
    """A user who was invited to a role, and has not answered."""

    id: int
    invitee: Account
    role: str
    created_at: datetime
    expired: bool = False


@dataclass(slots=True, eq=False)
class Repository:
    """One repository. `world` is the emulator it belongs to."""

    world: "World"
    id: int
    owner: Account
    name: str
    git: GitStore
    created_at: datetime
    pushed_at: datetime
    private: bool = False
    internal: bool = False
    immutable_releases: bool = False
    default_branch: str = "main"
    description: str | None = None
    archived: bool = False
    protected_branches: set[str] = field(default_factory=set)
    branch_rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    environments: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    bypass_actors: list[dict[str, Any]] = field(default_factory=list)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    size: int = 0
    blob_sizes: dict[str, int] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    invitations: list[Invitation] = field(default_factory=list)
    site: Site | None = None
    issues: list[Issue] = field(default_factory=list)
    pulls: list[PullRequest] = field(default_factory=list)
    actions_enabled: bool = True
    workflow_states: dict[str, str] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    hidden_runs: list[Run] = field(default_factory=list)
    attestations: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def visibility(self) -> str:
        """Public, internal or private."""
        hidden = "internal" if self.internal else "private"
        return hidden if self.private or self.internal else "public"

    @property
    def full_name(self) -> str:
        """`OWNER/NAME`."""
        return f"{self.owner.login}/{self.name}"

    # For arranging and asserting

    def grant(self, login: str, role: str) -> None:
        """Give a user a role: read, triage, write, maintain or admin (none takes it away)."""
        rank(role)
        self.world.account(login)
        self.roles[login.lower()] = role

    def invite(self, account: Account, role: str) -> Invitation:
        """Ask a user to take a role."""
        pending = Invitation(self.world.next_id(), account, role, self.world.clock.now())
        self.invitations.append(pending)
        return pending

    def invitation_of(self, account: Account) -> Invitation | None:
        """The invitation of a user, if there is one that was not answered."""
        return next((each for each in self.invitations if each.invitee is account), None)

    def rename(self, full_name: str) -> None:
        """Rename or move it; the old name redirects until something else takes it."""
        self.world.rename(self, full_name)

    def commit_files(
        self,
        files: Mapping[str, bytes | str | None],
        branch: str = "main",
        message: str = "Change files",
    ) -> str:
        """Commit files to a branch (None deletes one) and answer the commit's SHA."""
        changes = {
            path: content.encode() if isinstance(content, str) else content
            for path, content in files.items()
        }
        with self.world.lock:
            when = self.world.clock.now()
            self.pushed_at = when
            return self.git.commit(branch, changes, message=message, when=when)

    def read_file(self, branch: str, path: str) -> bytes | None:
        """A file's bytes at a branch, tag or commit."""
        return self.git.read(branch, path)

    def head(self, branch: str) -> str | None:
        """The commit at the tip of a branch."""
        return self.git.head(branch)

    def commits(self, branch: str) -> list[str]:
        """The branch's commits, newest first."""
        return self.git.commits(branch)

    def files(self, branch: str) -> dict[str, bytes]:
        """All files of a branch."""
        commit = self.git.head(branch)
        tree = self.git.tree(commit) if commit else {}
        contents = {path: self.git.read_object(blob) for path, (_, blob) in tree.items()}
        return {path: found[2] for path, found in contents.items() if found}

    def tags(self) -> list[str]:
        """The names of the git tags."""
        return [name.removeprefix("refs/tags/") for name in self.git.refs("refs/tags/")]

    def release(self, tag: str) -> Release | None:
        """The release of this tag, a published one first."""
        found = [release for release in self.releases if release.tag_name == tag]
        return min(found, key=lambda release: release.draft, default=None)

    def add_release(
        self,
        tag_name: str,
        *,
        draft: bool = False,
        prerelease: bool = False,
        immutable: bool | None = None,
        name: str | None = None,
        body: str | None = None,
        target_commitish: str | None = None,
        created_at: datetime | None = None,
        published_at: datetime | None = None,
        author: str | None = None,
    ) -> Release:
        """Put a release into the state, past every rule; a published one gets its tag.

        Without `immutable` it follows the repository's switch.
        """
        with self.world.lock:
            now = self.world.clock.now()
            release = Release(
                repository=self,
                id=self.world.next_id(),
                tag_name=tag_name,
                target_commitish=target_commitish or self.default_branch,
                author=self.world.account(author) if author else self.owner,
                created_at=created_at or now,
                updated_at=now,
                name=tag_name if name is None else name,
                body=body,
                draft=True,
                prerelease=prerelease,
            )
            self.releases.append(release)
            if not draft:
                self.publish(release, immutable=immutable)
                release.created_at = created_at or release.created_at
                release.published_at = published_at or release.published_at
            return release

    # What the endpoints need too

    def publish(self, release: Release, *, immutable: bool | None = None) -> None:
        """Publish a draft: make the tag, date it by the commit, freeze it where that is asked."""
        ref = f"refs/tags/{release.tag_name}"
        tagged = self.git.ref(ref)
        commit = self.git.peel(tagged) if tagged else self.git.resolve(release.target_commitish)
        if commit:
            release.created_at = self.git.commit_date(commit)
            if not tagged:
                self.git.set_ref(ref, commit)
        release.draft = False
        release.published_at = release.updated_at = self.world.clock.now()
        release.immutable = self.immutable_releases if immutable is None else immutable
        if release.immutable:
            self.world.burned_tags.add((self.full_name.lower(), release.tag_name))

    def role_of(self, account: Account) -> str:
        """What a user may do here, from ownership, organization, teams and direct grants."""
        login = account.login.lower()
        if login == self.owner.login.lower():
            return "admin"
        roles = [self.roles.get(login, "none")]
        standing = self.owner.role_in_organization(login)
        if standing == "admin":
            return "admin"
        if standing == "member":
            roles.append(self.owner.base_permission)
            teams = self.owner.teams.values()
            roles += [t.roles.get(self.id, "none") for t in teams if login in t.members]
        return strongest(*roles)

    def find_release(self, release_id: int) -> Release | None:
        """The release of this id."""
        return next((one for one in self.releases if one.id == release_id), None)

    def find_asset(self, asset_id: int) -> tuple[Release, Asset] | None:
        """The asset of this id and its release."""
        asset = self.world.assets.get(asset_id)
        if asset is None or asset not in asset.release.assets:
            return None
        return (asset.release, asset) if asset.release in self.releases else None

    def locked_tags(self) -> list[str]:
        """The tags that immutable releases hold in place."""
        return [one.tag_name for one in self.releases if one.immutable and not one.draft]
