"""Which repositories are meant: by name, or by pattern within an owner."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.stores.github.api import Api

_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository as it is called now, whatever it was called before.

    Attributes:
        name: `OWNER/REPO`.
        public: Anyone can read it; `None` if that is not known yet.
        writable: The token's owner may write to it; `None` if that is not known.
    """

    name: str
    public: bool | None
    writable: bool | None = None

    @classmethod
    def parse(cls, data: Any) -> "Repository":
        """Read a repository as the API gives it."""
        return cls(
            name=data["full_name"],
            public=data.get("visibility", "private" if data["private"] else "public") == "public",
            writable=_may_push(data.get("permissions", {})),
        )


def _may_push(permissions: dict[str, bool]) -> bool | None:
    """Read what a token's owner may do.

    The token of a workflow has no owner: all of its permissions are false, though it may write
    (semantic-release/github#182). Who sees a repository may at least pull.
    """
    return permissions.get("push") if permissions.get("pull") else None


def find_repository(name: str, api: Api) -> Repository:
    """Find one repository, renamed meanwhile or not.

    Raises:
        NotFoundError: There is none, or the token may not see it.
    """
    try:
        return Repository.parse(api.get(f"/repos/{name}"))
    except NotFoundError as error:
        raise NotFoundError(
            f"repository {name}: there is none, or this token may not see it", hint=error.hint
        ) from error


def find_repositories(
    patterns: Iterable[str], excluded: Iterable[str], *, known: Repository, api: Api
) -> tuple[Repository, ...]:
    """Find all that match, each once, sorted by name.

    Args:
        patterns: `OWNER/REPO` or `OWNER/PATTERN-*`.
        excluded: Patterns of what is left out.
        known: One that was found already.
        api: To ask.

    Raises:
        NotFoundError: A repository that was named, or an owner, is not there.
    """
    unwanted = [pattern.lower() for pattern in excluded]
    found = {
        repository.name: repository
        for pattern in patterns
        for repository in _matching(pattern, known, api)
        if not any(fnmatchcase(repository.name.lower(), each) for each in unwanted)
    }
    return tuple(found[name] for name in sorted(found))


def _matching(pattern: str, known: Repository, api: Api) -> Iterator[Repository]:
    if pattern.lower() == known.name.lower():
        yield known
    elif not _MAGIC.intersection(pattern):
        yield find_repository(pattern, api)
    else:
        owner = pattern.partition("/")[0]
        for data in _of_owner(owner, api):
            if fnmatchcase(data["full_name"].lower(), pattern.lower()):
                yield Repository.parse(data)


def _of_owner(owner: str, api: Api) -> list[Any]:
    """List the repositories of an organisation, of ourselves, or the public ones of a user."""
    try:
        return list(api.pages(f"/orgs/{owner}/repos"))
    except NotFoundError:
        if _is_ours(owner, api):
            return list(api.pages("/user/repos", affiliation="owner"))
        return list(api.pages(f"/users/{owner}/repos"))


def _is_ours(owner: str, api: Api) -> bool:
    if not api.has_token:
        return False
    try:
        login: str = api.get("/user")["login"]
    except NotAllowedError:
        return False  # The token of a workflow belongs to no user.
    return login.lower() == owner.lower()
