"""What a server reads of a repository on GitHub, each time with the token of the caller.

Documents come through the API client, files through `transfer`. Neither waits or retries: the
caller waits for the response of the server.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import requests
from cachetools import LRUCache

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.config.trust import RepositoryIds
from ghpypi.core.locator import Hosts
from ghpypi.core.model import File
from ghpypi.core.names import quote_path
from ghpypi.core.parsing import parse_json, parse_number
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Refusal, Rights, Snapshot
from ghpypi.errors import BadTokenError, ConfigError, GhpypiError, NotAllowedError, NotFoundError
from ghpypi.stores.github.api_messages import (
    NOT_FOUND,
    NOT_MODIFIED,
    ApiRequest,
    ApiResponse,
    redact_url,
)
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.download import ResponseBody, check_length, read_whole
from ghpypi.stores.github.file_responses import OCTETS, RAW
from ghpypi.stores.github.repositories import Repository
from ghpypi.stores.github.retry import FailFast
from ghpypi.stores.github.transfer import Transfer

CACHED_RELEASES = 2000
"""Maximum number of releases whose assets are cached; the least recently used are evicted."""

TIMEOUT = (5.0, 20.0)
"""Time to connect and time between two pieces of a response, in seconds."""

_PARTIAL = 206
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class GitHubReader:
    """Read access to one repository for any number of callers.

    Args:
        hosts: Which GitHub.
        repository: The store, `OWNER/REPO`.
        cached_releases: Maximum number of releases whose assets are cached.
    """

    def __init__(
        self, hosts: Hosts, repository: str, *, cached_releases: int = CACHED_RELEASES
    ) -> None:
        policy = FailFast()
        self._client = Client(hosts, None, policy, timeout=TIMEOUT)
        self._transfer = Transfer(None, policy, timeout=TIMEOUT)
        self._repository = repository
        self._releases: LRUCache[tuple[str, str], dict[str, str]] = LRUCache(cached_releases)
        self._lock = Lock()  # the server reads in many threads, and cachetools locks nothing

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Read what is published, unless it is the known state.

        The requests are conditional: an unchanged state costs nothing of the token's rate limit.

        Args:
            token: Of the caller.
            known: The state that was read last.

        Returns:
            The new state; `None` if there is no newer one.
        """
        before: dict[str, str] = parse_json(known.mark) if known else {}
        config, config_tag = self._config(token, before.get("config", ""), known)
        if config.site.store:
            # Who may write the configuration must not choose what the server reads for others.
            raise ConfigError(
                f"the pages of {self._repository} are in {config.site.store}, and servers read "
                "those on its branch only",
                hint="install from the address of the pages, or remove 'store' from [site]",
            )
        head, head_tag = self._head(config.index.branch, token, before)
        mark = json.dumps({"config": config_tag, "etag": head_tag, "head": head})
        if known and head == before.get("head") and config is known.config:
            return None
        catalog = self._published(config, CATALOG_PATH, head, token) if head else None
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Find out what a token may do with a repository, as GitHub decides it.

        Args:
            repository: `OWNER/REPO`.
            token: Of the caller.
        """
        client = self._client.with_token(token)
        try:
            with client.objects(per_page=1) as github:
                of_github = github.repository(repository).complete()
                found = Repository.parse(of_github.raw_data)
                fine_grained = github.last is not None and github.last.scopes is None
                # Such a token with Metadata alone sees the repository, but not its contents.
                if token and not found.public and fine_grained:
                    of_github.get_releases().get_page(0)
        except (NotAllowedError, NotFoundError) as error:
            return _refused(error, repository)
        write = found.writable if token else False
        return Rights(read=True, write=write, public=bool(found.public))

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people, at the commit of the known state."""
        head = parse_json(known.mark)["head"] if known else ""
        if not known or not head:
            return None
        return self._published(known.config, path, head, token)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return the signed address of an asset; empty where GitHub sends the bytes itself."""
        return self._transfer.with_token(token).signed_url(self._asset_url(file, suffix, token))

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        """Open an asset, or a part of it.

        Args:
            file: The file of the catalog.
            suffix: The suffix of a sibling, such as `.metadata`.
            token: Of the caller.
            part: The part; `None` for all of it.
        """
        headers = {"Accept": OCTETS}
        if part:
            headers["Range"] = f"bytes={part.first}-{part.last}"
        url = self._asset_url(file, suffix, token)
        transfer = self._transfer.with_token(token)
        with transfer.requests.get(url, headers, authenticated=True) as response:
            yield _body(response, part, None if suffix else file.size)

    def _published(
        self, config: Config, path: str, head: str, token: Secret | None
    ) -> bytes | None:
        """Read a file of the site at a commit; `None` if there is none."""
        place = quote_path(config.site.folder + path)
        url = f"{self._client.url}/repos/{self._repository}/contents/{place}?ref={head}"
        transfer = self._transfer.with_token(token)
        try:
            with transfer.requests.get(url, {"Accept": RAW}, authenticated=True) as response:
                return read_whole(response)
        except NotFoundError:
            return None

    def _asset_url(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return the API URL of an asset; siblings of a file are in the same release."""
        if not suffix and _is_asset_of(file.origin, file.key):
            return f"{self._client.url}/{file.key}"
        name = file.filename + suffix
        number = self._asset_ids(file, name, token).get(name)
        if number is None:
            raise NotFoundError(f"release {file.tag} of {file.origin} has no {name}")
        return f"{self._client.url}/repos/{file.origin}/releases/assets/{number}"

    def _asset_ids(self, file: File, name: str, token: Secret | None) -> dict[str, str]:
        """Return the IDs of the assets of a release; read again if the cache lacks the name."""
        release = file.origin, file.tag
        with self._lock:
            known = self._releases.get(release, {})
        if name in known:
            return known
        with self._client.with_token(token).objects() as github:
            found = _assets(github.repository(file.origin).get_release(file.tag).raw_data)
        with self._lock:
            self._releases[release] = found
        return found

    def _config(self, token: Secret | None, tag: str, known: Snapshot | None) -> tuple[Config, str]:
        """Read the configuration; return it with its entity tag."""
        path = f"/repos/{self._repository}/contents/{CONFIG_FILE}"
        response = self._get_if_changed(path, token, tag)
        if response.status == NOT_MODIFIED and known:
            return known.config, tag
        # The document distinguishes an empty file from an empty response.
        text = response.parsed(_text) if response.ok else ""
        config = Config.parse(text, source=f"{CONFIG_FILE} of {self._repository}")
        unchanged = known and known.config == config
        return (known.config if known and unchanged else config), response.headers.get("etag", "")

    def _head(
        self, branch: str, token: Secret | None, before: Mapping[str, str]
    ) -> tuple[str, str]:
        """Find the head of a branch, empty if there is none; return it with its entity tag."""
        tag = before.get("etag", "")
        path = f"/repos/{self._repository}/git/ref/heads/{quote(branch, safe='/')}"
        response = self._get_if_changed(path, token, tag)
        if response.status == NOT_MODIFIED:
            return before["head"], tag
        if response.ok:
            return response.parsed(_commit), response.headers.get("etag", "")
        # No such branch, or no such repository? The second is an error.
        with self._client.with_token(token).objects() as github:
            github.repository(self._repository).complete()
        return "", ""

    def _get_if_changed(self, path: str, token: Secret | None, tag: str) -> ApiResponse:
        """Read a document that may be missing, or be the one with the entity tag.

        PyGithub's objects send an entity tag only to update themselves, and it is remembered here
        without the object.
        """
        request = ApiRequest(
            verb="GET",
            path=path,
            headers={"If-None-Match": tag} if tag else {},
            expect=(NOT_MODIFIED, NOT_FOUND) if tag else (NOT_FOUND,),
        )
        return self._client.with_token(token).call(request)


