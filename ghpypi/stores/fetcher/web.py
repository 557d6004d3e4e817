"""Reading pages and files over HTTP, as installers do, with a record of redirects.

Redirects are followed here and not by requests, because they are judged, and because credentials
may be sent to the host of the index only.
"""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.util.retry import Retry

from ghpypi import USER_AGENT
from ghpypi.block_reader import BLOCK, BlockReader
from ghpypi.connection_errors import SEND_ERRORS, describe_failure
from ghpypi.core.addresses import is_on_server
from ghpypi.core.digest import CHUNK
from ghpypi.core.parsing import join_url, split_url
from ghpypi.core.quantities import mebibytes
from ghpypi.core.secret import Secret
from ghpypi.core.verify.fetched import PARTIAL, Fetched
from ghpypi.ports import FileHash, RemoteFile
from ghpypi.ports.verify import PAGE_LIMIT

TIMEOUT = (10, 60)
"""Seconds for a connection, and for each part of a response."""

MOST_REDIRECTS = 10
WHOLE_LIMIT = 64 << 20
"""Maximum size of a file that is downloaded to read its metadata, in bytes."""

_NO_RANGE = 416
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

MAX_WAIT = 90.0
"""Maximum time to wait for a host that limits requests, in seconds."""

_ATTEMPTS = 3


def retry(max_wait: float) -> Retry:
    """Return how often failed requests are sent again.

    Args:
        max_wait: The maximum time that `Retry-After` headers can cost, in seconds.
    """
    return Retry(
        total=_ATTEMPTS, connect=1, other=0, backoff_factor=0.5, raise_on_status=False,
        status_forcelist=(429, 500, 502, 503, 504), redirect=False,
        retry_after_max=int(max_wait / _ATTEMPTS),
    )  # fmt: skip


