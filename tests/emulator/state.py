"""Everything GitHub knows: accounts, tokens, repositories, and the knobs of the emulator.

One lock guards all of it. Reading and writing the bodies of requests happens outside of it.
"""

import itertools
import random
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from tests.emulator.accounts import Account, Team, Token, TokenKind, rank
from tests.emulator.blobs import BlobStore
from tests.emulator.clock import Clock
from tests.emulator.gitstore import GitStore
from tests.emulator.release import Asset
from tests.emulator.repository import Repository

_WORKFLOW_TOKEN = {"contents": "write", "actions": "write", "pages": "write", "metadata": "read"}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A repository_dispatch (`event_type`, `client_payload`) or workflow_dispatch received.

    For the latter `event_type` is `workflow_dispatch` and the rest says what was started.
    """

    repo: str
    event_type: str
    client_payload: dict[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    ref: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


class World:
    """The state, and the knobs that tests turn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = RLock()
        self.clock = Clock()
        self.blobs = BlobStore(folder / "blobs")
        self.api_url = self.uploads_url = self.server_url = self.cdn_url = self.pages_url = ""

        # Knobs. The listing limit was met as 10000 and as 1000: MeltanoLabs/tap-github#182,
        # iree-org/iree#16506. File counts: astral-sh/python-build-standalone#691. Sizes:
        # cli/cli#10182.
        self.list_limit = 10_000
        self.max_listing_assets: int | None = None
        self.listing_lag = 0.0  # Seconds until releases show: softprops/action-gh-release#705.
        self.max_assets = 1000
        self.max_asset_size = 1 << 31
        self.rate_limit = 5000
        self.content_per_minute: int | None = None
        self.cdn_lifetime = 300.0
        self.unknown_fields: set[str] = set()  # of GraphQL, on an older Enterprise Server
        self.cdn_head = True
        self.cdn_ranges = True
        self.asset_redirects = True
        self.counts_downloads = True
        self.pages_builds_on_push = True
        self.offers_immutable_releases = True
        self.runs_end_as: str | None = None  # Their conclusion; without one they are queued.
        self.runs_appear = True  # Else those begun are in `hidden_runs`.

        self.dispatches: list[Dispatch] = []
        self.burned_tags: set[tuple[str, str]] = set()
        self.assets: dict[int, Asset] = {}
        self._ids = itertools.count(1001)
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._repositories: dict[int, Repository] = {}
        self._names: dict[str, int] = {}
        self._random = random.Random(0)  # noqa: S311 - tokens that open nothing

    def next_id(self) -> int:
        """A new id; GitHub's are unique per kind, these altogether."""
        return next(self._ids)

    def advance(self, seconds: float) -> None:
        """Let the emulator's time pass: signed URLs expire, rate limits reset."""
        self.clock.advance(seconds)

    # Accounts

    def add_user(self, login: str) -> Account:
        """Add a person or a bot."""
        return self._add_account(Account(self.next_id(), login, "User", self.clock.now()))

    def add_organization(
        self,
        login: str,
        *,
        owners: Iterable[str] = (),
        members: Iterable[str] = (),
        base_permission: str = "read",
    ) -> Account:
        """Add an organization; users that do not exist yet are added with it."""
        rank(base_permission)
        organization = Account(self.next_id(), login, "Organization", self.clock.now())
        organization.base_permission = base_permission
        for group, logins in ((organization.owners, owners), (organization.members, members)):
            for user in logins:
                if self.find_account(user) is None:
                    self.add_user(user)
                group.add(user.lower())
        return self._add_account(organization)

    def add_team(self, organization: str, slug: str, *, members: Iterable[str] = ()) -> Team:
        """Add a team; its members become members of the organization."""
        account = self.account(organization)
        team = Team(self.next_id(), slug, slug)
        team.members = {login.lower() for login in members}
        account.members |= team.members
        account.teams[slug] = team
        return team

    def find_account(self, login: str) -> Account | None:
        """The user or organization of this login, in any case."""
        return self._accounts.get(login.lower())

    def account(self, login: str) -> Account:
        """The user or organization of this login.

        Raises:
            KeyError: there is none.
        """
        return self._accounts[login.lower()]

    def people(self) -> list[Account]:
        """All users, in the order of their numbers."""
        users = [each for each in self._accounts.values() if each.kind == "User"]
        return sorted(users, key=lambda each: each.id)

    def _add_account(self, account: Account) -> Account:
        with self.lock:
            if account.login.lower() in self._accounts:
                raise ValueError(f"there is a {account.login} already")
            self._accounts[account.login.lower()] = account
        return account

    # Tokens

    def add_token(
        self,
        login: str,
        *,
        scopes: Iterable[str] = ("repo", "workflow"),
        permissions: Mapping[str, str] | None = None,
        owner: str | None = None,
        repositories: Iterable[str] | None = None,
        installation: str | None = None,
        expired: bool = False,
        expires_at: datetime | None = None,
        rate_limit: int | None = None,
    ) -> str:
        """Make a token of a user.

        With `permissions` it is a fine-grained one, of the resource owner `owner` (default: the
        user) and cut to `repositories`. With `installation="OWNER/REPO"` it is like the
        `GITHUB_TOKEN` of a workflow in that repository.
        """
        kind, prefix = _kind_of_token(permissions, installation)
        chosen = [installation] if installation else repositories
        ids = None if chosen is None else frozenset(self.repository(name).id for name in chosen)
        default_owner = installation.partition("/")[0] if installation else login
        token = Token(
            value=prefix + "".join(self._random.choices(string.ascii_letters, k=36)),
            user=self.account(login),
            kind=kind,
            scopes=tuple(scopes) if kind == "classic" else (),
            permissions=dict(_WORKFLOW_TOKEN if permissions is None else permissions),
            owner=owner or default_owner,
            repositories=ids,
            expired=expired,
            expires_at=expires_at,
            rate_limit=rate_limit,
        )
        self._tokens[token.value] = token
        return token.value

    def token(self, value: str) -> Token | None:
        """The token of this value, if it is good now."""
        token = self._tokens.get(value)
        if token is None or token.expired:
            return None
        late = token.expires_at is not None and token.expires_at <= self.clock.now()
        return None if late else token

    def revoke_token(self, value: str) -> None:
        """Make a token bad."""
        del self._tokens[value]

    # Repositories

    def add_repository(
        self,
        full_name: str,
        *,
        private: bool = False,
        immutable_releases: bool = False,
        empty: bool = False,
        default_branch: str = "main",
        description: str | None = None,
    ) -> Repository:
        """Create a repository with a first commit (README.md), or `empty`."""
        owner, _, name = full_name.partition("/")
        with self.lock:
            taken = self.find_repository(full_name)
            if taken and taken.full_name.lower() == full_name.lower():
                raise ValueError(f"there is a {full_name} already")
            number = self.next_id()
            git = GitStore(self.folder / "repositories" / f"{number}.git", default_branch)
            now = self.clock.now()
            repository = Repository(self, number, self.account(owner), name, git, now, now, private)
            repository.immutable_releases = immutable_releases
            repository.default_branch = default_branch
            repository.description = description
            self._repositories[number] = repository
            self._names[full_name.lower()] = number
            if not empty:
                git.first_commit(default_branch, "README.md", f"# {name}\n".encode(), now)
            return repository

    def find_repository(self, full_name: str) -> Repository | None:
        """The repository that has this name or had it before it was renamed."""
        return self._repositories.get(self._names.get(full_name.lower(), 0))

    def repository_by_id(self, number: int) -> Repository | None:
        """The repository of this id."""
        return self._repositories.get(number)

    def repository(self, full_name: str) -> Repository:
        """The repository of this name.

        Raises:
            KeyError: there is none.
        """
        return self._repositories[self._names[full_name.lower()]]

    def repositories(self) -> list[Repository]:
        """All repositories, sorted by name."""
        return sorted(self._repositories.values(), key=lambda one: one.full_name.lower())

    def rename(self, repository: Repository, full_name: str) -> None:
        """Give a repository another name or owner."""
        owner, _, name = full_name.partition("/")
        with self.lock:
            repository.owner = self.account(owner)
            repository.name = name
            self._names[full_name.lower()] = repository.id

    def delete_repository(self, repository: Repository) -> None:
        """Forget a repository; tags that immutable releases used stay burned."""
        with self.lock:
            del self._repositories[repository.id]
            repository.git.close()


def _kind_of_token(
    permissions: Mapping[str, str] | None, installation: str | None
) -> tuple[TokenKind, str]:
    # docs: authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    if installation is not None:
        return "installation", "ghs_"
    return ("classic", "ghp_") if permissions is None else ("fine-grained", "github_pat_")
