"""Requests to GitHub's API and its responses, as values.

The meaning of error responses is defined in `error_tables`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

from ghpypi.core.names import quote_path
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.errors import TryLaterError
from ghpypi.stores.github.permissions import Permission

T = TypeVar("T")

PAGE = 100
"""Elements of a page of a list, the most that GitHub returns."""

Timeout = float | tuple[float, float]
"""Time to connect and time between two pieces of a response, in seconds: one, or a pair."""

MULTIPLE_CHOICES, NOT_MODIFIED, BAD_REQUEST, NOT_FOUND, SERVER_ERROR = 300, 304, 400, 404, 500

MALFORMED = (LookupError, TypeError, AttributeError, ValueError)
"""Exceptions raised by lookups in a document of unexpected structure."""

NOT_GITHUB = (
    "try again later; if that does not help, check the URL of the API, and whether a proxy or "
    "firewall modifies responses"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request.

    Attributes:
        verb: The method.
        path: Below the root of the API, quoted.
        query: The query.
        headers: Headers in addition to those of every request.
        body: Sent as JSON.
        expect: Statuses that the caller handles; other errors are raised.
        repeatable: Sending it twice has the same effect as sending it once.
        heavy: A 502, 503 or 504 means that the response is too large, not that GitHub is down.
        needs: The permission that it requires; `None` if unknown.
        what: Names the request in errors; empty for its method and path.
    """

    verb: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    expect: tuple[int, ...] = ()
    repeatable: bool = True
    heavy: bool = False
    needs: Permission | None = None
    what: str = ""

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.verb} {self.path}{'?' if query else ''}{query}"


@dataclass(frozen=True, kw_only=True)
class ApiResponse:
    """A response of the API.

    Attributes:
        request: Names the request in errors, such as `GET /repos/acme/pypi`.
        host: The host that sent it.
        status: The HTTP status.
        headers: With lower-case names.
        text: The body.
        authenticated: The request had a token.
        needs: The permission that the request requires; `None` if unknown.
    """

    request: str
    host: str = ""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    authenticated: bool = True
    needs: Permission | None = None

    @cached_property
    def data(self) -> Any:
        """The JSON document; `None` if the body is empty or not JSON."""
        try:
            return parse_json(self.text) if self.text else None
        except ValueError:
            return None

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return self.status < MULTIPLE_CHOICES

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes of a classic token; `None` of other tokens, for which GitHub sends none."""
        text = self.headers.get("x-oauth-scopes")
        return None if text is None else tuple(x.strip() for x in text.split(",") if x.strip())

    @property
    def missing(self) -> bool:
        """Whether GitHub responds "not found", also for objects that the token may not read."""
        return self.status == NOT_FOUND

    @property
    def is_github(self) -> bool:
        """Whether an error comes from GitHub, not from a proxy, firewall or other server."""
        data = self.data
        return isinstance(data, dict) and "message" in data

    @property
    def message(self) -> str:
        """GitHub's message about an error, with its details."""
        return _message(self.data)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the errors in it, such as `already_exists`."""
        return frozenset(str(each.get("code")) for each in _details(self.data))

    def parsed(self, parse: Callable[[Any], T]) -> T:
        """Read the document.

        Args:
            parse: Reads it; any lookup in it may fail.

        Raises:
            TryLaterError: The document is not what GitHub's documentation describes.
        """
        try:
            return parse(self.data)
        except MALFORMED as error:
            raise self.malformed() from error

    def malformed(self) -> TryLaterError:
        """Return the error for a response that cannot come from GitHub's API."""
        return TryLaterError(
            f"{self.request}: '{self.host}' responds with HTTP {self.status} and "
            f"{describe_body(self.text)}, which is not a response of GitHub's API",
            hint=NOT_GITHUB,
        )


def redact_url(url: str) -> str:
    """Return a URL without user, query and fragment: the signature in a query is a secret."""
    parts = split_url(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{quote_path(parts.path)}"


def _details(data: Any) -> list[dict[str, Any]]:
    errors = data.get("errors") if isinstance(data, dict) else None
    return [x for x in errors if isinstance(x, dict)] if isinstance(errors, list) else []


def _message(data: Any) -> str:
    if not isinstance(data, dict):
        return "no explanation"
    errors = data.get("errors") or []
    details = [errors] if isinstance(errors, str) else errors if isinstance(errors, list) else []
    texts = [
        each if isinstance(each, str) else str(each.get("message") or each.get("code"))
        for each in details
        if isinstance(each, (str, dict))
    ]
    return ": ".join([str(data.get("message", "no explanation")), *texts])


def describe_body(text: str) -> str:
    """Describe an unexpected body."""
    start = text.lstrip()[:100].lower()
    if not start:
        return "no content"
    if start.startswith(("<!doctype", "<html", "<?xml", "<")):
        return "a page of HTML or XML"
    return "JSON of another shape" if start[0] in '[{"' else "text that is not JSON"


def as_list(data: Any) -> list[Any]:
    """Read a list.

    Raises:
        TypeError: It is something else; a string or an object can be iterated as well.
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
