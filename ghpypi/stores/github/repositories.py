"""Repositories: by name, or by pattern among those of an owner."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ghpypi.core.patterns import matches_glob
from ghpypi.core.roles import Role, highest, rank, role_for
from ghpypi.core.visibility import Visibility
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.client import Client

_WILDCARDS = frozenset("*?[")


class Repository(NamedTuple):
    """A repository, and what the user of the token may do with it.

    Attributes:
        name: `OWNER/REPO`, its current name, also if it was found by an earlier one.
        visibility: Who may read it; `None` if that is not known yet.
        has_pages: It has a Pages site; `None` if that is not known.
        permission: The highest role of the token's user: `pull`, `triage`, `push`, `maintain` or
            `admin`. Empty if that is not known: the token of a workflow has no user, and all of
            its permissions are false though it may write (semantic-release/github#182), while
            a user who sees a repository may at least pull.
        named: The configuration names it, and does not only match it by a pattern.
        archived: It is read-only for everyone.
        default_branch: The branch of its files.
        description: The sentence below its name.
        personal: It belongs to a user and not to an organization.
        size: The size of its branches, with their history, in bytes; 0 if it is not known.
    """

    name: str
    visibility: Visibility | None
    has_pages: bool | None = None
    permission: str = ""
    named: bool = False
    archived: bool = False
    default_branch: str = "main"
    description: str = ""
    personal: bool = False
    size: int = 0

    @classmethod
    def parse(cls, data: Any) -> "Repository":
        """Read a repository from a document of the API."""
        visibility = data.get("visibility", "private" if data["private"] else "public")
        return cls(
            name=data["full_name"],
            visibility=Visibility.__members__.get(visibility.upper(), Visibility.PRIVATE),
            has_pages=data.get("has_pages"),
            permission=highest(data.get("permissions") or {}),
            archived=bool(data.get("archived")),
            default_branch=data["default_branch"],
            description=data.get("description") or "",
            personal=data["owner"]["type"] == "User",
            size=int(data.get("size") or 0) * 1024,
        )

    @property
    def public(self) -> bool | None:
        """Whether everyone may read it; `None` if that is not known yet."""
        return None if self.visibility is None else self.visibility is Visibility.PUBLIC

    @property
    def private(self) -> bool:
        """Whether it is not public; an unknown visibility counts as private."""
        return not self.public

    @property
    def writable(self) -> bool | None:
        """Whether the token's user may write to it; `None` if that is not known."""
        return rank(self.permission) >= rank("push") if self.permission else None

    @property
    def role(self) -> Role | None:
        """The role of the token's user in an index; `None` if that is not known."""
        return role_for(self.permission)

    @property
    def word(self) -> str:
        """Its visibility in GitHub's word; an unknown one counts as private."""
        return (self.visibility or Visibility.PRIVATE).word


class Matches(NamedTuple):
    """The repositories that match a configuration.

    Attributes:
        repositories: Each once, sorted by name.
        unused: Exclusions that match no repository.
    """

    repositories: tuple[Repository, ...]
    unused: tuple[str, ...]


def find_repository(name: str, client: Client) -> Repository:
    """Find a repository by its name, or by an earlier one.

    Raises:
        NotFoundError: It is missing, or the token may not see it.
    """
    try:
        with client.objects() as github:
            return Repository.parse(github.repository(name).complete().raw_data)
    except NotFoundError as error:
        raise NotFoundError(
            f"repository '{name}' does not exist, or this token may not see it", hint=error.hint
        ) from error


def find_repositories(
    patterns: Iterable[str], excluded: Iterable[str], *, known: Repository, client: Client
) -> Matches:
    """Find all repositories that match a pattern and no exclusion.

    Args:
        patterns: `OWNER/REPO` or `OWNER/PATTERN-*`.
        excluded: Patterns of what is left out.
        known: A repository that need not be requested again.
        client: The client.

    Raises:
        NotFoundError: A repository that is named, or an owner, is missing.
    """
    found = {
        repository.name: repository
        for pattern in sorted(patterns, key=_is_name)  # a repository that is named counts as such
        for repository in _matching(pattern, known, client)
    }
    taken_out = {
        pattern: {name for name in found if matches_glob(name.lower(), pattern.lower())}
        for pattern in excluded
    }
    kept = found.keys() - set().union(*taken_out.values())
    return Matches(
        repositories=tuple(found[name] for name in sorted(kept)),
        unused=tuple(pattern for pattern, names in taken_out.items() if not names),
    )


def _matching(pattern: str, known: Repository, client: Client) -> Iterator[Repository]:
    if pattern.lower() == known.name.lower():
        yield known._replace(named=True)
    elif _is_name(pattern):
        yield find_repository(pattern, client)._replace(named=True)
    else:
        owner = pattern.partition("/")[0]
        for found in _of_owner(owner, client):
            if matches_glob(found.name.lower(), pattern.lower()):
                yield found


def _is_name(pattern: str) -> bool:
    """Tell the name of a repository from a pattern."""
    return not _WILDCARDS.intersection(pattern)


def _of_owner(owner: str, client: Client) -> list[Repository]:
    """List the repositories of an organization or the token's user, or public ones of a user."""
    try:
        return list(client.pages(f"/orgs/{owner}/repos", Repository.parse))
    except NotFoundError:
        if _is_own_user(owner, client):
            return list(client.pages("/user/repos", Repository.parse, affiliation="owner"))
        return list(client.pages(f"/users/{owner}/repos", Repository.parse))


def _is_own_user(owner: str, client: Client) -> bool:
    if not client.has_token:
        return False
    try:
        login = client.login()
    except NotAllowedError:
        return False  # The token of a workflow belongs to no user.
    return login.lower() == owner.lower()
