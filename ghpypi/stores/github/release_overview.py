"""The newest releases of a repository, as the query of an upload gives them.

The published index may be older than the newest releases, so an upload must know whether they have
files of its names. GraphQL gives the names of all their files with less data than a page of the
REST API, but neither whether a file is complete nor its ID in the REST API. So it decides whether
the releases have to be read; what is in them is read with the REST API.

Sources: GitHub documentation, "GraphQL API, Reference, Releases"; GitHub's own program `gh` lists
releases in the same order, drafts included (cli/cli: pkg/cmd/release/list/http.go).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ghpypi.core.identity import FileKey, key_of, stored_key
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import Filename
from ghpypi.core.release_parts import first_tag
from ghpypi.core.upload.tags import release_tags

NEWEST = (
    "releases(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { "
    "databaseId tagName isDraft isPrerelease immutable "
    "releaseAssets(first: 100) { pageInfo { hasNextPage } nodes { name } } } }"
)
"""What is selected: at most 10,100 nodes of the 500,000 that GitHub allows in a query."""


class ReleaseOverview(NamedTuple):
    """What one query says of the releases of a repository.

    Attributes:
        filenames: The files of the upload.
        newest: The newest releases, without their assets.
        tags: The tags of those that may have files of the upload, or be a release of its versions.
        by_tag: The IDs of the releases of some tags; `None` for tags that no release has.
        read_at: When the query was sent, in seconds since 1970.
    """

    filenames: tuple[Filename, ...]
    newest: tuple[StoredRelease, ...]
    tags: frozenset[str]
    by_tag: Mapping[str, int | None]
    read_at: float

    def has_related(self, tags: Collection[str]) -> bool:
        """Return whether one of the newest releases matters to the upload.

        Args:
            tags: The tags of further releases that matter.
        """
        return bool(self.tags) or any(first_tag(x.tag) in tags for x in self.newest)


def parse_newest(
    nodes: Sequence[Mapping[str, Any]], repository: str, filenames: Collection[Filename]
) -> tuple[tuple[StoredRelease, ...], frozenset[str]]:
    """Read the newest releases from the response of a query.

    Args:
        nodes: The releases.
        repository: `OWNER/REPO`.
        filenames: The files of the upload.

    Returns:
        The releases without their assets, and the tags of those that matter to the upload.
    """
    newest = tuple(_release(repository, node) for node in nodes)
    versions = set(release_tags(filenames, {each.tag for each in newest}).values())
    keys = {key_of(each) for each in filenames}
    related = (
        each.tag
        for each, node in zip(newest, nodes, strict=True)
        if first_tag(each.tag) in versions or _may_have(node["releaseAssets"], keys)
    )
    return newest, frozenset(related)


def _release(repository: str, node: Mapping[str, Any]) -> StoredRelease:
    return StoredRelease(
        key=str(int(node["databaseId"])),
        origin=repository,
        tag=str(node["tagName"]),
        draft=bool(node["isDraft"]),
        prerelease=bool(node["isPrerelease"]),
        immutable=bool(node["immutable"]),
        assets=(),
    )


def _may_have(assets: Mapping[str, Any], keys: Collection[FileKey]) -> bool:
    """Return whether a release has one of some files, or more assets than were asked for."""
    projects = {project for project, _ in keys}
    return assets["pageInfo"]["hasNextPage"] or any(
        stored_key(each["name"], projects) in keys for each in assets["nodes"]
    )
