"""GitHub as a server asks it: each time with the token of whoever stands before the server.

A token goes to the API's host and to no other. What the API sends on to is a signed address that
opens a file to anybody for minutes, and refuses requests that carry a token.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast
from urllib.parse import quote

import requests

from ghpypi.core.catalog import CATALOG_PATH
from ghpypi.core.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.model import File
from ghpypi.core.names import quote_path
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal, Rights, Snapshot
from ghpypi.errors import NotFoundError, TryLaterError
from ghpypi.stores.github.visits import Visits, message_of, shown

CONFIG_FILE = "ghpypi.toml"
RELEASES = 2000
"""Of so many releases it is remembered what their assets are."""

RAW = "application/vnd.github.raw+json"
JSON = "application/vnd.github+json"
BYTES = "application/octet-stream"

_NOT_MODIFIED, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _ERROR = 304, 401, 403, 404, 500


class GitHubHub:
    """One GitHub, asked by many.

    Args:
        hosts: Which GitHub.
        repository: The store, `OWNER/REPO`.
    """

    def __init__(self, hosts: Hosts, repository: str) -> None:
        self._visits = Visits(hosts.api)
        self._repository = repository
        self._releases: OrderedDict[tuple[str, str], dict[str, str]] = OrderedDict()

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Look what is published; what did not change costs nothing of the token's limit."""
        before: dict[str, str] = json.loads(known.mark) if known else {}
        config, config_tag = self._config(token, before.get("config", ""), known)
        branch = quote(config.index.branch, safe="/")
        path = f"repos/{self._repository}/git/ref/heads/{branch}"
        head, head_tag = self._head(path, token, before)
        mark = json.dumps({"config": config_tag, "etag": head_tag, "head": head})
        if known and head == before.get("head") and config is known.config:
            return None
        catalog = None
        if head:
            place = quote_path(config.site.folder + CATALOG_PATH)
            path = f"repos/{self._repository}/contents/{place}?ref={head}"
            with self._visits.get(path, token, {"Accept": RAW}, expect={_NOT_FOUND}) as response:
                # `response.content` would hold it twice for a moment, and it may be large.
                catalog = response.raw.read(decode_content=True) if response.ok else None
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Say what a token may do with a repository: what GitHub says it may."""
        path = f"repos/{repository}"
        known = {_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND}
        with self._visits.get(path, token, {"Accept": JSON}, expect=known) as response:
            if not response.ok:
                return _refused(response, repository)
            data = response.json()
            classic = "x-oauth-scopes" in response.headers
        public = data.get("visibility", "private" if data["private"] else "public") == "public"
        if token is None:
            return Rights(read=public, write=False, public=public)
        if not public and not classic and (lacking := self._contents(repository, token)):
            return lacking
        told = data.get("permissions") or {}
        # The token of a workflow has no owner, whose rights could be told: only trying tells.
        write = bool(told.get("push")) if told.get("pull") else None
        return Rights(read=True, write=write, public=public)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people, of the state that is known."""
        head = json.loads(known.mark)["head"] if known else ""
        if not known or not head:
            return None
        place = quote_path(known.config.site.folder + path)
        where = f"repos/{self._repository}/contents/{place}?ref={head}"
        with self._visits.get(where, token, {"Accept": RAW}, expect={_NOT_FOUND}) as response:
            return response.content if response.ok else None

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Ask for the signed address of an asset; empty where GitHub sends the bytes itself."""
        with self._asset(file, suffix, token, {}) as response:
            return response.headers["Location"] if response.is_redirect else ""

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        """Open an asset, or a part of it."""
        more = {"Range": f"bytes={part.first}-{part.last}"} if part else {}
        with self._asset(file, suffix, token, more) as first:
            if not first.is_redirect:
                yield _whole(first, part)
                return
            location = first.headers["Location"]
        with self._visits.send(location, None, more) as response:
            if response.status_code >= _ERROR or not response.ok:
                raise TryLaterError(f"{shown(location)}: HTTP {response.status_code}")
            yield _whole(response, part)

    @contextmanager
    def _asset(
        self, file: File, suffix: str, token: Secret | None, more: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        key = self._key(file, suffix, token)
        with self._visits.get(key, token, {"Accept": BYTES, **more}) as response:
            yield response

    def _key(self, file: File, suffix: str, token: Secret | None) -> str:
        """Find what the API calls an asset; what lies beside a file is in its release."""
        if not suffix and _is_asset_of(file.origin, file.key):
            return file.key
        place, name = (file.origin, file.tag), file.filename + suffix
        if name not in self._releases.get(place, {}):
            tag = quote(file.tag, safe="")
            path = f"repos/{file.origin}/releases/tags/{tag}"
            with self._visits.get(path, token, {"Accept": JSON}) as response:
                found = {x["name"]: str(x["id"]) for x in response.json()["assets"]}
            self._releases[place] = found
            while len(self._releases) > RELEASES:
                self._releases.popitem(last=False)
        number = self._releases[place].get(name)
        if number is None:
            raise NotFoundError(f"release {file.tag} of {file.origin} has no {name}")
        return f"repos/{file.origin}/releases/assets/{number}"

    def _config(self, token: Secret | None, tag: str, known: Snapshot | None) -> tuple[Config, str]:
        path = f"repos/{self._repository}/contents/{CONFIG_FILE}"
        headers = {"Accept": RAW, **({"If-None-Match": tag} if tag else {})}
        with self._visits.get(path, token, headers, expect={_NOT_FOUND}) as response:
            if response.status_code == _NOT_MODIFIED and known:
                return known.config, tag
            found = response.headers.get("ETag", "")
            text = response.content if response.ok else b""
        config = Config.parse(
            text.decode(errors="replace"), source=f"{CONFIG_FILE} of {self._repository}"
        )
        return (known.config if known and known.config == config else config), found

    def _head(self, path: str, token: Secret | None, before: Mapping[str, str]) -> tuple[str, str]:
        tag = before.get("etag", "")
        headers = {"Accept": JSON, **({"If-None-Match": tag} if tag else {})}
        with self._visits.get(path, token, headers, expect={_NOT_FOUND}) as response:
            if response.status_code == _NOT_MODIFIED:
                return before["head"], tag
            if response.ok:
                return response.json()["object"]["sha"], response.headers.get("ETag", "")
        # No such branch, or no such repository? The second is an error.
        with self._visits.get(f"repos/{self._repository}", token, {"Accept": JSON}):
            return "", ""

    def _contents(self, repository: str, token: Secret) -> Rights | None:
        """Tell why a token that sees a private repository may not read what is in it."""
        path = f"repos/{repository}/releases?per_page=1"
        known = {_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND}
        with self._visits.get(path, token, {"Accept": JSON}, expect=known) as response:
            return None if response.ok else _refused(response, repository)


def _is_asset_of(repository: str, key: str) -> bool:
    """Tell whether the key of a file in a catalog is an asset of the repository that it names.

    The permission to read that repository is what was checked, and the catalog may be wrong.
    """
    own = rf"repos/{re.escape(repository)}/releases/assets/[0-9]+"
    return re.fullmatch(own, key, re.IGNORECASE) is not None


def _refused(response: requests.Response, repository: str) -> Rights:
    """Say what a refusal means for who asks."""
    match response.status_code:
        case 401:
            return Rights(refusal=Refusal.BAD_TOKEN, message="GitHub does not know this token")
        case 403:
            sso = response.headers.get("X-GitHub-SSO", "").partition("url=")[2].split(";")[0]
            message = f"this token may not read {repository}: {message_of(response)}"
            if sso:
                message = (
                    f"the organisation of {repository} wants this token authorised for single "
                    f"sign-on: {sso}"
                )
            return Rights(refusal=Refusal.FORBIDDEN, message=message)
        case _:
            message = f"this token may not read {repository}"
            return Rights(refusal=Refusal.HIDDEN, message=message)


def _whole(response: requests.Response, part: Range | None) -> BinaryIO:
    """Give the bytes as they come; a server that knows no ranges sends more than was asked for."""
    raw = cast("BinaryIO", response.raw)
    if part and response.status_code != 206:  # noqa: PLR2004 - Partial Content
        left = part.first
        while left and (piece := raw.read(min(left, 1 << 20))):
            left -= len(piece)
    return raw
