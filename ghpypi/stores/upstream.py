"""Upstream indexes, asked over HTTP without any credentials."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import requests
from packaging.utils import NormalizedName
from urllib3.util.retry import Retry

from ghpypi import USER_AGENT
from ghpypi.connection_errors import SEND_ERRORS, InsecureRedirectError, describe_failure
from ghpypi.core.model import UpstreamFile
from ghpypi.core.parsing import split_url
from ghpypi.core.quantities import count_of, duration
from ghpypi.core.simple.upstream import (
    ACCEPT,
    NoFilesError,
    UnreadablePageError,
    read_page,
    read_status,
)
from ghpypi.errors import FailedError
from ghpypi.ports import ProjectPage

CONNECT_SECONDS = 10
READ_SECONDS = 60
LIMIT = 64 << 20
"""Bytes of one page at most; the largest known have some ten megabytes."""

FAILURES = 3
"""Requests in a row that a host may fail before it is left alone for a while."""

PAUSE_SECONDS = 30.0
"""How long a failing host is left alone before one more request tries it."""

LONGEST_RETRY_AFTER = 30
"""Maximum time that an upstream index can delay a request with `Retry-After`, in seconds. The
default of urllib3 is six hours."""

RETRY = Retry(
    total=4,
    connect=1,  # a name that does not resolve does not resolve in a second either
    other=0,  # nor does a certificate become valid
    backoff_factor=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    raise_on_status=False,
    retry_after_max=LONGEST_RETRY_AFTER,
)

_GONE = frozenset({404, 410})
_REFUSED = frozenset({401, 403})
"""Object stores answer so for names that they do not have, if listing is not allowed."""

_TOO_MANY, _SERVER_ERROR = 429, 500


class HttpUpstream:
    """Reads one page for each project.

    A host that fails several requests in a row is left alone for a while, so that an outage costs
    seconds and not a timeout for each of thousands of projects. An answer about one project, such
    as 403, is never held against the host.

    Args:
        limit: Bytes of one page at most.
        now: Monotonic clock, in seconds.
    """

    def __init__(self, *, limit: int = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._local = threading.local()
        self._breaker = CircuitBreaker(now)

    def files(self, base: str, name: NormalizedName, *, known: bool = False) -> list[UpstreamFile]:
        """List the files that an index has of a project."""
        host = split_url(base).netloc
        self._breaker.check(host)
        try:
            answer = self._get(f"{base}{name}/")
        except FailedError:
            self._breaker.failed(host)
            raise
        self._breaker.succeeded(host)
        return _files_of(answer, known=known)

    def _get(self, url: str) -> "_Answer":
        """Get a page.

        Raises:
            FailedError: The host does not answer, or not now.
        """
        try:
            with _open(self._session(), url, READ_SECONDS) as response:
                status = response.status_code
                if status == _TOO_MANY or status >= _SERVER_ERROR:
                    raise FailedError(f"{url} cannot be read: HTTP {status}")
                content = response.raw.read(self._limit + 1, decode_content=True)
                kind = response.headers.get("Content-Type", "")
                found = response.url
        except SEND_ERRORS as error:
            failure = describe_failure(error, url)
            raise FailedError(
                f"{url} cannot be read: {failure.reason}", hint=failure.hint
            ) from error
        if len(content) > self._limit:
            raise FailedError(f"{url} is larger than {count_of(self._limit, 'byte')}")
        return _Answer(status=status, kind=kind, url=found, content=content)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = _Anonymous()
            session.headers["User-Agent"] = USER_AGENT
            adapter = requests.adapters.HTTPAdapter(max_retries=RETRY)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        session_of_thread: requests.Session = self._local.session
        return session_of_thread


class HttpPages:
    """Reads pages that were published just now.

    Caches are asked for a fresh answer; those of a CDN may not care, and keep an old page for
    minutes. Every installer gets it from there too.
    """

    def __init__(self) -> None:
        self._session = _Anonymous()
        self._session.headers.update(
            {"User-Agent": USER_AGENT, "Cache-Control": "no-cache", "Pragma": "no-cache"}
        )

    def read(self, url: str) -> ProjectPage:
        """Read a page; why it cannot be read is part of the result, as the caller tries again."""
        try:
            with _open(self._session, url, CONNECT_SECONDS) as response:
                status, found = response.status_code, response.url
                kind = response.headers.get("Content-Type", "")
                content = response.raw.read(LIMIT, decode_content=True)
        except SEND_ERRORS as error:
            return ProjectPage(problem=f"cannot be read ({describe_failure(error, url).reason})")
        if status in _GONE:
            return ProjectPage()
        if status >= 400:  # noqa: PLR2004 - client and server errors
            return ProjectPage(problem=f"responds with HTTP {status}", closed=status in _REFUSED)
        try:
            rows = read_page(content, content_type=kind, url=found)
        except UnreadablePageError:
            # Pages that are not public redirect to GitHub, to sign in there. A site with a domain
            # of its own is on another host too, and has the page there.
            elsewhere = split_url(found).netloc != split_url(url).netloc
            return ProjectPage(problem="is not a page of an index", closed=elsewhere)
        return ProjectPage.of(rows, read_status(content, content_type=kind, url=found))


def _open(session: requests.Session, url: str, read_seconds: float) -> requests.Response:
    """Ask for a page, without credentials; its content is still to be read."""
    return session.get(
        url,
        headers={"Accept": ACCEPT},
        auth=_no_credentials,
        timeout=(CONNECT_SECONDS, read_seconds),
        stream=True,
    )


class _Anonymous(requests.Session):
    """Follows redirects without credentials, and never from TLS to a line without."""

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Prepare the next request; requests itself would look into `.netrc` here.

        Raises:
            InsecureRedirectError: The address is not encrypted, and the one before was.
        """
        prepared_request.headers.pop("Authorization", None)
        before, after = split_url(response.url), split_url(prepared_request.url or "")
        if before.scheme == "https" and after.scheme != "https":
            raise InsecureRedirectError(after.geturl())


