"""Release assets: listing, reading, uploading, renaming, deleting.

docs: rest/releases/assets
"""

from tests.emulator.access import PUSH, READ_CONTENTS
from tests.emulator.answers import (
    RefusalError,
    error,
    invalid,
    json_answer,
    no_content,
    not_found,
    paginate,
    upload_error,
    upload_invalid,
)
from tests.emulator.api import Call, repository_route
from tests.emulator.downloads import asset_answer, signed_url
from tests.emulator.faults import Starter502
from tests.emulator.names import stored_name
from tests.emulator.release import Asset, Release
from tests.emulator.release_shapes import asset as asset_document
from tests.emulator.releases import asked_release
from tests.emulator.wire import Answer

_BINARY = "application/octet-stream"


@repository_route("GET", "/releases/{release_id:int}/assets", READ_CONTENTS)
def list_assets(call: Call) -> Answer:
    """Page through a release's assets, 30 at a time unless told otherwise."""
    release = asked_release(call)
    chosen, headers = paginate(release.assets, call.query, call.url)
    return json_answer([asset_document(release, one) for one in chosen], headers=headers)


def asked_asset(call: Call) -> tuple[Release, Asset]:
    """The asset of the path.

    Raises:
        RefusalError: there is none, or it is a draft's that the caller may not see.
    """
    found = call.repository.find_asset(int(call.arguments["asset_id"]))
    if found is None or (found[0].draft and not call.may(PUSH)):
        raise not_found()
    return found


@repository_route("GET", "/releases/assets/{asset_id:int}", READ_CONTENTS)
def get_asset(call: Call) -> Answer:
    """The metadata, or with the right Accept a redirect to the bytes (or the bytes)."""
    release, asset = asked_asset(call)
    if not call.accepts(_BINARY):
        return json_answer(asset_document(release, asset))
    if asset.state != "uploaded":
        raise not_found()
    if not call.world.asset_redirects:
        return asset_answer(asset, {})
    if call.world.counts_downloads:
        asset.download_count += call.request.method == "GET"
    headers = {"Location": signed_url(call.world, asset), "Content-Type": "text/html"}
    return Answer(302, headers)


@repository_route("PATCH", "/releases/assets/{asset_id:int}", PUSH)
def update_asset(call: Call) -> Answer:
    """Change name or label."""
    release, asset = asked_asset(call)
    document = call.document()
    if release.immutable:
        raise error(422, "Cannot update assets of an immutable release.")
    name = stored_name(document.get("name") or asset.name)
    if name != asset.name and release.asset(name):
        raise invalid("ReleaseAsset", "already_exists", "name")
    asset.name = name
    asset.label = document.get("label", asset.label)
    asset.updated_at = call.world.clock.now()
    return json_answer(asset_document(release, asset))


@repository_route("DELETE", "/releases/assets/{asset_id:int}", PUSH)
def delete_asset(call: Call) -> Answer:
    """Delete one asset."""
    release, asset = asked_asset(call)
    if release.immutable:
        raise error(422, "Cannot delete assets from an immutable release.")
    release.remove_asset(asset)
    return no_content()


@repository_route(
    "POST", "/releases/{release_id:int}/assets", PUSH, origin="uploads", streamed=True
)
def upload_asset(call: Call) -> Answer:
    """Store the raw body as an asset; a broken upload leaves a `starter` that holds the name."""
    with call.world.lock:
        if refused := _refusal(call):
            raise refused
        release = asked_release(call)
        started = _started(call, release)
    if isinstance(call.fault, Starter502):
        call.stream.drain()
        raise upload_error(502, "Server Error")
    blob = call.world.blobs.keep(call.stream.chunks())
    with call.world.lock:
        if refused := _refusal(call, started):
            call.world.blobs.drop(blob)
            raise refused
        started.blob, started.digest = blob, f"sha256:{blob.sha256}"
        started.state, started.updated_at = "uploaded", call.world.clock.now()
        release.updated_at = started.updated_at
        return json_answer(asset_document(release, started), 201)


def _started(call: Call, release: Release) -> Asset:
    """Add the asset that holds the name while its bytes arrive; a broken upload leaves it behind.

    Interrupted uploads are listed as `starter`, without bytes or digest (docs:
    rest/releases/assets; msys2/msys2-autobuild). That uploads which go on look the same is assumed.
    """
    return release.add_asset(
        stored_name(call.query["name"]),
        state="starter",
        content_type=call.request.headers["content-type"],
        label=call.query.get("label", ""),
        uploader=call.token.user.login if call.token else None,
    )


def _refusal(call: Call, started: Asset | None = None) -> RefusalError | None:
    """Why an upload is refused: before its bytes are read, and once more when they are there."""
    for check in (_length_refusal, _name_refusal):
        if refused := check(call):
            return refused
    return _release_refusal(call, started)


def _length_refusal(call: Call) -> RefusalError | None:
    # svenstaro/upload-release-action#94, eine/tip#159, cli/cli#10182
    size = call.stream.length
    if size is None:
        return upload_error(400, "Bad Content-Length: ")
    if size == 0:
        return upload_invalid("custom", "size", "size must be greater than or equal to 1")
    if size > call.world.max_asset_size:
        message = f"size must be less than or equal to {call.world.max_asset_size}"
        return upload_invalid("custom", "size", message)
    if "content-type" not in call.request.headers:
        return upload_invalid("missing_field", "content_type")
    return None


def _name_refusal(call: Call) -> RefusalError | None:
    if not call.query.get("name"):
        return upload_invalid("missing_field", "name")
    return None


def _release_refusal(call: Call, started: Asset | None) -> RefusalError | None:
    release = call.repository.find_release(int(call.arguments["release_id"]))
    if release is None:
        return not_found()
    if release.immutable and not release.draft:
        # concourse/github-release-resource#151
        return upload_error(422, "Cannot upload assets to an immutable release.")
    if started is not None:
        # It may have been deleted meanwhile; what GitHub answers then is not known.
        return None if started in release.assets else not_found()
    if release.asset(stored_name(call.query["name"])):
        return upload_invalid("already_exists", "name")
    limit = call.world.max_assets
    if len(release.assets) >= limit:
        message = f"file_count limited to {limit} assets per release"
        return upload_invalid("custom", "file_count", message)
    return None
