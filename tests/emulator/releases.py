"""Releases: listing, reading, creating, publishing, deleting.

docs: rest/releases/releases
"""

import re
from datetime import datetime, timedelta
from typing import Any

from tests.emulator.access import PUSH, READ_CONTENTS, may_change_workflows
from tests.emulator.answers import (
    error,
    invalid,
    json_answer,
    no_content,
    not_found,
    page_asked_for,
    paginate,
)
from tests.emulator.api import Call, repository_route
from tests.emulator.release import Release
from tests.emulator.release_shapes import release_json
from tests.emulator.repository import Repository
from tests.emulator.wire import Answer

_MAX_BODY = 125_000
_BAD_TAG = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|[/.]$|\.lock$|^@$")
_EDITABLE_WHEN_IMMUTABLE = frozenset({"name", "body", "make_latest"})


@repository_route("GET", "/releases", READ_CONTENTS)
def list_releases(call: Call) -> Answer:
    """Page through the releases; drafts only for those who may push."""
    size, page = page_asked_for(call.query)
    limit = call.world.list_limit
    if (page - 1) * size >= limit:
        raise error(422, f"Only the first {limit} results are available.")
    found = in_listing_order(call.repository, drafts=call.may(PUSH))
    found = [one for one in found if is_indexed(call, one.made_at)]
    chosen, headers = paginate(found, call.query, call.url)
    heaviest = call.world.max_listing_assets
    if heaviest is not None and sum(len(one.assets) for one in chosen) > heaviest:
        raise error(502, "Server Error")
    return json_answer(b"[" + b",".join(map(release_json, chosen)) + b"]", headers=headers)


def is_indexed(call: Call, since: datetime | None) -> bool:
    """Whether a change shows in listings and lookups by tag (softprops/action-gh-release#705)."""
    age = call.world.clock.now() - since if since else timedelta.max
    return age >= timedelta(seconds=call.world.listing_lag)


def in_listing_order(repository: Repository, *, drafts: bool) -> list[Release]:
    """By `created_at`, the date of the tagged commit (tooomm/github-release-stats#43)."""
    shown = [one for one in repository.releases if drafts or not one.draft]
    return sorted(shown, key=lambda one: (one.created_at, one.id), reverse=True)


@repository_route("GET", "/releases/latest", READ_CONTENTS)
def latest_release(call: Call) -> Answer:
    """The newest by commit date that is neither draft nor prerelease."""
    found = in_listing_order(call.repository, drafts=False)
    stable = [one for one in found if not one.prerelease]
    if not stable:
        raise not_found()
    return json_answer(release_json(stable[0]))


@repository_route("GET", "/releases/tags/{tag}", READ_CONTENTS)
def release_by_tag(call: Call) -> Answer:
    """A published release; a draft is not found by its tag."""
    found = call.repository.release(call.arguments["tag"])
    if found is None or found.draft or not is_indexed(call, found.published_at):
        raise not_found()
    return json_answer(release_json(found))


@repository_route("GET", "/releases/{release_id:int}", READ_CONTENTS)
def get_release(call: Call) -> Answer:
    """One release; a draft only for those who may push."""
    return json_answer(release_json(asked_release(call)))


def asked_release(call: Call) -> Release:
    """The release of the path.

    Raises:
        RefusalError: there is none, or it is a draft that the caller may not see.
    """
    found = call.repository.find_release(int(call.arguments["release_id"]))
    if found is None or (found.draft and not call.may(PUSH)):
        raise not_found()
    return found


@repository_route("POST", "/releases", PUSH)
def create_release(call: Call) -> Answer:
    """Create a draft, or a published release and its tag."""
    document = call.document()
    repository = call.repository
    tag = document.get("tag_name")
    if not isinstance(tag, str):
        raise error(422, 'Invalid request.\n\n"tag_name" wasn\'t supplied.')
    if repository.git.head(repository.default_branch) is None:
        raise invalid_empty()
    assert call.token is not None
    draft = bool(document.get("draft", False))
    if not draft:
        _check_tag(repository, tag, None)
    _check_texts(document)
    target = document.get("target_commitish") or repository.default_branch
    _check_target(call, target, tag)
    now = call.world.clock.now()
    release = Release(
        repository=repository,
        id=call.world.next_id(),
        tag_name=tag,
        target_commitish=target,
        author=call.token.user,
        created_at=now,
        updated_at=now,
        made_at=now,
        draft=True,
    )
    _set_texts(release, document)
    repository.releases.append(release)
    if not draft:
        repository.publish(release)
    answer = json_answer(release_json(release), 201)
    answer.headers["Location"] = f"{call.url}/{release.id}"
    return answer


