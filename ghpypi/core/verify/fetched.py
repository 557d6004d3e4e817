"""Responses to the requests of `ghpypi verify`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ghpypi.core.parsing import parse_number, split_url

OK = 200
PARTIAL = 206
GONE = frozenset({404, 410})
CLOSED = frozenset({401, 403, 407})
TOO_MANY = 429
SERVER_ERROR = 500

_SIGN_IN = ("/login", "/signin", "/sign_in", "/sign-in", "/oauth", "/saml", "/sso", "/auth/")
"""Parts of the paths of sign-in pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A response, after redirects.

    Attributes:
        url: The URL of the response.
        asked: The URL of the request.
        status: The HTTP status; 0 if there was no response.
        headers: The headers, with names in lower case.
        body: The content, or its beginning.
        hops: The URLs to which the request was redirected.
        problem: Why there is no response; empty if there is one.
        hint: What to do if there is no response; may be empty.
        looping: There were too many redirects.
        insecure: The URL without encryption to which a redirect led; it was not followed.
        cut: The connection ended before the whole body had arrived.
        too_large: The body is larger than the limit.
    """

    url: str
    asked: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hops: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""
    looping: bool = False
    insecure: str = ""
    cut: bool = False
    too_large: bool = False

    @property
    def found(self) -> bool:
        """Whether it has the requested content."""
        return self.status in {OK, PARTIAL}

    @property
    def gone(self) -> bool:
        """Whether the requested object does not exist."""
        return self.status in GONE

    @property
    def unavailable(self) -> bool:
        """Whether another attempt may have another result."""
        return self.status in {0, TOO_MANY} or self.status >= SERVER_ERROR

    @property
    def media_type(self) -> str:
        """The media type as sent, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def length(self) -> int | None:
        """The size of the whole object in bytes, if the headers say it."""
        if self.status == PARTIAL:  # `bytes 0-9/1234`
            return parse_number(self.headers.get("content-range", "").rpartition("/")[2])
        if self.headers.get("content-encoding"):
            return None
        return parse_number(self.headers.get("content-length", ""))

    @property
    def other_host(self) -> bool:
        """Whether a redirect led to another host."""
        return split_url(self.url).netloc.lower() != split_url(self.asked).netloc.lower()

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether credentials are needed: by the status, or because a redirect leads to a form."""
        if self.status in CLOSED:
            return True
        if not self.hops or not self.is_html:
            return False
        # A project may be called 'oauthlib', and its page may be at another address.
        asked, path = split_url(self.asked).path.lower(), split_url(self.url).path.lower()
        return any(part in path and part not in asked for part in _SIGN_IN)

    @property
    def is_html(self) -> bool:
        """Whether the content is an HTML page, by its type and its first characters."""
        start = self.body[:512].lstrip().lower()
        return self.media_type.lower() == "text/html" and (
            not start or start.startswith((b"<!doctype", b"<html", b"<!--", b"<head", b"<body"))
        )

    @property
    def reason(self) -> str:
        """Why it has no content, as a part of a sentence."""
        if self.problem:
            return self.problem
        return f"HTTP {self.status}" if self.status else "no response"
