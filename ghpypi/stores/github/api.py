"""The REST API: JSON in, JSON out, waiting when told to, foreign errors translated once.

PyGithub carries the requests: it signs them, keeps the hosts apart and speaks the API's version.
Its own waiting is turned off. It would repeat a POST that may have been carried out, would not
repeat a PATCH, and knows no limit of patience; here, what may be done twice is asked again, and
what may not raises `LostAnswerError`, so that the caller looks whether it was done.
"""

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import github
import requests

from ghpypi import USER_AGENT
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import (
    BadTokenError,
    FailedError,
    GhpypiError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)
from ghpypi.stores.github.patience import Endurance, Patience, Refusal, limit_wait

API_VERSION = "2022-11-28"
PAGE = 100
TIMEOUT = 30

_log = logging.getLogger("ghpypi")
# PyGithub prints its redirections to standard error; what people read there is ours to say.
logging.getLogger("github").setLevel(logging.ERROR)


class LostAnswerError(TryLaterError):
    """A request that must not be sent twice got no answer; whether it was done, is to be seen."""


class TooHeavyError(TryLaterError):
    """The remote could not put the answer together in time; ask for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that the caller expected.

    Attributes:
        status: The HTTP status.
        headers: With lower-case names.
        data: The JSON document; `None` if there is none.
    """

    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def message(self) -> str:
        """What GitHub says about an error, its details included."""
        return _message(self.data)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the errors it names, such as `already_exists`."""
        errors = self.data.get("errors") if isinstance(self.data, dict) else None
        return frozenset(str(each.get("code")) for each in errors or () if isinstance(each, dict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        verb: The method.
        path: Below the root of the API, quoted.
        query: The query.
        body: Sent as JSON.
        expect: Statuses above 399 that the caller deals with.
        repeatable: Doing it twice is doing it once.
        heavy: An answer of 502 and its like means "too much", not "later".
    """

    verb: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    expect: tuple[int, ...] = ()
    repeatable: bool = True
    heavy: bool = False

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.verb} {self.path}{'?' if query else ''}{query}"


class Api:
    """One API, one token, any number of threads.

    Args:
        hosts: Which GitHub.
        token: Signs the requests; public things can be read without.
        patience: How long to wait.
    """

    def __init__(self, hosts: Hosts, token: Secret | None, patience: Patience) -> None:
        self._hosts = hosts
        self._token = token
        self._patience = patience
        self._local = threading.local()

    @property
    def has_token(self) -> bool:
        """Tell whether requests are signed."""
        return self._token is not None

    @property
    def url(self) -> str:
        """The root of the API, without a slash at the end."""
        return self._hosts.api

    def translate(self, what: str, answer: Answer) -> GhpypiError:
        """Say in our words what an answer means."""
        return translate(what, answer, has_token=self.has_token)

    def get(self, path: str, **query: str | int) -> Any:
        """Read one document."""
        return self.call(Call(verb="GET", path=path, query=query)).data

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Read all elements of a paginated list."""
        number = 1
        while True:
            page = self.get(path, **query, per_page=PAGE, page=number)
            yield from page
            if len(page) < PAGE:
                return
            number += 1

    def call(self, call: Call) -> Answer:
        """Send one request, again and again if it has to be and may be.

        Raises:
            NotAllowedError: The token is missing, wrong, or has not the right.
            NotFoundError: There is no such thing, or the token may not see it.
            LostAnswerError: It may not be repeated, and there was no clear answer.
            TooHeavyError: It is heavy, and there was no answer in time.
            TryLaterError: The remote refuses for longer than our patience.
            FailedError: The remote says that the request is wrong.
        """
        endurance = self._patience.start()
        while True:
            answer = self._attempt(call, endurance)
            if answer is not None:
                return answer

    def _attempt(self, call: Call, endurance: Endurance) -> Answer | None:
        try:
            status, headers, text = self._github().requester.requestJson(
                call.verb,
                call.path,
                parameters=dict(call.query),
                input=call.body,
            )
        except (requests.RequestException, ConnectionError) as error:
            self._no_answer(call, f"{call}: no answer ({_cause(error)})", endurance, error)
            return None
        _log.debug("%s -> %s", call, status)
        limited, wait = limit_wait(status, headers, text, now=self._patience.now())
        if limited:
            what = f"{call}: GitHub limits the rate of requests (HTTP {status})"
            endurance.bear(Refusal(what=what, wait=wait, limited=True))
            return None
        if status >= 500:  # noqa: PLR2004 - server errors
            self._no_answer(call, f"{call}: GitHub answers HTTP {status}", endurance, None)
            return None
        answer = Answer(status=status, headers=headers, data=_parse(text))
        if status < 300 and text and answer.data is None:  # noqa: PLR2004 - success
            raise FailedError(
                f"{call}: the answer is no JSON", hint=f"is {self.url} the address of an API?"
            )
        if status < 300 or status in call.expect:  # noqa: PLR2004 - success
            return answer
        raise self.translate(str(call), answer)

    def _no_answer(
        self, call: Call, what: str, endurance: Endurance, cause: Exception | None
    ) -> None:
        if call.heavy:
            raise TooHeavyError(what) from cause
        if not call.repeatable:
            raise LostAnswerError(what) from cause
        endurance.bear(Refusal(what=what))

    def _github(self) -> github.Github:
        """Give each thread its own: PyGithub promises nothing about sharing."""
        if not hasattr(self._local, "github"):
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


def translate(what: str, answer: Answer, *, has_token: bool) -> GhpypiError:
    """Say in our words what an answer means."""
    message = answer.message
    sso = answer.headers.get("x-github-sso", "").partition("url=")[2]
    needed = answer.headers.get("x-accepted-github-permissions", "")
    if answer.status == 401:  # noqa: PLR2004 - Unauthorized
        return BadTokenError(
            f"{what}: GitHub does not know this token ({message})",
            hint="it may have expired or been revoked; make a new one, or 'gh auth login'",
        )
    if sso:
        return NotAllowedError(
            f"{what}: the organisation wants this token authorised for single sign-on",
            hint=f"authorise it at {sso.split(';')[0]}",
        )
    if answer.status == 403:  # noqa: PLR2004 - Forbidden
        return NotAllowedError(
            f"{what}: this token may not do that ({message})",
            hint=f"it needs the permission {needed}" if needed else "",
        )
    if answer.status == 404:  # noqa: PLR2004 - Not Found
        return NotFoundError(
            f"{what}: there is no such thing, or this token may not see it",
            hint="check the name, and that the token may use this repository"
            if has_token
            else "check the name; a private repository needs a token: set GHPYPI_TOKEN",
        )
    return FailedError(f"{what}: GitHub answers HTTP {answer.status} ({message})")


def segment(text: str) -> str:
    """Quote one segment of a path: a slash in a tag is not one of the path."""
    return quote(text, safe="")


def _message(data: Any) -> str:
    if not isinstance(data, dict):
        return "no explanation"
    details = data.get("errors") or []
    if isinstance(details, str):
        details = [details]
    told = [
        each if isinstance(each, str) else str(each.get("message") or each.get("code"))
        for each in details
        if isinstance(each, (str, dict))
    ]
    return ": ".join([str(data.get("message", "no explanation")), *told])


def _parse(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _cause(error: BaseException) -> str:
    """Name the innermost cause, without the addresses that outer ones repeat."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return type(error).__name__
