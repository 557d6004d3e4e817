"""GitHub as a server asks it: each time with the token of whoever stands before the server.

A token goes to the API's host and to no other. What the API sends on to is a signed address that
opens a file to anybody for minutes, and refuses requests that carry a token.
"""

import json
import re
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import requests

from ghpypi.core.catalog import CATALOG_PATH
from ghpypi.core.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.model import File
from ghpypi.core.names import quote_path
from ghpypi.core.parsing import parse_json, parse_number
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal, Rights, Snapshot
from ghpypi.core.trust import RepositoryIds
from ghpypi.errors import BadTokenError, GhpypiError, NotAllowedError, NotFoundError
from ghpypi.stores.github.api_messages import as_list, quote_segment, redact_url
from ghpypi.stores.github.download import check_length
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.transfer import OCTETS, RAW
from ghpypi.stores.github.visits import Body, Visits, answer_of, content

CONFIG_FILE = "ghpypi.toml"
RELEASES = 2000
"""Of so many releases it is remembered what their assets are."""

JSON = "application/vnd.github+json"

_OK, _PARTIAL, _FOUND, _NOT_MODIFIED, _NOT_FOUND = 200, 206, 302, 304, 404
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class GitHubReader:
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
        before: dict[str, str] = parse_json(known.mark) if known else {}
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
                catalog = content(response) if response.ok else None
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Say what a token may do with a repository: what GitHub says it may."""
        try:
            with self._visits.get(f"repos/{repository}", token, {"Accept": JSON}) as response:
                found = answer_of(response).parsed(Repository.parse)
                classic = "x-oauth-scopes" in response.headers
            if token and not found.public and not classic:
                self._check_contents(repository, token)
        except (NotAllowedError, NotFoundError) as error:
            return _refused(error, repository)
        if token is None:
            return Rights(read=True, write=False, public=bool(found.public))
        return Rights(read=True, write=found.writable, public=bool(found.public))

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people, of the state that is known."""
        head = parse_json(known.mark)["head"] if known else ""
        if not known or not head:
            return None
        place = quote_path(known.config.site.folder + path)
        where = f"repos/{self._repository}/contents/{place}?ref={head}"
        with self._visits.get(where, token, {"Accept": RAW}, expect={_NOT_FOUND}) as response:
            return content(response) if response.ok else None

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
        size = None if suffix else file.size
        with self._asset(file, suffix, token, more) as first:
            if not first.is_redirect:
                yield _whole(first, part, size)
                return
            location = first.headers["Location"]
        with self._visits.bytes(location, more) as response:
            yield _whole(response, part, size)

    @contextmanager
    def _asset(
        self, file: File, suffix: str, token: Secret | None, more: Mapping[str, str]
    ) -> Iterator[requests.Response]:
        key = self._key(file, suffix, token)
        headers = {"Accept": OCTETS, **more}
        with self._visits.get(key, token, headers, expect={_FOUND}) as response:
            yield response

    def _key(self, file: File, suffix: str, token: Secret | None) -> str:
        """Find what the API calls an asset; what lies beside a file is in its release."""
        if not suffix and _is_asset_of(file.origin, file.key):
            return file.key
        place, name = (file.origin, file.tag), file.filename + suffix
        if name not in self._releases.get(place, {}):
            path = f"repos/{file.origin}/releases/tags/{quote_segment(file.tag)}"
            with self._visits.get(path, token, {"Accept": JSON}) as response:
                self._releases[place] = answer_of(response).parsed(_assets)
            while len(self._releases) > RELEASES:
                self._releases.popitem(last=False)
        number = self._releases[place].get(name)
        if number is None:
            raise NotFoundError(f"release {file.tag} of {file.origin} has no {name}")
        return f"repos/{file.origin}/releases/assets/{number}"

    def _config(self, token: Secret | None, tag: str, known: Snapshot | None) -> tuple[Config, str]:
        path = f"repos/{self._repository}/contents/{CONFIG_FILE}"
        with self._conditional(path, token, tag) as response:
            if response.status_code == _NOT_MODIFIED and known:
                return known.config, tag
            found = response.headers.get("ETag", "")
            # The document tells a file that is empty from an answer that is.
            text = answer_of(response).parsed(_text) if response.status_code == _OK else ""
        config = Config.parse(text, source=f"{CONFIG_FILE} of {self._repository}")
        return (known.config if known and known.config == config else config), found

    def _head(self, path: str, token: Secret | None, before: Mapping[str, str]) -> tuple[str, str]:
        tag = before.get("etag", "")
        with self._conditional(path, token, tag) as response:
            if response.status_code == _NOT_MODIFIED:
                return before["head"], tag
            if response.status_code == _OK:
                head = answer_of(response).parsed(_commit)
                return head, response.headers.get("ETag", "")
        # No such branch, or no such repository? The second is an error.
        with self._visits.get(f"repos/{self._repository}", token, {"Accept": JSON}):
            return "", ""

    def _conditional(
        self, path: str, token: Secret | None, tag: str
    ) -> AbstractContextManager[requests.Response]:
        """Ask for what need not be there, unless it is what it was."""
        if not tag:
            return self._visits.get(path, token, {"Accept": JSON}, expect={_NOT_FOUND})
        headers = {"Accept": JSON, "If-None-Match": tag}
        return self._visits.get(path, token, headers, expect={_NOT_MODIFIED, _NOT_FOUND})

    def _check_contents(self, repository: str, token: Secret) -> None:
        """Try whether a token that sees a private repository may also read what is in it."""
        path = f"repos/{repository}/releases?per_page=1"
        with self._visits.get(path, token, {"Accept": JSON}) as response:
            answer_of(response).parsed(as_list)


