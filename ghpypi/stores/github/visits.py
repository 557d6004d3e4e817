"""Requests to GitHub on behalf of many people: each with its own token, and without waiting."""

import io
import threading
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

import requests

from ghpypi import USER_AGENT
from ghpypi.core.digest import CHUNK
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.stores.github.api_messages import BAD_REQUEST, SERVER_ERROR, ApiResponse, redact_url
from ghpypi.stores.github.connection_errors import CONNECTION_ERRORS, SEND_ERRORS, explain_failure
from ghpypi.stores.github.error_tables import API, STORAGE, Rule, explain, rule_for
from ghpypi.stores.github.retry import rate_limit
from ghpypi.stores.github.token_auth import TokenAuth
from ghpypi.stores.github.transfer import GOOD, is_wrong_type, redirected

NOT_MODIFIED = 304
TIMEOUTS = (5, 20)
HOPS = 3
ATTEMPTS = 2
"""A connection that was kept open may have been closed by the other side meanwhile."""


class Visits:
    """Asks one API, and the hosts that it redirects to; nothing is waited for.

    Args:
        client: Its address, without a slash at the end.
    """

    def __init__(self, client: str) -> None:
        self._client = client
        self._local = threading.local()

    @contextmanager
    def get(
        self,
        path: str,
        token: Secret | None,
        headers: Mapping[str, str],
        expect: AbstractSet[int] = frozenset(),
    ) -> Iterator[requests.Response]:
        """Send a request to the API; its answer is good, or one that the caller deals with.

        Args:
            path: Below the API, quoted.
            token: Of the caller.
            headers: More headers.
            expect: Other statuses than 200 and 206 that the caller deals with.

        Raises:
            BadTokenError: GitHub does not accept the token.
            NotAllowedError: It lacks a permission.
            NotFoundError: There is no such thing, or the token may not see it.
            TryLaterError: GitHub does not answer for now.
            GhpypiError: What else the table in `error_tables` says.
        """
        url = f"{self._client}/{path}"
        for _ in range(HOPS):
            with self.send(url, token, headers) as response:
                target = redirected(url, response.headers.get("Location", ""))
                if response.is_redirect and split_url(target).netloc == split_url(url).netloc:
                    url = target  # of a repository that was renamed
                    continue
                _check(path, response, API, authenticated=token is not None, expect=expect)
                yield response
                return
        raise FailedError(f"GET {path}: redirected more than {HOPS} times")

    @contextmanager
    def bytes(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """Send a request to the storage host, without a token.

        Raises:
            GhpypiError: What the table in `error_tables` says.
        """
        with self.send(url, None, headers) as response:
            _check(redact_url(url), response, STORAGE, authenticated=False)
            yield response

    def send(self, url: str, token: Secret | None, headers: Mapping[str, str]) -> requests.Response:
        """Send one request, and once more if the connection broke off."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._session().get(
                    url,
                    headers={"Accept-Encoding": "identity", **headers},
                    auth=TokenAuth(token),
                    timeout=TIMEOUTS,
                    allow_redirects=False,
                    stream=True,
                )
            except SEND_ERRORS as error:
                if attempt == ATTEMPTS or not isinstance(error, requests.ConnectionError):
                    raise explain_failure(error, url).error(f"GET {redact_url(url)}") from error
        raise AssertionError

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            self._local.session = session
        found: requests.Session = self._local.session
        return found


def content(response: requests.Response) -> bytes:
    """Read an answer whole.

    Raises:
        TryLaterError: It broke off.
    """
    with _reading(response):
        # `response.content` would hold it twice for a moment, and it may be large.
        found: bytes = response.raw.read(decode_content=True)
        return found


def answer_of(
    response: requests.Response, *, request: str = "", authenticated: bool = True
) -> ApiResponse:
    """Read an answer whole, as a value.

    Raises:
        TryLaterError: It broke off.
    """
    with _reading(response):
        text = response.text
    return ApiResponse(
        request=f"GET {request or redact_url(response.url)}",
        host=split_url(response.url).netloc,
        status=response.status_code,
        headers={key.lower(): value for key, value in response.headers.items()},
        text=text,
        authenticated=authenticated,
    )


class Body(io.RawIOBase):
    """The bytes of an answer as they arrive, without those before a position.

    Args:
        response: The answer.
        skip: Bytes to leave out: a server without ranges sends more than was asked for.
    """

    def __init__(self, response: requests.Response, *, skip: int = 0) -> None:
        self._response = response
        while skip and (piece := self.read(min(skip, CHUNK))):
            skip -= len(piece)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read as much as has arrived.

        Raises:
            TryLaterError: It broke off.
        """
        with _reading(self._response):
            found: bytes = self._response.raw.read(None if size < 0 else size)
            return found


@contextmanager
def _reading(response: requests.Response) -> Iterator[None]:
    try:
        yield
    except CONNECTION_ERRORS as error:
        raise explain_failure(error, response.url).error(
            f"GET {redact_url(response.url)}"
        ) from error


def _check(
    what: str,
    response: requests.Response,
    table: tuple[Rule, ...],
    *,
    authenticated: bool,
    expect: AbstractSet[int] = frozenset(),
) -> None:
    """Raise what an answer means, unless it is good or one that the caller deals with."""
    status = response.status_code
    accept = str(response.request.headers.get("Accept", ""))
    if status in GOOD and not is_wrong_type(response, accept, from_api=table is API):
        return
    if status in expect and (response.is_redirect or status == NOT_MODIFIED):
        return
    answer = answer_of(response, request=what.partition("?")[0], authenticated=authenticated)
    limited, _ = rate_limit(status, answer.headers, answer.text, now=0)
    if limited or status >= SERVER_ERROR:
        limit = " (rate limit)" if limited else ""
        raise TryLaterError(f"{answer.request}: '{answer.host}' answers HTTP {status}{limit}")
    if status < BAD_REQUEST or status not in expect or not answer.is_github:
        raise explain(rule_for(table, answer), answer)
