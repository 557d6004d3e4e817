"""Releases and assets as GitHub's API writes them, rendered once per change."""

from typing import Any
from urllib.parse import quote

from tests.emulator.answers import dumps
from tests.emulator.clock import as_text
from tests.emulator.release import Asset, Release
from tests.emulator.shapes import node_id, simple_user


def asset(release: Release, one: Asset) -> dict[str, Any]:
    """Schema `release-asset`."""
    repository = release.repository
    world = repository.world
    tag, name = quote(release.url_tag, safe=""), quote(one.name, safe="@")
    download = f"{world.server_url}/{repository.full_name}/releases/download/{tag}/{name}"
    return {
        "url": f"{world.api_url}/repos/{repository.full_name}/releases/assets/{one.id}",
        "id": one.id,
        "node_id": node_id("ReleaseAsset", one.id),
        "name": one.name,
        "label": one.label,
        "uploader": simple_user(world, one.uploader),
        "content_type": one.content_type,
        "state": one.state,
        "size": one.size,
        "digest": one.digest,
        "download_count": one.download_count,
        "created_at": as_text(one.created_at),
        "updated_at": as_text(one.updated_at),
        "browser_download_url": download,
    }


def release_json(one: Release) -> bytes:
    """Schema `release`, as JSON; all assets are embedded."""
    repository = one.repository
    world = repository.world
    state = (
        one.version,
        tuple(asset.version for asset in one.assets),
        repository.full_name,
        world.api_url,
    )
    if one.rendered is None or one.rendered[0] != state:
        # Past the counting of changes: this is none.
        object.__setattr__(one, "rendered", (state, dumps(_release(one))))
    assert one.rendered is not None
    return one.rendered[1]


def _release(one: Release) -> dict[str, Any]:
    repository = one.repository
    world = repository.world
    path = f"/repos/{repository.full_name}/releases/{one.id}"
    url = world.api_url + path
    uploads = world.uploads_url + path
    tag = quote(one.tag_name, safe="")
    archive = f"{world.api_url}/repos/{repository.full_name}"
    web = f"{world.server_url}/{repository.full_name}/releases/tag"
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{uploads}/assets{{?name,label}}",
        "html_url": f"{web}/{quote(one.url_tag, safe='')}",
        "id": one.id,
        "author": simple_user(world, one.author),
        "node_id": node_id("Release", one.id),
        "tag_name": one.tag_name,
        "target_commitish": one.target_commitish,
        "name": one.name,
        "draft": one.draft,
        "immutable": one.immutable,
        "prerelease": one.prerelease,
        "created_at": as_text(one.created_at),
        "updated_at": as_text(one.updated_at),
        "published_at": as_text(one.published_at),
        "assets": [asset(one, each) for each in one.assets],
        "tarball_url": None if one.draft else f"{archive}/tarball/{tag}",
        "zipball_url": None if one.draft else f"{archive}/zipball/{tag}",
        "body": one.body,
    }
