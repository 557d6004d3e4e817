"""Releases by tag, drafts included, without listing all releases of a repository.

The REST API finds published releases by tag, and drafts only in listings, which hold 100 releases
a page in an order that is not documented. GraphQL's `Repository.release(tagName:)` finds both. Of
several drafts with one tag it returns one.

Sources: GitHub documentation, "GraphQL API, Objects, Repository"; GitHub's own program `gh`, which
finds drafts in this way (cli/cli: pkg/cmd/release/shared/fetch.go).
"""

from collections.abc import Collection, Mapping
from typing import Any

from ghpypi.core.model import StoredRelease
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.release_api import ReleaseApi
from ghpypi.stores.github.repository_query import query_repository

MOST_TAGS = 50
"""Number of tags up to which searching is cheaper than listing, and within GitHub's limits for one
query. Each release that is found costs a request more."""


FRESH_SECONDS = 10.0
"""How long to use the result of a search again, in seconds: from the first request of an upload to
its first draft."""


class ReleaseSearch:
    """The releases of a repository, found by tag instead of listing all of them.

    Another process may make a draft of the same tag between two searches. Both then search once
    more and use the older draft; where GitHub shows one of them the younger draft alone, the first
    to publish decides, as where a listing shows new drafts late.

    Args:
        client: The API.
        releases: Reads releases.
        repository: `OWNER/REPO`.
        known: The results of a search, by tag: the ID of the release, `None` if there is none.
        since: When that search was, in seconds since 1970.
    """

    def __init__(
        self,
        client: Client,
        releases: ReleaseApi,
        repository: str,
        *,
        known: Mapping[str, int | None] | None = None,
        since: float = 0.0,
    ) -> None:
        self._client = client
        self._releases = releases
        self._repository = repository
        self._known = {tag: (key, since) for tag, key in (known or {}).items()}

    def find(
        self, tags: Collection[str], *, again: bool = True, but: Collection[str] = ()
    ) -> list[StoredRelease] | None:
        """Find the releases of some tags.

        Args:
            tags: The tags.
            again: Search also for tags that were searched for just before.
            but: The keys of releases that are known; they are left out.

        Returns:
            Those that exist; `None` if they cannot be searched for.
        """
        now = self._client.now()
        fresh = {
            tag: key
            for tag, (key, since) in self._known.items()
            if not again and tag in tags and now - since < FRESH_SECONDS
        }
        unknown = set(tags).difference(fresh)
        if len(unknown) > MOST_TAGS:
            return None
        found = find_releases(self._client, self._repository, unknown) if unknown else {}
        if found is None:
            return None
        self._known |= {tag: (key, now) for tag, key in found.items()}
        keys = {key for key in (*fresh.values(), *found.values()) if key is not None}
        read = (self._releases.find(self._repository, x) for x in sorted(keys) if str(x) not in but)
        return [each for each in read if each is not None]

    def forget(self) -> None:
        """Search again for all tags, because what was found is outdated."""
        self._known.clear()


def find_releases(
    client: Client, repository: str, tags: Collection[str]
) -> dict[str, int | None] | None:
    """Find the releases of some tags with one request.

    Args:
        client: The API.
        repository: `OWNER/REPO`.
        tags: Their tags, `MOST_TAGS` at most.

    Returns:
        The IDs by tag, `None` for tags without a release; `None` if this GitHub, or this token,
        cannot search.
    """
    variables = {f"t{number}": tag for number, tag in enumerate(sorted(tags))}
    fields = " ".join(f"{key}: release(tagName: ${key}) {{ databaseId }}" for key in variables)
    response = query_repository(client, repository, fields, variables)
    if response is None:
        return None

    def by_tag(document: Any) -> dict[str, int | None]:
        found = document["data"]["repository"]
        return {tag: release_id(found[key]) for key, tag in variables.items()}

    return response.parsed(by_tag)


def release_id(node: Mapping[str, Any] | None) -> int | None:
    """Return the ID of a release in the REST API; `None` if there is no release."""
    return None if node is None else int(node["databaseId"])
