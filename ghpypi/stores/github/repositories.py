"""Which repositories are meant: by name, or by pattern within an owner."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ghpypi.core.patterns import matches_glob
from ghpypi.core.visibility import Visibility
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.api_messages import login_of
from ghpypi.stores.github.client import Client

_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository as it is called now, whatever it was called before.

    Attributes:
        name: `OWNER/REPO`.
        visibility: Who may read it; `None` if that is not known yet.
        has_pages: It has a Pages site; `None` if that is not known.
        writable: The token's owner may write to it; `None` if that is not known.
        named: The configuration names it, and does not mean it by a pattern only.
        archived: It is read-only for everyone.
    """

    name: str
    visibility: Visibility | None
    has_pages: bool | None = None
    writable: bool | None = None
    named: bool = False
    archived: bool = False

    @classmethod
    def parse(cls, data: Any) -> "Repository":
        """Read a repository as the API gives it."""
        visibility = data.get("visibility", "private" if data["private"] else "public")
        return cls(
            name=data["full_name"],
            visibility=Visibility.__members__.get(visibility.upper(), Visibility.PRIVATE),
            has_pages=data.get("has_pages"),
            writable=_may_push(data.get("permissions") or {}),
            archived=bool(data.get("archived")),
        )

    @property
    def public(self) -> bool | None:
        """Whether everyone may read it; `None` if that is not known yet."""
        return None if self.visibility is None else self.visibility is Visibility.PUBLIC

    @property
    def word(self) -> str:
        """Its visibility as GitHub writes it; what is not known counts as private."""
        return (self.visibility or Visibility.PRIVATE).word


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The repositories that a configuration means.

    Attributes:
        repositories: Each once, sorted by name.
        unused: The exclusions that exclude nothing.
    """

    repositories: tuple[Repository, ...]
    unused: tuple[str, ...]


def _may_push(permissions: dict[str, bool]) -> bool | None:
    """Read what a token's owner may do.

    The token of a workflow has no owner: all of its permissions are false, though it may write
    (semantic-release/github#182). Who sees a repository may at least pull.
    """
    return permissions.get("push") if permissions.get("pull") else None


def find_repository(name: str, client: Client) -> Repository:
    """Find one repository, renamed meanwhile or not.

    Raises:
        NotFoundError: There is none, or the token may not see it.
    """
    try:
        return client.get(f"/repos/{name}", Repository.parse)
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
        known: One that was found already.
        client: To ask.

    Raises:
        NotFoundError: A repository that was named, or an owner, is not there.
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
        yield replace(known, named=True)
    elif _is_name(pattern):
        yield replace(find_repository(pattern, client), named=True)
    else:
        owner = pattern.partition("/")[0]
        for found in _of_owner(owner, client):
            if matches_glob(found.name.lower(), pattern.lower()):
                yield found


def _is_name(pattern: str) -> bool:
    """Tell the name of a repository from a pattern."""
    return not _MAGIC.intersection(pattern)


def _of_owner(owner: str, client: Client) -> list[Repository]:
    """List the repositories of an organization, of ourselves, or the public ones of a user."""
    try:
        return list(client.pages(f"/orgs/{owner}/repos", Repository.parse))
    except NotFoundError:
        if _is_ours(owner, client):
            return list(client.pages("/user/repos", Repository.parse, affiliation="owner"))
        return list(client.pages(f"/users/{owner}/repos", Repository.parse))


def _is_ours(owner: str, client: Client) -> bool:
    if not client.has_token:
        return False
    try:
        login = client.get("/user", login_of)
    except NotAllowedError:
        return False  # The token of a workflow belongs to no user.
    return login.lower() == owner.lower()
