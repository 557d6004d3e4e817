"""The bytes of assets: browser URLs and the signed URLs they redirect to.

docs: rest/releases/assets#get-a-release-asset. Private files are not available
at the browser URL with any token: sigmavirus24/github3.py#1022, afragen/git-updater#475.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote, urlencode

from tests.emulator.attestations import FOLDER, bundle_answer
from tests.emulator.log import Request
from tests.emulator.release import Asset, Release
from tests.emulator.repository import Repository
from tests.emulator.state import World
from tests.emulator.wire import Answer, FilePart

_KEY = b"opens nothing"
_BROWSER = re.compile(r"/([^/]+)/([^/]+)/releases/download/(.+)/([^/]+)")
_LATEST = re.compile(r"/([^/]+)/([^/]+)/releases/latest/download/([^/]+)")
_PAGE = re.compile(r"/([^/]+)/([^/]+)(/.*)?")
_SIGNED = re.compile(r"/github-production-release-asset/(\d+)/(\d+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def signed_url(world: World, asset: Asset) -> str:
    """A URL on the other origin that is good for a while, without any credentials."""
    expires = int(world.clock.time() + world.cdn_lifetime)
    path = f"/github-production-release-asset/1/{asset.id}"
    query = {
        "sp": "r",
        "sv": "2018-11-09",
        "sr": "b",
        "se": str(expires),
        "rscd": f"attachment; filename={asset.name}",
        "rsct": "application/octet-stream",
        "sig": _signature(asset.id, str(expires)),
    }
    return f"{world.cdn_url}{path}?{urlencode(query)}"


def _signature(asset_id: int, expires: str) -> str:
    return hmac.new(_KEY, f"{asset_id} {expires}".encode(), hashlib.sha256).hexdigest()


# The web origin


def web_answer(world: World, request: Request) -> Answer:
    """Answer a request to the web host: downloads, and a page for what may be seen."""
    with world.lock:
        if match := _LATEST.fullmatch(request.path):
            return _latest(world, *map(unquote, match.groups()))
        if match := _BROWSER.fullmatch(request.path):
            owner, name, tag, file = map(unquote, match.groups())
            return _download(world, request, f"{owner}/{name}", tag, file)
        match = _PAGE.fullmatch(request.path)
        found = match and world.find_repository(f"{unquote(match[1])}/{unquote(match[2])}")
        if not found or found.private:
            return Answer(404, dict(_PLAIN), b"Not Found")
        return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, b"<!doctype html>")


def _public(world: World, full_name: str) -> Repository | None:
    found = world.find_repository(full_name)
    return None if found is None or found.private else found


def _download(world: World, request: Request, full_name: str, tag: str, file: str) -> Answer:
    repository = _public(world, full_name)
    if repository is not None and repository.full_name.lower() != full_name.lower():
        moved = request.target.replace(full_name, repository.full_name, 1)
        return Answer(301, {"Location": world.server_url + moved})
    release = repository.release(tag) if repository else None
    asset = release.asset(file) if release and not release.draft else None
    if asset is None or asset.state != "uploaded":
        return Answer(404, dict(_PLAIN), b"Not Found")
    if world.counts_downloads:
        asset.download_count += request.method == "GET"
    headers = {
        "Location": signed_url(world, asset),
        "Cache-Control": "no-cache",
        "Content-Type": "text/html; charset=utf-8",
    }
    return Answer(302, headers)


def _latest(world: World, owner: str, name: str, file: str) -> Answer:
    repository = _public(world, f"{owner}/{name}")
    release = _newest(repository) if repository else None
    if repository is None or release is None:
        return Answer(404, dict(_PLAIN), b"Not Found")
    tag, name = quote(release.tag_name, safe=""), quote(file, safe="@")
    url = f"{world.server_url}/{repository.full_name}/releases/download/{tag}/{name}"
    return Answer(302, {"Location": url})


def _newest(repository: Repository) -> Release | None:
    stable = [one for one in repository.releases if not one.draft and not one.prerelease]
    return max(stable, key=lambda one: (one.created_at, one.id), default=None)


# The origin of signed URLs


def cdn_answer(world: World, request: Request) -> Answer:
    """Answer a request for a signed URL."""
    if request.path.startswith(FOLDER):
        return bundle_answer(world, request)
    match = _SIGNED.fullmatch(request.path)
    asset_id = int(match[2]) if match else 0
    if refused := _cdn_refusal(world, request, asset_id):
        return refused
    with world.lock:
        asset = world.assets.get(asset_id)
        if asset is None or asset not in asset.release.assets:
            return _blob_error(404, "BlobNotFound", "The specified blob does not exist.")
    return asset_answer(asset, request.headers if world.cdn_ranges else {})


def _cdn_refusal(world: World, request: Request, asset_id: int) -> Answer | None:
    if "authorization" in request.headers:
        # octokit/core.js#415, bazelbuild/bazel#9327
        message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
        message += (
            "Signature query string parameter or the Authorization header should be specified"
        )
        return _blob_error(400, "InvalidArgument", message)
    expires = request.query.get("se", "")
    if not hmac.compare_digest(request.query.get("sig", ""), _signature(asset_id, expires)):
        return _blob_error(403, "AuthenticationFailed", "Signature did not match.")
    if int(expires) < world.clock.time():
        return _blob_error(403, "AuthenticationFailed", "Signature not valid in the given time.")
    if request.method == "HEAD" and not world.cdn_head:
        return _blob_error(403, "SignatureDoesNotMatch", "The URL is signed for GET.")
    return None


def _blob_error(status: int, code: str, message: str) -> Answer:
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, {"Content-Type": "application/xml"}, text.encode())


def asset_answer(asset: Asset, headers: dict[str, str]) -> Answer:
    """The bytes of an asset, or the range asked for."""
    about = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename={asset.name}",
        "ETag": f'"0x{asset.blob.sha256[:15].upper()}"',
        "Last-Modified": http_date(asset.updated_at),
        "Accept-Ranges": "bytes",
    }
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or not (match[1] or match[2]):
        return Answer(200, about, _part(asset, 0, asset.size))
    return _ranged(asset, about, match[1], match[2])


def _ranged(asset: Asset, about: dict[str, str], first: str, last: str) -> Answer:
    # RFC 9110, 14.1.2: `-N` is the last N bytes.
    start = int(first) if first else max(0, asset.size - int(last))
    end = min(int(last), asset.size - 1) if first and last else asset.size - 1
    if start > end:
        return Answer(416, {**about, "Content-Range": f"bytes */{asset.size}"})
    about["Content-Range"] = f"bytes {start}-{end}/{asset.size}"
    return Answer(206, about, _part(asset, start, end - start + 1))


def _part(asset: Asset, start: int, length: int) -> bytes | FilePart:
    return asset.blob.part(start, length)


def http_date(moment: datetime) -> str:
    """A date as HTTP writes it."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
