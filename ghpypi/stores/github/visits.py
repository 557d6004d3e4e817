"""Requests to GitHub on behalf of many: each with another token, none of which goes elsewhere."""

import threading
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from ghpypi import USER_AGENT
from ghpypi.core.names import quote_path
from ghpypi.core.secret import Secret
from ghpypi.errors import (
    BadTokenError,
    FailedError,
    NotAllowedError,
    NotFoundError,
    TryLaterError,
)
from ghpypi.stores.github.patience import limit_wait
from ghpypi.stores.github.signed import Signed

TIMEOUTS = (5, 20)
HOPS = 3

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _LIMITED, _ERROR = 401, 403, 404, 429, 500


class Visits:
    """Asks one API, and what it sends on to; nothing is waited for.

    Args:
        api: Its address, without a slash at the end.
    """

    def __init__(self, api: str) -> None:
        self._api = api
        self._local = threading.local()

    @contextmanager
    def get(
        self,
        path: str,
        token: Secret | None,
        headers: Mapping[str, str],
        expect: AbstractSet[int] = frozenset(),
    ) -> Iterator[requests.Response]:
        """Ask the API; the answer is good, or one that the caller deals with.

        Raises:
            BadTokenError: GitHub does not know the token.
            NotAllowedError: It may not.
            NotFoundError: There is no such thing, or it may not see it.
            TryLaterError: Not now.
        """
        url = f"{self._api}/{path}"
        for _ in range(HOPS):
            response = self.send(url, token, headers)
            with response:
                target = urljoin(url, response.headers.get("Location", ""))
                if response.is_redirect and urlsplit(target).netloc == urlsplit(url).netloc:
                    url = target  # of a repository that was renamed
                    continue
                _refuse(path, response, expect)
                yield response
                return
        raise FailedError(f"GET {path}: redirected more than {HOPS} times")

    def send(self, url: str, token: Secret | None, headers: Mapping[str, str]) -> requests.Response:
        """Send one request, and once more if the connection broke."""
        for attempt in (1, 2):
            try:
                return self._session().get(
                    url,
                    headers={"Accept-Encoding": "identity", **headers},
                    auth=Signed(token),
                    timeout=TIMEOUTS,
                    allow_redirects=False,
                    stream=True,
                )
            except requests.RequestException as error:
                # A connection that was kept may have been closed meanwhile.
                if attempt == 2 or not isinstance(error, requests.ConnectionError):  # noqa: PLR2004
                    kind = type(error).__name__
                    raise TryLaterError(f"GET {shown(url)}: no answer ({kind})") from error
        raise AssertionError

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            self._local.session = session
        found: requests.Session = self._local.session
        return found


def _refuse(path: str, response: requests.Response, expect: AbstractSet[int]) -> None:
    status = response.status_code
    if status < 400:  # noqa: PLR2004 - not an error
        return
    headers = {key.lower(): value for key, value in response.headers.items()}
    body = response.text if status in {_FORBIDDEN, _LIMITED} else ""
    limited, _ = limit_wait(status, headers, body, now=0)
    what = f"GET {path.partition('?')[0]}"
    if limited or status >= _ERROR:
        raise TryLaterError(f"{what}: HTTP {status}{' (rate limit)' if limited else ''}")
    if status in expect:
        return
    if status == _UNAUTHORIZED:
        raise BadTokenError(f"{what}: GitHub does not know this token")
    if status == _NOT_FOUND:
        raise NotFoundError(f"{what}: there is no such thing, or this token may not see it")
    raise NotAllowedError(f"{what}: {message_of(response)}")


def message_of(response: requests.Response) -> str:
    """Read what GitHub says about an error."""
    try:
        data: Any = response.json()
    except ValueError:
        data = None
    return (
        str(data.get("message", "")) if isinstance(data, dict) else f"HTTP {response.status_code}"
    )


def shown(url: str) -> str:
    """Show an address without its query: the signature in it is a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{quote_path(parts.path)}"