def repository_ids(hosts: Hosts, repository: str, token: Secret | None) -> RepositoryIds:
    """Read the IDs of a repository and of its owner.

    Raises:
        GhpypiError: GitHub does not respond, or this token may not see the repository.
    """
    client = Client(hosts, token, FailFast(), timeout=TIMEOUT)
    with client.objects() as github:
        found = github.repository(repository).complete()
        return RepositoryIds(owner=str(found.owner.id), repository=str(found.id))


def _is_asset_of(repository: str, key: str) -> bool:
    """Return whether the key of a file in a catalog is an asset of the repository that it names.

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
    """Translate an error into the reason why a caller may not read."""
    if isinstance(error, BadTokenError):
        return Rights(refusal=Refusal.BAD_TOKEN, message="GitHub does not accept this token")
    if isinstance(error, NotFoundError):
        message = f"this token may not read {repository}"
        return Rights(refusal=Refusal.HIDDEN, message=message)
    hint = f"; {error.hint}" if error.hint else ""
    message = f"this token may not read {repository}: {error.message}{hint}"
    return Rights(refusal=Refusal.FORBIDDEN, message=message)


def _body(response: requests.Response, part: Range | None, size: int | None) -> BinaryIO:
    """Return the requested bytes, also from a server without support for ranges.

    Raises:
        DamagedError: The response is of a file of another size.
    """
    check_length(redact_url(response.url), response, size)
    skip = part.first if part and response.status_code != _PARTIAL else 0
    return cast("BinaryIO", ResponseBody(response, skip=skip))