class WebFetcher:
    """Reads URLs over HTTP; thread-safe. See `ports.IndexFetcher`.

    Args:
        server: The address of the index, whose origin receives the credentials; empty for none.
        credentials: User name and password.
        max_wait: Maximum time to wait for a host that limits requests, in seconds.
        adapter: Makes the transport of a session; by default, of HTTP.
    """

    def __init__(
        self,
        server: str = "",
        credentials: tuple[str, Secret] | None = None,
        *,
        max_wait: float = MAX_WAIT,
        adapter: Callable[[], BaseAdapter] | None = None,
    ) -> None:
        self._server = server
        self._credentials = credentials
        self._adapter = adapter or (lambda: HTTPAdapter(max_retries=retry(max_wait)))
        self._local = threading.local()

    def get(self, url: str, *, accept: str = "*/*", limit: int = PAGE_LIMIT) -> Fetched:
        """Read a page or a small file."""
        with self._request(url, {"Accept": accept}) as (fetched, response):
            return fetched if response is None else _with_body(fetched, response, limit)

    @contextmanager
    def open(self, url: str) -> Iterator[RemoteFile]:
        """Open a file; the first request is for its end, where a wheel has its metadata."""
        headers = {"Range": f"bytes=-{BLOCK}", "Accept-Encoding": "identity"}
        with self._request(url, headers) as (fetched, response):
            if fetched.status == _NO_RANGE:  # of an empty file
                remote = RemoteFile(fetched=self.get(url, limit=BLOCK))
            elif response is None or not fetched.found:
                remote = RemoteFile(fetched=fetched)
            elif fetched.status == PARTIAL and (size := fetched.length):
                remote = RemoteFile(fetched=_with_body(fetched, response, BLOCK))
                remote.file = cast("BinaryIO", _WebFile(self, url, remote, size))
            else:
                remote = _received(fetched, response)
        try:
            yield remote
        finally:
            if remote.file is not None:
                remote.file.close()

    def hash(self, url: str, algorithm: str) -> FileHash:
        """Download a file, and compute its hash."""
        digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
        with self._request(url, {"Accept-Encoding": "identity"}) as (fetched, response):
            if response is None or not fetched.found:
                return FileHash(problem=fetched.reason)
            try:
                while chunk := response.raw.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
            except SEND_ERRORS as error:
                return FileHash(problem=describe_failure(error, url).reason)
        return FileHash(value=digest.hexdigest(), size=size)

    def part(self, url: str, start: int, end: int) -> bytes:
        """Read a range of a file.

        Raises:
            OSError: It cannot be read.
        """
        headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        with self._request(url, headers) as (fetched, response):
            if response is None or fetched.status != PARTIAL:
                raise OSError(fetched.reason)
            content = _with_body(fetched, response, end - start).body
        if len(content) != end - start:
            raise OSError("the connection ended early")
        return content

    @contextmanager
    def _request(
        self, url: str, headers: Mapping[str, str]
    ) -> Iterator[tuple[Fetched, requests.Response | None]]:
        """Send a request, and follow redirects; the body is still to be read."""
        fetched, response = self._follow(url, headers)
        try:
            yield fetched, response
        finally:
            if response is not None:
                response.close()

    def _follow(
        self, url: str, headers: Mapping[str, str]
    ) -> tuple[Fetched, requests.Response | None]:
        hops: list[str] = []
        place = url
        while len(hops) <= MOST_REDIRECTS:
            try:
                response = self._send(place, headers)
            except SEND_ERRORS as error:
                failure = describe_failure(error, place)
                return Fetched(
                    url=place, asked=url, hops=tuple(hops), problem=failure.reason,
                    hint=failure.hint,
                ), None  # fmt: skip
            target = _target(response)
            if not target:
                return _fetched(response, url, place, tuple(hops)), response
            response.close()
            if split_url(place).scheme == "https" and split_url(target).scheme != "https":
                return Fetched(url=place, asked=url, hops=tuple(hops), insecure=target), None
            place = target
            hops.append(place)
        return Fetched(url=place, asked=url, hops=tuple(hops), looping=True), None

    def _send(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        return self._session().get(
            url, headers=dict(headers), auth=self._sign, timeout=TIMEOUT, stream=True,
            allow_redirects=False,
        )  # fmt: skip

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the credentials to a request to the index; `.netrc` is not read by requests here."""
        if self._credentials and is_on_server(request.url or "", self._server):
            user, password = self._credentials
            requests.auth.HTTPBasicAuth(user, password.reveal())(request)
        return request

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            for scheme in ("https://", "http://"):
                session.mount(scheme, self._adapter())
            self._local.session = session
        session_of_thread: requests.Session = self._local.session
        return session_of_thread


class _WebFile(BlockReader):
    """A file that is read by ranges; failed requests are noted, because they are no fault of it."""

    def __init__(self, fetcher: WebFetcher, url: str, remote: RemoteFile, size: int) -> None:
        super().__init__(size)
        self._fetcher = fetcher
        self._url = url
        self._remote = remote
        self.know_end(remote.fetched.body)

    def request(self, start: int, end: int) -> bytes:
        try:
            return self._fetcher.part(self._url, start, end)
        except OSError as error:
            self._remote.problem = str(error)
            raise


def _received(fetched: Fetched, response: requests.Response) -> RemoteFile:
    """Receive a whole file of a host that ignores ranges, if it is not too large."""
    size = fetched.length
    if size is None or size > WHOLE_LIMIT:
        size_limit = f"it is larger than {mebibytes(WHOLE_LIMIT)}"
        known = size is None or size > 0
        return RemoteFile(fetched=fetched, ranges=False, problem=size_limit if known else "")
    fetched = _with_body(fetched, response, WHOLE_LIMIT)
    if fetched.cut:
        return RemoteFile(fetched=fetched, ranges=False, problem="the connection ended early")
    return RemoteFile(fetched=fetched, file=io.BytesIO(fetched.body), ranges=False)


def _with_body(fetched: Fetched, response: requests.Response, limit: int) -> Fetched:
    """Read the body of a response, at most up to a limit."""
    content, cut = bytearray(), False
    try:
        while len(content) <= limit:
            piece = response.raw.read(min(CHUNK, limit + 1 - len(content)), decode_content=True)
            if not piece:
                break
            content += piece
    except SEND_ERRORS:
        cut = True
    return Fetched(
        url=fetched.url, asked=fetched.asked, status=fetched.status, headers=fetched.headers,
        body=bytes(content[:limit]), hops=fetched.hops, cut=cut, too_large=len(content) > limit,
    )  # fmt: skip


def _fetched(response: requests.Response, asked: str, url: str, hops: tuple[str, ...]) -> Fetched:
    headers = {key.lower(): value for key, value in response.headers.items()}
    return Fetched(url=url, asked=asked, status=response.status_code, headers=headers, hops=hops)


def _target(response: requests.Response) -> str:
    """Return the URL to which a response redirects; empty if it does not."""
    if response.status_code not in _REDIRECTS:
        return ""
    return join_url(response.url or "", response.headers.get("Location", ""))
