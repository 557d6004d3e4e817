"""Indexes elsewhere, asked over HTTP with no credentials at all."""

import threading
from collections import Counter
from typing import Any

import requests
from packaging.utils import NormalizedName
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from ghpypi import USER_AGENT
from ghpypi.core.upstream import ACCEPT, UnreadablePageError, read_page
from ghpypi.errors import FailedError

CONNECT_SECONDS = 10
READ_SECONDS = 60
LIMIT = 64 << 20
"""Bytes of one page at most; the largest known have some ten megabytes."""

FAILURES = 3
"""Pages that cannot be read before an index is not asked any more: thousands would follow."""

NOT_FOUND = 404


class HttpUpstream:
    """Asks for one page a project, and again when a server is out of breath.

    Args:
        limit: Bytes of one page at most.
    """

    def __init__(self, *, limit: int = LIMIT) -> None:
        self._limit = limit
        self._local = threading.local()
        self._failures = Counter[str]()

    def files(self, base: str, name: NormalizedName) -> list[dict[str, Any]]:
        """List the files that an index has of a project."""
        if self._failures[base] >= FAILURES:
            raise FailedError(f"{base} failed {FAILURES} times, and was not asked any more")
        try:
            return self._read(f"{base}{name}/")
        except FailedError:
            self._failures[base] += 1
            raise

    def _read(self, url: str) -> list[dict[str, Any]]:
        try:
            with self._session().get(
                url,
                headers={"Accept": ACCEPT},
                auth=_nobody,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                stream=True,
            ) as response:
                if response.status_code == NOT_FOUND:
                    return []
                response.raise_for_status()
                content = response.raw.read(self._limit + 1, decode_content=True)
                kind = response.headers.get("Content-Type", "")
                found = response.url
        except (requests.RequestException, HTTPError, OSError) as error:
            raise FailedError(f"{url} cannot be read: {error}") from error
        if len(content) > self._limit:
            raise FailedError(f"{url} is larger than {self._limit:,} bytes")
        try:
            return read_page(content, content_type=kind, url=found)
        except UnreadablePageError as error:
            raise FailedError(str(error)) from error

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.headers["User-Agent"] = USER_AGENT
            retry = Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
            adapter = requests.adapters.HTTPAdapter(max_retries=retry)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        made: requests.Session = self._local.session
        return made


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send a request as nobody; its being there keeps `.netrc` out."""
    return request
