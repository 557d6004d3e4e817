"""What an upload must know of a repository before its first write, read with one request.

One GraphQL query gives what would otherwise take a request each: the rights, the configuration, the
published index, the newest releases, and whether releases have certain tags. Where it does not give
something, the REST API is asked, as by other commands: an Enterprise Server may not know a field,
GitHub may need too long, a text of more than 512,000 bytes is cut, and why a token may not write is
explained in one place.

A text is used only if it has the digest that git has for the file: GitHub cuts long ones, and may
convert those that are not UTF-8.

Sources: GitHub documentation, "GraphQL API, Objects" (Repository, Commit, TreeEntry, Blob,
Release); `diskUsage` is in kilobytes, and `viewerPermission` is null for a GitHub App, to which the
tokens of workflows belong. The size at which texts are cut: sveltia/sveltia-cms#950.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.catalog.parts import possible_parts
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.config.index import DEFAULT_BRANCH
from ghpypi.core.names import Filename
from ghpypi.core.upload.tags import default_tags
from ghpypi.stores.github.api_messages import MALFORMED
from ghpypi.stores.github.branch_commit import blob_id
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.prefetched_files import PrefetchedFiles, PrefetchedText
from ghpypi.stores.github.release_overview import NEWEST, ReleaseOverview, parse_newest
from ghpypi.stores.github.release_search import MOST_TAGS, release_id
from ghpypi.stores.github.repository_query import query_repository

MOST_PATHS = 50
"""Number of files that are asked for at most; a part of the catalog is in one of several."""

_WRITERS = frozenset({"WRITE", "MAINTAIN", "ADMIN", None})
_REGULAR = frozenset({0o100644, 0o100755})
_CONTENT = "{ mode object { ... on Blob { oid text } } }"


class UploadState(NamedTuple):
    """What is known of a repository that the token may write to.

    Attributes:
        name: `OWNER/REPO`, its current name.
        size: The size of its branches, with their history, in bytes; 0 if it is not known.
        releases: The newest releases, and those of the expected tags.
        files: Files of the default branch and of the branch of the site.
    """

    name: str
    size: int
    releases: ReleaseOverview
    files: PrefetchedFiles


def read_upload_state(
    repository: str, filenames: Collection[Filename], client: Client
) -> UploadState | None:
    """Read what an upload of some files must know.

    Args:
        repository: `OWNER/REPO`, also an earlier name.
        filenames: The files.
        client: The API.

    Returns:
        The state; `None` if this GitHub, or this token, does not give it, if the token may not
        write, or if the repository is archived.
    """
    now = client.now()
    tags = sorted({tag for each in filenames for tag in default_tags(each)})
    projects = sorted({each.project for each in filenames})
    parts = dict.fromkeys(path for each in projects for path in possible_parts(each))
    paths = [CATALOG_PATH, *parts]
    if len(tags) > MOST_TAGS:
        tags = []
    if len(paths) > MOST_PATHS:
        paths = paths[:1]
    try:
        data = _query(repository, tags, paths, client)
        if data is None or data["isArchived"] or data["viewerPermission"] not in _WRITERS:
            return None
        return UploadState(
            name=str(data["nameWithOwner"]),
            size=(data["diskUsage"] or 0) * 1024,
            releases=_overview(data, tags, filenames, now),
            files=PrefetchedFiles(_texts(data, paths), client.now),
        )
    except MALFORMED:
        return None


def _overview(
    data: Mapping[str, Any], tags: Sequence[str], filenames: Collection[Filename], now: float
) -> ReleaseOverview:
    nodes, name = data["newest"]["nodes"], str(data["nameWithOwner"])
    newest, related = parse_newest(nodes, name, filenames)
    by_tag = {tag: release_id(data[f"t{n}"]) for n, tag in enumerate(tags)}
    return ReleaseOverview(
        filenames=tuple(filenames), newest=newest, tags=related, by_tag=by_tag, read_at=now
    )


def _texts(
    data: Mapping[str, Any], paths: Sequence[str]
) -> dict[tuple[str, str], PrefetchedText | None]:
    texts = {("", CONFIG_FILE): _text(_tree(data["defaultBranchRef"]), "config")}
    site = _tree(data["site"])
    return texts | {(DEFAULT_BRANCH, path): _text(site, f"p{n}") for n, path in enumerate(paths)}


def _query(
    repository: str, tags: Collection[str], paths: Collection[str], client: Client
) -> Mapping[str, Any] | None:
    """Send the query; `None` if the response is incomplete."""
    variables = {"config": CONFIG_FILE, "branch": f"refs/heads/{DEFAULT_BRANCH}"}
    variables |= {f"t{n}": tag for n, tag in enumerate(tags)}
    variables |= {f"p{n}": path for n, path in enumerate(paths)}
    releases = " ".join(f"t{n}: release(tagName: $t{n}) {{ databaseId }}" for n in range(len(tags)))
    files = " ".join(f"p{n}: file(path: $p{n}) {_CONTENT}" for n in range(len(paths)))
    fields = (
        "nameWithOwner isArchived viewerPermission diskUsage "
        "defaultBranchRef { target { ... on Commit { "
        f"config: file(path: $config) {_CONTENT} }} }} }} "
        f"site: ref(qualifiedName: $branch) {{ target {{ ... on Commit {{ {files} }} }} }} "
        f"newest: {NEWEST} {releases}"
    )
    response = query_repository(client, repository, fields, variables, heavy=True)
    if response is None:
        return None
    found: Mapping[str, Any] | None = response.data["data"]["repository"]
    return found


def _tree(ref: Any) -> Mapping[str, Any]:
    """Return the files of a branch; without a branch there are none."""
    return ref["target"] if ref else {}


def _text(tree: Mapping[str, Any], key: str) -> PrefetchedText | None:
    """Return a file, `None` if there is none; its content is not given if it is not exact."""
    entry = tree.get(key)
    if entry is None:
        return None
    blob = entry["object"] or {}
    oid, content = str(blob.get("oid")), str(blob.get("text") or "").encode()
    exact = entry["mode"] in _REGULAR and blob_id(content) == oid
    return PrefetchedText(content=content if exact else None, sha=oid)