@repository_route("PATCH", "/releases/{release_id:int}", PUSH)
def update_release(call: Call) -> Answer:
    """Change a release; `draft: false` publishes it."""
    release = asked_release(call)
    document = call.document()
    _check_immutable_edit(release, document)
    tag = document.get("tag_name", release.tag_name)
    publishes = release.draft and document.get("draft") is False
    if publishes or (not release.draft and tag != release.tag_name):
        _check_tag(call.repository, tag, release)
    _check_texts(document)
    target = document.get("target_commitish") or release.target_commitish
    if publishes or target != release.target_commitish:
        _check_target(call, target, tag)
    release.tag_name, release.target_commitish = tag, target
    _set_texts(release, document)
    release.updated_at = call.world.clock.now()
    if publishes:
        call.repository.publish(release)
    elif document.get("draft") is True and not release.draft:
        release.draft, release.published_at = True, None
    return json_answer(release_json(release))


@repository_route("DELETE", "/releases/{release_id:int}", PUSH)
def delete_release(call: Call) -> Answer:
    """Delete a release; its tag stays (cli/cli: pkg/cmd/release/delete/delete.go)."""
    release = asked_release(call)
    call.repository.releases.remove(release)
    for asset in release.assets:
        call.world.blobs.drop(asset.blob)
    return no_content()


def invalid_empty() -> Exception:
    """The answer for a repository without commits (jcabi/jcabi-github#479)."""
    entry = {"resource": "Release", "code": "custom", "message": "Repository is empty."}
    return error(422, "Validation Failed", errors=[entry])


def _check_tag(repository: Repository, tag: str, release: Release | None) -> None:
    if not tag or _BAD_TAG.search(tag):
        raise invalid("Release", "custom", "tag_name", "tag_name is not a valid tag")
    others = [one for one in repository.releases if one is not release and not one.draft]
    if any(one.tag_name == tag for one in others):
        raise invalid("Release", "already_exists", "tag_name")
    # The name stays used even after its repository was deleted: orgs/community#178351.
    if (repository.full_name.lower(), tag) in repository.world.burned_tags:
        message = "tag_name was used by an immutable release"
        raise invalid("Release", "custom", "tag_name", message)


def _check_texts(document: dict[str, Any]) -> None:
    if len(document.get("body") or "") > _MAX_BODY:
        message = f"body is too long (maximum is {_MAX_BODY} characters)"
        raise invalid("Release", "custom", "body", message)
    if document.get("make_latest", "true") not in {"true", "false", "legacy"}:
        raise invalid("Release", "invalid", "make_latest")


def _check_target(call: Call, target: str, tag: str) -> None:
    git = call.repository.git
    commit = git.resolve(f"refs/tags/{tag}") or git.resolve(target)
    if commit is None:
        raise invalid("Release", "invalid", "target_commitish")
    if may_change_workflows(call.token):
        return
    # A target that changes workflow files relative to the default branch is "not found" for
    # tokens that may not edit workflows (docs: rest/releases/releases, create a release).
    base = git.head(call.repository.default_branch)
    if _workflows(call.repository, commit) != _workflows(call.repository, base):
        if call.token is not None and call.token.kind == "installation":
            raise error(403, "Resource not accessible by integration")
        raise not_found()


def _workflows(repository: Repository, commit: str | None) -> str | None:
    found = repository.git.read_object(f"{commit}:.github/workflows")
    return found[0] if found else None


def _check_immutable_edit(release: Release, document: dict[str, Any]) -> None:
    # The docs on immutable releases: title and notes stay editable, tag and assets do not.
    if not release.immutable:
        return
    changed = {name for name, value in document.items() if getattr(release, name, None) != value}
    if changed - _EDITABLE_WHEN_IMMUTABLE:
        raise error(422, "Only release title and notes can be modified on an immutable release.")


def _set_texts(release: Release, document: dict[str, Any]) -> None:
    for name in ("name", "body", "prerelease", "make_latest"):
        if name in document:
            setattr(release, name, document[name])