def repository_ids(hosts: Hosts, repository: str, token: Secret | None) -> RepositoryIds:
    """Ask GitHub for the IDs of a repository and of its owner.

    Raises:
        GhpypiError: GitHub does not tell, or not this token.
    """
    visits = Visits(hosts.api)
    with visits.get(f"repos/{repository}", token, {"Accept": JSON}) as response:
        return answer_of(response).parsed(_repository_ids)


def _repository_ids(data: Any) -> RepositoryIds:
    return RepositoryIds(owner=str(int(data["owner"]["id"])), repository=str(int(data["id"])))


def _is_asset_of(repository: str, key: str) -> bool:
    """Tell whether the key of a file in a catalog is an asset of the repository that it names.

    The permission to read that repository is what was checked, and the catalog may be wrong.
    """
    folder, _, number = key.rpartition("/")
    own = f"repos/{repository}/releases/assets"
    return folder.lower() == own.lower() and parse_number(number) is not None


def _text(file: Any) -> str:
    return b64decode(file["content"]).decode(errors="replace")


def _assets(release: Any) -> dict[str, str]:
    return {str(each["name"]): str(each["id"]) for each in release["assets"]}


def _commit(ref: Any) -> str:
    commit = str(ref["object"]["sha"])
    if not _COMMIT.fullmatch(commit):
        raise ValueError(commit)
    return commit


def _refused(error: GhpypiError, repository: str) -> Rights:
    """Say what a refusal means for the caller."""
    if isinstance(error, BadTokenError):
        return Rights(refusal=Refusal.BAD_TOKEN, message="GitHub does not accept this token")
    if isinstance(error, NotFoundError):
        message = f"this token may not read {repository}"
        return Rights(refusal=Refusal.HIDDEN, message=message)
    hint = f"; {error.hint}" if error.hint else ""
    message = f"this token may not read {repository}: {error.message}{hint}"
    return Rights(refusal=Refusal.FORBIDDEN, message=message)


def _whole(response: requests.Response, part: Range | None, size: int | None) -> BinaryIO:
    """Read the bytes that were asked for, also of a server that knows no ranges.

    Raises:
        DamagedError: The answer is of a file of another size.
    """
    check_length(redact_url(response.url), response, size)
    skip = part.first if part and response.status_code != _PARTIAL else 0
    return cast("BinaryIO", Body(response, skip=skip))