class CircuitBreaker:
    """Leaves failing hosts alone for a while; see M. Nygard, "Release It!".

    Args:
        now: Monotonic clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._resume_at: dict[str, float] = {}

    def check(self, host: str) -> None:
        """Let a request pass.

        Raises:
            FailedError: The host is left alone for now.
        """
        with self._lock:
            if self._failures.get(host, 0) < FAILURES:
                return
            wait = self._resume_at[host] - self._now()
            if wait > 0:
                raise FailedError(
                    f"{host} failed {count_of(self._failures[host], 'time')} in a row "
                    f"and is asked again in {duration(wait)}"
                )
            # One request tries the host, and the others wait for what becomes of it.
            self._resume_at[host] = self._now() + PAUSE_SECONDS

    def failed(self, host: str) -> None:
        """Note that the host did not answer a request."""
        with self._lock:
            self._failures[host] = self._failures.get(host, 0) + 1
            self._resume_at[host] = self._now() + PAUSE_SECONDS

    def succeeded(self, host: str) -> None:
        """Record that the host responded to a request."""
        with self._lock:
            self._failures.pop(host, None)


class _Answer(NamedTuple):
    """An answer about one project.

    Attributes:
        status: The HTTP status, below 500.
        kind: The content type.
        url: The address after redirects.
        content: The page.
    """

    status: int
    kind: str
    url: str
    content: bytes


def _files_of(answer: _Answer, *, known: bool) -> list[UpstreamFile]:
    if answer.status in _GONE or (answer.status in _REFUSED and not known):
        return []
    if answer.status >= 400:  # noqa: PLR2004 - client errors
        raise FailedError(f"{answer.url} cannot be read: HTTP {answer.status}")
    try:
        return read_page(answer.content, content_type=answer.kind, url=answer.url)
    except NoFilesError as error:
        if not known:
            return []
        raise FailedError(str(error)) from error
    except UnreadablePageError as error:
        raise FailedError(str(error)) from error


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no credentials: passing an auth function stops requests from reading `.netrc`."""
    return request
