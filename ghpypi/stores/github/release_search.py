"""Releases by tag, drafts included, without listing all releases of a repository.

The REST API finds published releases by tag, and drafts only in listings, which hold 100 releases
a page in an order that is not documented. GraphQL's `Repository.release(tagName:)` finds both. Of
several drafts with one tag it returns one.

Sources: GitHub documentation, "GraphQL API, Objects, Repository"; GitHub's own program `gh`, which
finds drafts in this way (cli/cli: pkg/cmd/release/shared/fetch.go).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ghpypi.core.model import StoredRelease
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.release_api import ReleaseApi
from ghpypi.stores.github.repository_query import query_repository

MOST_TAGS = 50
"""Number of tags up to which searching is cheaper than listing, and within GitHub's limits for one
query. Each release that is found costs a request more."""


FRESH_SECONDS = 10.0
"""How long to cache that there is no release of a tag, in seconds: from planning an upload to its
first draft."""


class ReleaseSearch:
    """The releases of a repository that has too many to list them for an upload.

    Another process may make a draft of the same tag between two searches. Both then search once
    more and use the older draft; where GitHub shows one of them the younger draft alone, the first
    to publish decides, as where a listing shows new drafts late.

    Args:
        client: The API.
        releases: Reads releases.
        repository: `OWNER/REPO`.
        newest: The first page of the listing: most probably the newest releases.
        missing: When tags were found to have no release, in seconds since 1970.
    """

    def __init__(
        self,
        client: Client,
        releases: ReleaseApi,
        repository: str,
        newest: Sequence[StoredRelease],
        *,
        missing: Mapping[str, float] | None = None,
    ) -> None:
        self.newest = newest
        self._client = client
        self._releases = releases
        self._repository = repository
        self._missing = dict(missing or {})

    def find(
        self, tags: Collection[str], *, again: bool = True, made: str = ""
    ) -> list[StoredRelease] | None:
        """Find the releases of some tags.

        Args:
            tags: The tags.
            again: Search also for tags that were just found to have no release.
            made: The key of a release that is known; it is left out.

        Returns:
            Those that exist; `None` if they cannot be searched for.
        """
        now = self._client.now()
        known = () if again else [x for x in tags if now - self._missing.get(x, 0) < FRESH_SECONDS]
        wanted = set(tags).difference(known)
        if len(wanted) > MOST_TAGS:
            return None
        keys = find_releases(self._client, self._repository, wanted) if wanted else []
        if keys is None:
            return None
        read = [self._releases.find(self._repository, key) for key in keys if str(key) != made]
        found = [each for each in read if each is not None]
        there = {each.tag for each in found}
        others = {tag: since for tag, since in self._missing.items() if tag not in wanted}
        self._missing = others | {tag: now for tag in wanted if tag not in there}
        return found


def find_releases(client: Client, repository: str, tags: Collection[str]) -> list[int] | None:
    """Find the releases of some tags with one request.

    Args:
        client: The API.
        repository: `OWNER/REPO`.
        tags: Their tags, `MOST_TAGS` at most.

    Returns:
        The IDs of those that exist; `None` if this GitHub, or this token, cannot search.
    """
    variables = {f"t{number}": tag for number, tag in enumerate(sorted(tags))}
    fields = " ".join(f"{key}: release(tagName: ${key}) {{ databaseId }}" for key in variables)
    what = f"releases of {repository} by tag"
    response = query_repository(client, repository, fields, variables, what=what)
    if response is None:
        return None
    return response.parsed(lambda found: _ids(found["data"]["repository"]))


def _ids(found: Mapping[str, Any]) -> list[int]:
    return [int(each["databaseId"]) for each in found.values() if each is not None]
