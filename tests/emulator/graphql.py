"""GraphQL, as far as finding releases by their tags.

docs: graphql/reference/objects (Repository); cli/cli: pkg/cmd/release/shared/fetch.go, which finds
drafts with `release(tagName:)`.
"""

import re

from tests.emulator.access import PUSH, is_visible, may
from tests.emulator.answers import json_answer
from tests.emulator.api import Call, route
from tests.emulator.release import Release
from tests.emulator.releases import is_indexed
from tests.emulator.repository import Repository
from tests.emulator.wire import Answer

_FIELD = re.compile(r"(\w+): release\(tagName: \$(\w+)\) \{ databaseId \}")


@route("POST", "/graphql")
def graphql(call: Call) -> Answer:
    """Find releases by tag; drafts only for those who may push."""
    document = call.document()
    variables = document["variables"]
    repository = call.world.find_repository(f"{variables['owner']}/{variables['name']}")
    if repository is None or not is_visible(call.token, repository):
        missing = {"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve"}
        return json_answer({"data": {"repository": None}, "errors": [missing]})
    drafts = may(call.token, repository, PUSH)
    found = {
        alias: _found(call, repository, variables[key], drafts=drafts)
        for alias, key in _FIELD.findall(document["query"])
    }
    return json_answer({"data": {"repository": found}})


def _found(call: Call, repository: Repository, tag: str, *, drafts: bool) -> dict[str, int] | None:
    shown = [x for x in repository.releases if x.tag_name == tag and (drafts or not x.draft)]
    visible = [x for x in shown if is_indexed(call, x.made_at)]
    release = min(visible, key=_order, default=None)
    return None if release is None else {"databaseId": release.id}


def _order(release: Release) -> tuple[bool, int]:
    return release.draft, release.id
