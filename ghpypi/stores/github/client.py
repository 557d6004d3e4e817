"""The REST API: JSON in, JSON out, with retries; errors are translated by `error_tables`.

PyGithub sends the requests: it signs them, checks the host and sets the API version. Its own
retries are turned off. It would repeat a POST that may have been carried out, would not repeat a
PATCH, and has no limit for all its waits together; here, requests that may be done twice are
retried, and others raise `LostAnswerError`, so that the caller looks whether it was done.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import github

from ghpypi import USER_AGENT
from ghpypi.core.locator import Hosts
from ghpypi.core.parsing import split_url
from ghpypi.core.secret import Secret
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.stores.github.api_response import SERVER_ERROR, ApiResponse
from ghpypi.stores.github.connection_errors import SEND_ERRORS, explain_failure
from ghpypi.stores.github.error_tables import api_error
from ghpypi.stores.github.permissions import Permission
from ghpypi.stores.github.retry import Backoff, Retry, rate_limit
from ghpypi.stores.github.signed import require_sendable

T = TypeVar("T")

API_VERSION = "2022-11-28"
PAGE = 100
TIMEOUT = 30

_log = logging.getLogger("ghpypi")
# PyGithub prints its redirections to standard error; what people read there is ours to say.
logging.getLogger("github").setLevel(logging.ERROR)


class LostAnswerError(TryLaterError):
    """A request that must not be sent twice got no answer; it may have been carried out."""


class TooHeavyError(TryLaterError):
    """The remote could not put the answer together in time; ask for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request.

    Attributes:
        verb: The method.
        path: Below the root of the API, quoted.
        query: The query.
        body: Sent as JSON.
        expect: Statuses of errors that the caller deals with.
        repeatable: Doing it twice is doing it once.
        heavy: An answer of 502 and its like means "too much", not "later".
        needs: What it takes to be allowed to; `None` if that is not known.
        what: Names the request in errors; empty for its method and path.
    """

    verb: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    expect: tuple[int, ...] = ()
    repeatable: bool = True
    heavy: bool = False
    needs: Permission | None = None
    what: str = ""

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.verb} {self.path}{'?' if query else ''}{query}"


class Client:
    """One API, one token, any number of threads.

    Args:
        hosts: Which GitHub.
        token: Signs the requests; public things can be read without.
        backoff: How long to retry.
    """

    def __init__(self, hosts: Hosts, token: Secret | None, backoff: Backoff) -> None:
        self._hosts = hosts
        self._token = token
        self._backoff = backoff
        self._local = threading.local()
        self._clock_offset = 0.0

    def now(self) -> float:
        """Seconds since 1970 by GitHub's clock, as far as an answer has told it."""
        return self._backoff.now() + self._clock_offset

    @property
    def has_token(self) -> bool:
        """Tell whether requests are signed."""
        return self._token is not None

    @property
    def url(self) -> str:
        """The root of the API, without a slash at the end."""
        return self._hosts.api

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
        *,
        needs: Permission | None = None,
        **query: str | int,
    ) -> Iterator[T]:
        """Read all elements of a paginated list.

        Args:
            path: Below the root of the API, quoted.
            parse: Reads one element.
            needs: What it takes to be allowed to.
            query: The query.
        """
        number = 1
        while True:
            more = {**query, "per_page": PAGE, "page": number}
            answer = self.call(ApiRequest(verb="GET", path=path, query=more, needs=needs))
            page = answer.parsed(lambda data: [parse(each) for each in as_list(data)])
            yield from page
            if len(page) < PAGE:
                return
            number += 1

    def call(self, call: ApiRequest) -> ApiResponse:
        """Send one request, again while the remote refuses for now and it may be repeated.

        Raises:
            NotAllowedError: The token is missing, wrong, or lacks a permission.
            NotFoundError: There is no such thing, or the token may not see it.
            LostAnswerError: It may not be repeated, and there was no clear answer.
            TooHeavyError: It is heavy, and there was no answer in time.
            TryLaterError: The remote refused for longer than the maximum.
            GhpypiError: What else the table in `error_tables` says.
        """
        retry = self._backoff.start()
        while True:
            answer = self._attempt(call, retry)
            if answer is not None:
                return answer

    def _attempt(self, call: ApiRequest, retry: Retry) -> ApiResponse | None:
        """Send it once; `None` if it has to be sent again."""
        try:
            with self._backoff.watch(str(call), TIMEOUT):
                status, headers, text = self._github().requester.requestJson(
                    call.verb, call.path, parameters=dict(call.query), input=call.body
                )
        except RuntimeError as error:  # how PyGithub refuses a redirect to another host
            raise FailedError(
                f"{call}: '{self.url}' redirects to another host, or without TLS",
                hint="check the address of the API",
            ) from error
        except SEND_ERRORS as error:
            failure = explain_failure(error, self.url)
            if failure.permanent:
                raise failure.error(str(call)) from error
            self._no_answer(call, f"{call}: {failure.reason}", retry, error)
            return None
        _log.debug("%s -> %s", call, status)
        self._read_clock(headers)
        limited, seconds = rate_limit(status, headers, text, now=self._backoff.now())
        if limited:
            reason = f"{call}: GitHub limits the rate of requests (HTTP {status})"
            retry.wait(reason, seconds=seconds, limited=True)
            return None
        if status >= SERVER_ERROR:
            self._no_answer(call, f"{call}: GitHub answers HTTP {status}", retry, None)
            return None
        return self._accepted(call, status, headers, text)

    def _accepted(
        self, call: ApiRequest, status: int, headers: Mapping[str, str], text: str
    ) -> ApiResponse:
        """Return an answer that the caller expects, and raise what any other means."""
        answer = ApiResponse(
            request=call.what or str(call),
            host=split_url(self.url).netloc,
            status=status,
            headers=headers,
            text=text,
            authenticated=self.has_token,
            needs=call.needs,
        )
        if answer.ok and text and answer.data is None:
            error = answer.malformed()
            raise error if call.repeatable else LostAnswerError(error.message, hint=error.hint)
        if answer.ok or (status in call.expect and answer.is_github):
            return answer
        raise api_error(answer)

    def _read_clock(self, headers: Mapping[str, str]) -> None:
        with suppress(KeyError, ValueError):
            sent = parsedate_to_datetime(headers["date"]).timestamp()
            self._clock_offset = sent - self._backoff.now()

    def _no_answer(
        self, call: ApiRequest, reason: str, retry: Retry, cause: Exception | None
    ) -> None:
        if call.heavy:
            raise TooHeavyError(reason) from cause
        if not call.repeatable:
            raise LostAnswerError(reason) from cause
        retry.wait(reason)

    def _github(self) -> github.Github:
        """Give each thread its own: PyGithub promises nothing about sharing."""
        if not hasattr(self._local, "github"):
            require_sendable(self._token)
            self._local.github = github.Github(
                auth=github.Auth.Token(self._token.reveal()) if self._token else None,
                base_url=self._hosts.api,
                timeout=TIMEOUT,
                user_agent=USER_AGENT,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,
                api_version=API_VERSION,
            )
        found: github.Github = self._local.github
        return found


def as_list(data: Any) -> list[Any]:
    """Read a list.

    Raises:
        TypeError: It is something else; a text or an object can be iterated as well.
    """
    if not isinstance(data, list):
        raise TypeError("not a list")
    return data


def login_of(user: Any) -> str:
    """Read the login of an account."""
    return str(user["login"])


def quote_segment(text: str) -> str:
    """Quote one segment of a path: a slash in a tag does not separate segments."""
    return quote(text, safe="")
