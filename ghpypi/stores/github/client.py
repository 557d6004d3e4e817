"""The client of GitHub's REST API, which sends all JSON requests to GitHub.

It is PyGithub with this package's rules around it. PyGithub's requester sends each request: it
builds the URL, adds the token, sets the API version and refuses redirects to other hosts.
PyGithub's objects (repositories, releases, assets, contents, commits, workflows and their runs,
teams, collaborators, invitations) come from `Client.objects` and send through `Client.call` as
well, so that the rules hold for them too.

PyGithub's own retry (`GithubRetry`) is turned off, because its options cannot say what is needed:

- it ends when the head of a response has arrived: an interrupted body is not requested again;
- `allowed_methods` decides by method, but some POST requests may be repeated and others may not,
  and each of them may be repeated after a rate limit, which means that nothing was done;
- `max_rate_limit_wait` limits one wait, and `--max-wait` all waits of a request together;
- it waits without reporting it, and supports neither HTTP 429 without `Retry-After` nor all
  messages of secondary rate limits.

Files are sent and received by `transfer`; errors are translated by `error_tables`.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ghpypi.connection_errors import SEND_ERRORS, explain_failure
from ghpypi.core.locator import Hosts
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, GhpypiError, TryLaterError
from ghpypi.stores.github.api_messages import (
    MALFORMED,
    NOT_MODIFIED,
    PAGE,
    SERVER_ERROR,
    ApiRequest,
    ApiResponse,
    Timeout,
    as_list,
)
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import Permission
from ghpypi.stores.github.retry import Backoff, Retry, rate_limit

if TYPE_CHECKING:
    from ghpypi.stores.github.pygithub import ApiConnection, ObjectRequester

T = TypeVar("T")

TIMEOUT = 30.0
"""Time to connect, and time between two pieces of a response, in seconds."""

_log = logging.getLogger("ghpypi")


class LostResponseError(TryLaterError):
    """A request that must not be sent twice got no response; it may have been carried out."""


class TooHeavyError(TryLaterError):
    """GitHub could not compile the response in time; request less."""


class Client:
    """The API of one GitHub server with one token; thread-safe.

    Args:
        hosts: The GitHub server.
        token: Authenticates requests; without it, only public data can be read.
        backoff: How long to retry.
        timeout: Time to connect and time between two pieces of a response, in seconds; a pair
            sets them apart.
    """

    def __init__(
        self,
        hosts: Hosts,
        token: Secret | None,
        backoff: Backoff,
        *,
        timeout: Timeout = TIMEOUT,
    ) -> None:
        self._hosts = hosts
        self._token = token
        self._backoff = backoff
        self._timeout = timeout
        self._connections = threading.local()
        self._clock_offset = 0.0

    def with_token(self, token: Secret | None) -> "Client":
        """Return a client for another token that uses the same connections."""
        client = Client(self._hosts, token, self._backoff, timeout=self._timeout)
        client._connections = self._connections
        return client

    def now(self) -> float:
        """Seconds since 1970 by GitHub's clock, as the `Date` of its responses says."""
        return self._backoff.now() + self._clock_offset

    @property
    def has_token(self) -> bool:
        """Whether requests are authenticated."""
        return self._token is not None

    @property
    def url(self) -> str:
        """The root of the API, without a slash at the end."""
        return self._hosts.api

    @property
    def graphql_path(self) -> str:
        """Where GraphQL is, as a path below the root of the API or as a whole address.

        Source: GitHub Enterprise Server documentation, "Forming calls with GraphQL".
        """
        enterprise = self.url.removesuffix("/api/v3")
        return "/graphql" if enterprise == self.url else f"{enterprise}/api/graphql"

    def get(self, path: str, parse: Callable[[Any], T], **query: str | int) -> T:
        """Read one document.

        Args:
            path: Below the root of the API, quoted.
            parse: Reads the JSON document; any lookup in it may fail.
            query: The query.
        """
        return self.call(ApiRequest(verb="GET", path=path, query=query)).parsed(parse)

    def pages(
        self,
        path: str,
        parse: Callable[[Any], T],
        /,
        *,
        needs: Permission | None = None,
        **query: str | int,
    ) -> Iterator[T]:
        """Read all elements of a paginated list.

        For long lists (releases with their assets, repositories of an owner) this is used instead
        of PyGithub's `PaginatedList`. That one keeps every element: 100,000 assets take 600 MB and
        5.5 s of processor time as objects, and 70 MB and 1.2 s as values of `core.model`
        (measured with PyGithub 2.10). And an object requests itself once more when an attribute is
        read that an older GitHub Enterprise Server does not send: a request for each repository.
        Short lists (collaborators, invitations) are read by `objects`.

        Args:
            path: Below the root of the API, quoted.
            parse: Reads one element.
            needs: The permission that it requires.
            query: The query.
        """
        number = 1
        while True:
            more = {**query, "per_page": PAGE, "page": number}
            response = self.call(ApiRequest(verb="GET", path=path, query=more, needs=needs))
            page = response.parsed(lambda data: [parse(each) for each in as_list(data)])
            yield from page
            if len(page) < PAGE:
                return
            number += 1

    def login(self) -> str:
        """Return the login of the user of the token.

        Raises:
            NotAllowedError: The token has no user, such as that of a workflow.
        """
        with self.objects() as github:
            return str(github.own_user().login)

    @contextmanager
    def objects(
        self,
        *,
        needs: Permission | None = None,
        what: str = "",
        repeatable: bool = True,
        per_page: int = PAGE,
    ) -> "Iterator[ObjectRequester]":
        """Use PyGithub's objects: their requests are sent by `call`, and raise its errors.

        Args:
            needs: The permission that the requests require.
            what: Names the requests in errors; empty for their methods and paths.
            repeatable: Sending a request twice has the same effect as sending it once.
            per_page: Elements of a page of a list.

        Raises:
            TryLaterError: A response is not what GitHub's documentation describes.
            GhpypiError: What `call` raises.
        """
        from ghpypi.stores.github.pygithub import OBJECT_ERRORS, ObjectRequester  # noqa: PLC0415 - slow

        options = ApiRequest(verb="", path="", needs=needs, what=what, repeatable=repeatable)
        requester = ObjectRequester(self.url, self.call, options, per_page=per_page)
        try:
            yield requester
        except GhpypiError:
            raise
        except (*MALFORMED, *OBJECT_ERRORS) as error:
            if requester.last is None:  # PyGithub refused an argument: a fault of this program
                raise
            raise requester.last.malformed() from error

    def call(self, request: ApiRequest) -> ApiResponse:
        """Send one request; repeat it after failures that may pass, if it may be repeated.

        Raises:
            NotAllowedError: The token is missing, invalid, or lacks a permission.
            NotFoundError: Not found, or not visible for the token.
            LostResponseError: It may not be repeated, and there was no clear response.
            TooHeavyError: It is heavy, and there was no response in time.
            TryLaterError: The maximum time to wait is reached.
            GhpypiError: As defined in `error_tables` for other statuses.
        """
        retry = self._backoff.start()
        while True:
            response = self._attempt(request, retry)
            if response is not None:
                return response

    def _attempt(self, request: ApiRequest, retry: Retry) -> ApiResponse | None:
        """Send a request once; return `None` after a wait, if it must be sent again."""
        try:
            with self._backoff.watch(str(request), _seconds(self._timeout)):
                status, headers, text = self._send(request)
        except RuntimeError as error:  # how PyGithub refuses a redirect to another host
            raise FailedError(
                f"{request}: '{self.url}' redirects to another host, or without TLS",
                hint="check the URL of the API",
            ) from error
        except SEND_ERRORS as error:
            failure = explain_failure(error, self.url)
            if not failure.permanent:
                self._check_repeatable(request, f"{request}: {failure.reason}", error)
            retry.wait_after(error, str(request), self.url)
            return None
        _log.debug("%s -> %s", request, status)
        self._read_clock(headers)
        limited, seconds = rate_limit(status, headers, text, now=self._backoff.now())
        if limited:
            reason = f"{request}: GitHub limits the rate of requests (HTTP {status})"
            retry.wait(reason, seconds=seconds, limited=True)
            return None
        if status >= SERVER_ERROR:
            reason = f"{request}: GitHub responds with HTTP {status}"
            self._check_repeatable(request, reason, None)
            retry.wait(reason)
            return None
        return self._accept(request, status, headers, text)

    def _send(self, request: ApiRequest) -> tuple[int, Mapping[str, str], str]:
        connection = self._connection()
        connection.auth.secret = self._token
        headers: dict[str, Any] = dict(request.headers)
        return connection.requester.requestJson(
            request.verb,
            request.path,
            parameters=dict(request.query),
            headers=headers,
            input=request.body,
        )

    def _accept(
        self, request: ApiRequest, status: int, headers: Mapping[str, str], text: str
    ) -> ApiResponse:
        """Return an expected response; raise the error of any other."""
        response = ApiResponse(
            request=request.what or str(request),
            host=split_url(self.url).netloc,
            status=status,
            headers=headers,
            text=text,
            authenticated=self.has_token,
            needs=request.needs,
        )
        if response.ok and text and response.data is None:
            error = response.malformed()
            raise error if request.repeatable else LostResponseError(error.message, hint=error.hint)
        expected = status in request.expect and (response.is_github or status == NOT_MODIFIED)
        if response.ok or expected:
            return response
        raise api_error(response)

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        with suppress(KeyError, ValueError):
            sent = parsedate_to_datetime(headers["date"]).timestamp()
            self._clock_offset = sent - self._backoff.now()

    def _check_repeatable(self, request: ApiRequest, reason: str, cause: Exception | None) -> None:
        if request.heavy:
            raise TooHeavyError(reason) from cause
        if not request.repeatable:
            raise LostResponseError(reason) from cause

    def _connection(self) -> "ApiConnection":
        """Return the connection of this thread: PyGithub does not promise to be thread-safe."""
        from ghpypi.stores.github.pygithub import ApiConnection  # noqa: PLC0415 - slow to import

        if not hasattr(self._connections, "current"):
            self._connections.current = ApiConnection(self._hosts.api, self._timeout)
        found: ApiConnection = self._connections.current
        return found


def _seconds(timeout: Timeout) -> float:
    """Return the longer one of the timeouts."""
    return max(timeout) if isinstance(timeout, tuple) else timeout
