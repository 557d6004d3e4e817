"""GraphQL, as far as repositories, files of branches, and releases.

docs: graphql/reference/objects (Repository, Commit, TreeEntry, Blob), graphql/reference/releases;
cli/cli: pkg/cmd/release/shared/fetch.go, which finds drafts with `release(tagName:)`, and
pkg/cmd/release/list/http.go, which lists releases.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from tests.emulator.access import PUSH, READ_CONTENTS, is_visible, may, role_with
from tests.emulator.answers import json_answer
from tests.emulator.api import Call, route
from tests.emulator.release import Asset, Release
from tests.emulator.releases import in_listing_order, is_indexed
from tests.emulator.repository import Repository
from tests.emulator.wire import Answer

MOST_TEXT = 512_000
"""Size at which GitHub cuts `Blob.text`, in bytes (sveltia/sveltia-cms#950)."""

MOST_ITEMS = 100
"""Size of a page of a connection at most."""

_TOKEN = re.compile(r"\.\.\.|[{}()]|[^\s{}(),]+")
_FIELDS = {
    *("repository", "nameWithOwner", "isArchived", "viewerPermission", "diskUsage"),
    *("defaultBranchRef", "ref"),
    *("target", "file", "mode", "object", "oid", "text", "release", "databaseId"),
    *("releases", "nodes", "pageInfo", "hasNextPage"),
    *("tagName", "isDraft", "isPrerelease", "immutable"),
    *("releaseAssets", "name", "size", "digest"),
}


class Field(NamedTuple):
    """A selected field."""

    name: str
    arguments: dict[str, str]
    selected: dict[str, "Field"]


class UnknownFieldError(Exception):
    """The schema of this GitHub does not have a field."""


@route("POST", "/graphql")
def graphql(call: Call) -> Answer:
    """Answer a query about one repository; drafts only for those who may push."""
    document = call.document()
    tokens = iter(_TOKEN.findall(document["query"][document["query"].index("{") :]))
    next(tokens)
    try:
        (asked,) = _selected(tokens, call.world.unknown_fields, document["variables"]).values()
    except UnknownFieldError as error:
        return json_answer({"errors": [{"message": f"Field '{error}' doesn't exist"}]})
    name = f"{asked.arguments['owner']}/{asked.arguments['name']}"
    repository = call.world.find_repository(name)
    if repository is None or not is_visible(call.token, repository):
        missing = {"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve"}
        return json_answer({"data": {"repository": None}, "errors": [missing]})
    if not may(call.token, repository, READ_CONTENTS):
        hidden = {"type": "FORBIDDEN", "path": ["repository"], "message": "Resource not accessible"}
        return json_answer({"data": {"repository": None}, "errors": [hidden]})
    found = {key: _of_repository(call, repository, one) for key, one in asked.selected.items()}
    return json_answer({"data": {"repository": found}})


def _selected(
    tokens: Iterator[str], unknown: set[str], variables: dict[str, str]
) -> dict[str, Field]:
    """Read the fields up to the closing brace, those of `... on TYPE` among them."""
    fields: dict[str, Field] = {}
    last = ""
    for token in tokens:
        if token == "}":
            break
        if token == "...":
            next(tokens), next(tokens), next(tokens)
            fields |= _selected(tokens, unknown, variables)
        elif token == "(":
            fields[last].arguments.update(_arguments(tokens, variables))
        elif token == "{":
            fields[last].selected.update(_selected(tokens, unknown, variables))
        else:
            alias = token.removesuffix(":")
            name = next(tokens) if token.endswith(":") else token
            if name not in _FIELDS or name in unknown:
                raise UnknownFieldError(name)
            last, fields[alias] = alias, Field(name, {}, {})
    return fields


def _arguments(tokens: Iterator[str], variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in tokens:
        if name == ")":
            return
        value = next(tokens)
        if value == "{":
            value = " ".join(iter(lambda: next(tokens), "}"))
        yield name.removesuffix(":"), variables.get(value.removeprefix("$"), value)


def _of_repository(call: Call, repository: Repository, field: Field) -> Any:
    if field.name in {"release", "releases"}:
        drafts = may(call.token, repository, PUSH)
        shown = in_listing_order(repository, drafts=drafts)
        indexed = [x for x in shown if is_indexed(call, x.made_at)]
        if field.name == "releases":
            assert field.arguments["orderBy"] == "field: CREATED_AT direction: DESC"
            return _connection(indexed, field, _release)
        found = (x for x in indexed if x.tag_name == field.arguments["tagName"])
        release = min(found, key=lambda x: (x.draft, x.id), default=None)
        return release and _release(release, field)
    if field.name in {"ref", "defaultBranchRef"}:
        name = field.arguments.get("qualifiedName", f"refs/heads/{repository.default_branch}")
        commit = repository.git.resolve(name)
        files = field.selected["target"].selected.items()
        return commit and {"target": {key: _file(repository, commit, one) for key, one in files}}
    app = call.token is not None and call.token.kind == "installation"
    scalars = {
        "nameWithOwner": repository.full_name,
        "isArchived": repository.archived,
        "diskUsage": repository.size,
        # The schema says that it is null for a GitHub App.
        "viewerPermission": None if app else role_with(call.token, repository).upper(),
    }
    return scalars[field.name]


def _file(repository: Repository, commit: str, field: Field) -> dict[str, Any] | None:
    """A regular file; the text of a binary one is null."""
    found = repository.git.read_object(f"{commit}:{field.arguments['path']}")
    if found is None or found[1] != "blob":
        return None
    sha, _, content = found
    text = None if b"\0" in content else content[:MOST_TEXT].decode(errors="replace")
    mode = repository.git.tree(commit)[field.arguments["path"]][0]
    return {"mode": int(mode, 8), "object": {"oid": sha, "text": text}}


def _connection(
    items: Sequence[Any], field: Field, shown: Callable[[Any, Field], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a connection; `first` is at most 100."""
    first = int(field.arguments["first"])
    assert first <= MOST_ITEMS
    page: dict[str, Any] = {}
    for key, one in field.selected.items():
        if one.name == "pageInfo":
            page[key] = _picked({"hasNextPage": len(items) > first}, one)
        else:
            assert one.name == "nodes"
            page[key] = [shown(each, one) for each in items[:first]]
    return page


def _release(release: Release, field: Field) -> dict[str, Any]:
    scalars = {
        "databaseId": release.id,
        "tagName": release.tag_name,
        "isDraft": release.draft,
        "isPrerelease": release.prerelease,
        "immutable": release.immutable,
    }
    return {
        key: _connection(release.assets, one, _asset)
        if one.name == "releaseAssets"
        else scalars[one.name]
        for key, one in field.selected.items()
    }


def _asset(asset: Asset, field: Field) -> dict[str, Any]:
    """An asset, of which neither the state nor the ID of the REST API is known."""
    return _picked({"name": asset.name, "size": asset.size, "digest": asset.digest}, field)


def _picked(values: dict[str, Any], field: Field) -> dict[str, Any]:
    return {key: values[one.name] for key, one in field.selected.items()}
